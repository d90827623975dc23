/**
 * How fast messages of other types are told from trades by their first bytes.
 *
 * <p>Imports connectors and core only, and the command line of {@code dev.candlewick.local}.
 */
@NullMarked
package dev.candlewick.benchmarks.filter;

import org.jspecify.annotations.NullMarked;

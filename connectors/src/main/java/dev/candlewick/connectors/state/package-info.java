/**
 * How sources and sinks keep their state; nothing of jobs may be imported.
 */
@NullMarked
package dev.candlewick.connectors.state;

import org.jspecify.annotations.NullMarked;

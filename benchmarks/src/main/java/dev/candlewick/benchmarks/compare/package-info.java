/**
 * What runs published, reduced to what can be compared.
 *
 * <p>Must not import Flink.
 */
@NullMarked
package dev.candlewick.benchmarks.compare;

import org.jspecify.annotations.NullMarked;

/**
 * Generated trades and the topics that hold them.
 *
 * <p>Must not import Flink.
 */
@NullMarked
package dev.candlewick.benchmarks.workload;

import org.jspecify.annotations.NullMarked;

/**
 * The command {@code bench first-look}.
 *
 * <p>Must not import Flink: jobs run in processes of their own.
 */
@NullMarked
package dev.candlewick.benchmarks.firstlook;

import org.jspecify.annotations.NullMarked;

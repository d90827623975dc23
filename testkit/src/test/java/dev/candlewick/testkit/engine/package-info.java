/** The engine of core against the oracle, without Flink. */
@NullMarked
package dev.candlewick.testkit.engine;

import org.jspecify.annotations.NullMarked;

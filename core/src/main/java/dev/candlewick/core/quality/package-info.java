/**
 * Quality rules: what a set of accepted trades was worth, as pure functions of that set, in integers.
 *
 * <p>Flink, Kafka, logging and any clock must not be imported; nothing here may depend on the order of calls.
 */
@NullMarked
package dev.candlewick.core.quality;

import org.jspecify.annotations.NullMarked;

/**
 * The local Kafka broker, in this process or in one of its own, how commands find a broker, and topic upkeep.
 *
 * <p>Must not import Flink: a broker runs without it.
 */
@NullMarked
package dev.candlewick.local.broker;

import org.jspecify.annotations.NullMarked;

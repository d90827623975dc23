/**
 * Presets: the public trade messages of venues as they come from their web sockets, without a converter in between.
 *
 * <p>Each venue has one decoder, which says what its names mean and which forms its times have; how JSON is read is in
 * {@code dev.candlewick.connectors.format}. Must not import Flink, Kafka or {@code dev.candlewick.jobs}.
 */
@NullMarked
package dev.candlewick.connectors.format.preset;

import org.jspecify.annotations.NullMarked;

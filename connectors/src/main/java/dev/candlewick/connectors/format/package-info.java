/**
 * Wire formats of trade messages: decoders and encoders for csv, json, avro and binary over the field parsers of core.
 *
 * <p>Must not import Flink, Kafka or {@code dev.candlewick.jobs}.
 */
@NullMarked
package dev.candlewick.connectors.format;

import org.jspecify.annotations.NullMarked;

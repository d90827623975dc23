package dev.candlewick.connectors.kafka.source;

import org.apache.flink.api.connector.source.SourceEvent;

/** Tells a reader that every partition there is belongs to a reader; sent behind the partitions that it was given itself. */
record AllAssigned() implements SourceEvent {}

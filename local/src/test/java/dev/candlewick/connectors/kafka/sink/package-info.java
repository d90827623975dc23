/** Tests of the sink's own classes against a real broker, which lives in this module. */
@org.jspecify.annotations.NullMarked
package dev.candlewick.connectors.kafka.sink;

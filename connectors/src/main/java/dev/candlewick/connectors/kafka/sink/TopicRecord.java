package dev.candlewick.connectors.kafka.sink;

/**
 * One record on its way to a topic, already in its bytes.
 *
 * @param topic name of the topic
 * @param key UTF-8 bytes of the key
 * @param value the value
 */
public record TopicRecord(String topic, byte[] key, byte[] value) {}

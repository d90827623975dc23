/**
 * Kafka endpoints.
 *
 * <p>Must not import {@code dev.candlewick.jobs}.
 */
@NullMarked
package dev.candlewick.connectors.kafka;

import org.jspecify.annotations.NullMarked;

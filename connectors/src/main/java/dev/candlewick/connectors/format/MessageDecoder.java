package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.ReadContext;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one message into a trade, a rejected or a filtered message; never throws because of the data.
 *
 * <p>A decoder holds scratch state and is used by one thread. It decodes and validates in one step (design section 1):
 * Flink makes watermarks right behind the deserializer, so a bad timestamp must not get past it.
 */
public interface MessageDecoder {
    /**
     * Decodes one message.
     *
     * @param buffer holds the message; null (a Kafka tombstone) is rejected as UNPARSABLE
     * @param offset where it begins
     * @param length its bytes
     * @param context where and when it was read
     * @param out overwritten with the result; the caller may hand in the same instance again and again
     */
    void decode(byte @Nullable [] buffer, int offset, int length, ReadContext context, Decoded out);
}

package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.ReadContext;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one message into a trade (or several), a rejected or a filtered message; never throws because of the data.
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

    /**
     * Gives the next trade of the message that was decoded last, where it holds several; each has its own verdict and counts
     * as one message read. Buffer and context of {@link #decode} must not have changed but for the partition's mark.
     *
     * @param out overwritten with the result
     * @return false where there is no further one; {@code out} is left alone then
     */
    default boolean next(Decoded out) {
        return false;
    }
}

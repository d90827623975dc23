package dev.candlewick.core.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Gives back the fields that a {@link StateOutput} took, in the same order.
 *
 * <p>Every method throws {@link java.io.EOFException} where the bytes end, and {@link IOException} where they cannot be such a
 * field. What a value means is for its owner to check. Not for several threads at once.
 */
public interface StateInput {
    /** Longest text or id in bytes. */
    int TEXT_BYTES_MAX = 0xffff;

    /** As {@link StateOutput#bits}, 0 to 255. */
    int bits() throws IOException;

    /** As {@link StateOutput#flag}. */
    default boolean flag() throws IOException {
        return bits() != 0;
    }

    /** As {@link StateOutput#word}. */
    long word() throws IOException;

    /** As {@link StateOutput#number(long)}. */
    long number() throws IOException;

    /** As {@link StateOutput#number(long, long)}. */
    long number(long base) throws IOException;

    /** As {@link StateOutput#multiple}. */
    long multiple(long base, long step) throws IOException;

    /** As {@link StateOutput#count}; damaged bytes may give a negative one, or more than follows. */
    int count() throws IOException;

    /** As {@link StateOutput#integer}. */
    int integer() throws IOException;

    /** As {@link StateOutput#small}, −32768 to 32767: mask it where the owner's numbers have no sign. */
    short small() throws IOException;

    /** So many bytes. */
    byte[] bytes(int count) throws IOException;

    /** As {@link StateOutput#text}. */
    default String text() throws IOException {
        int length = count();
        if (length < 0 || length > TEXT_BYTES_MAX) {
            throw new IOException("a text must have up to " + TEXT_BYTES_MAX + " bytes, was " + length);
        }
        return new String(bytes(length), StandardCharsets.UTF_8);
    }

    /** How many bytes were read. */
    long position();

    /**
     * An array with the same content and room for so many values, for owners that read values one by one: how many are claimed
     * to follow is believed one doubling at a time.
     *
     * @param values not empty
     */
    static long[] room(long[] values, int needed, int claimed) {
        return values.length >= needed
                ? values
                : Arrays.copyOf(values, Math.max(needed, Math.min(claimed, 2 * values.length)));
    }
}

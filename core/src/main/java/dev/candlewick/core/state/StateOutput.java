package dev.candlewick.core.state;

import java.nio.charset.StandardCharsets;

/**
 * Takes the fields of a state, each by what it is and not by its width; {@link StateInput} gives them back in the same order.
 *
 * <p>Not for several threads at once.
 */
public interface StateOutput {
    /** A set of up to eight bits. */
    void bits(int bits);

    /** A yes or no. */
    default void flag(boolean flag) {
        bits(flag ? 1 : 0);
    }

    /** Sixty-four bits without structure, such as a hash. */
    void word(long word);

    /** A signed number that is mostly small. */
    void number(long value);

    /** A signed number that is mostly near another one which the reader knows by then; differences may wrap around. */
    void number(long value, long base);

    /**
     * A signed number that lies whole steps from another one which the reader knows by then.
     *
     * @param step above 0; {@code value} and {@code base} must leave the same remainder
     */
    void multiple(long value, long base, long step);

    /** How many entries follow: not negative. */
    void count(int count);

    /** A signed number of 32 bits that is mostly small. */
    void integer(int value);

    /** A number of 16 bits, signed or not, that is mostly small. */
    void small(int value);

    /** Bytes as they are; their number must have been written before. */
    void bytes(byte[] bytes);

    /** A text in UTF-8, its length first. */
    default void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        count(utf8.length);
        bytes(utf8);
    }
}

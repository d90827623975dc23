package dev.candlewick.core.validate;

import java.nio.charset.StandardCharsets;

/**
 * The fields of one message before validation: each one a slice of one byte buffer, or a number of a binary format.
 *
 * <p>A decoder resets and fills one instance again and again; an absent, null or empty field is simply not set. Texts
 * are UTF-8 and were checked by the decoder. The buffer is borrowed until the next {@link #reset}. One thread.
 */
public final class RawTrade {
    private static final byte[] NO_BYTES = new byte[0];

    private byte[] buffer = NO_BYTES;
    private int present;
    private int numeric;
    private boolean placePresent;
    private int placePartition;
    private final int[] from = new int[TradeField.COUNT];
    private final int[] length = new int[TradeField.COUNT];
    private final long[] number = new long[TradeField.COUNT];
    private final int[] scale = new int[TradeField.COUNT];

    /** Forgets all fields and takes the buffer that the next slices point into. */
    public void reset(byte[] newBuffer) {
        buffer = newBuffer;
        present = 0;
        numeric = 0;
        placePresent = false;
    }

    /** Moves all slices set so far to another buffer that holds the same bytes {@code shift} further. */
    public void rebase(byte[] newBuffer, int shift) {
        buffer = newBuffer;
        for (int i = 0; i < from.length; i++) {
            from[i] += shift;
        }
    }

    /** Sets a field to a slice of text; an empty slice leaves it absent. */
    public void setText(TradeField field, int sliceFrom, int sliceLength) {
        if (sliceLength > 0) {
            int index = field.ordinal();
            present |= 1 << index;
            from[index] = sliceFrom;
            length[index] = sliceLength;
        }
    }

    /** Sets a field to a whole number: a time in nanoseconds, a sequence, a row, or a numeric trade id from 0 on. */
    public void setNumber(TradeField field, long value) {
        setDecimal(field, value, 0);
    }

    /** Sets price or size to an integer at a decimal scale of 0 to 18. */
    public void setDecimal(TradeField field, long unscaled, int decimals) {
        int index = field.ordinal();
        present |= 1 << index;
        numeric |= 1 << index;
        number[index] = unscaled;
        scale[index] = decimals;
    }

    /** Sets the partition of a carried place; its position goes to {@link TradeField#ROW}. */
    public void setPlacePartition(int partition) {
        placePresent = true;
        placePartition = partition;
    }

    /** Whether the field was given. */
    public boolean has(TradeField field) {
        return (present & 1 << field.ordinal()) != 0;
    }

    /** Whether the field was given as a number and not as text. */
    public boolean isNumber(TradeField field) {
        return (numeric & 1 << field.ordinal()) != 0;
    }

    /** Where the slices point into. */
    public byte[] buffer() {
        return buffer;
    }

    /** First index of a text field. */
    public int from(TradeField field) {
        return from[field.ordinal()];
    }

    /** Bytes of a text field. */
    public int length(TradeField field) {
        return length[field.ordinal()];
    }

    /** The value of a numeric field. */
    public long number(TradeField field) {
        return number[field.ordinal()];
    }

    /** The decimals of a numeric field. */
    public int scale(TradeField field) {
        return scale[field.ordinal()];
    }

    /** Whether the message carries the partition of its place. */
    public boolean hasPlacePartition() {
        return placePresent;
    }

    /** The partition of the carried place. */
    public int placePartition() {
        return placePartition;
    }

    /** The field as text, unescaped and uncut; empty where absent. */
    public String text(TradeField field) {
        if (!has(field)) {
            return "";
        }
        if (isNumber(field)) {
            long value = number(field);
            int decimals = scale(field);
            return decimals == 0
                    ? Long.toString(value)
                    : java.math.BigDecimal.valueOf(value, decimals).toPlainString();
        }
        return new String(buffer, from(field), length(field), StandardCharsets.UTF_8);
    }
}

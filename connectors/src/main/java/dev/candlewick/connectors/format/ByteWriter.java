package dev.candlewick.connectors.format;

import dev.candlewick.core.number.Decimals;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing byte buffer with the few forms that encoders write; one thread. */
public final class ByteWriter {
    private byte[] buffer;
    private int length;

    /** An empty writer with room for the given number of bytes before it grows. */
    public ByteWriter(int capacity) {
        buffer = new byte[Math.max(16, capacity)];
    }

    /** Where the bytes stand; valid until the next write. */
    public byte[] buffer() {
        return buffer;
    }

    /** How many bytes were written. */
    public int length() {
        return length;
    }

    /** Forgets what was written. */
    public void clear() {
        length = 0;
    }

    /** The bytes as an array of their own. */
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, length);
    }

    /** Makes room for further bytes and counts them as written; index of the first. */
    int reserve(int bytes) {
        int from = length;
        if (buffer.length - from < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, from + bytes));
        }
        length = from + bytes;
        return from;
    }

    /** Writes one byte. */
    public ByteWriter put(int b) {
        int at = reserve(1);
        buffer[at] = (byte) b;
        return this;
    }

    /** Writes bytes as they are. */
    public ByteWriter put(byte[] bytes) {
        int at = reserve(bytes.length);
        System.arraycopy(bytes, 0, buffer, at, bytes.length);
        return this;
    }

    /** Writes a text as UTF-8. */
    public ByteWriter put(String text) {
        return put(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a whole number. */
    public ByteWriter putNumber(long value) {
        return putDecimal(value, 0);
    }

    /** Writes the canonical text of a decimal: plain, without trailing zeros, without a sign on zero. */
    public ByteWriter putDecimal(long unscaled, int scale) {
        if (unscaled == Long.MIN_VALUE) {
            return put(Decimals.format(unscaled, scale));
        }
        int decimals = unscaled == 0 ? 0 : scale;
        long rest = Math.abs(unscaled);
        while (decimals > 0 && rest % 10 == 0) {
            rest /= 10;
            decimals--;
        }
        int digits = digits(rest);
        int whole = Math.max(1, digits - decimals);
        int at = reserve((unscaled < 0 ? 1 : 0) + whole + (decimals > 0 ? 1 + decimals : 0));
        if (unscaled < 0) {
            buffer[at] = '-';
        }
        int write = length;
        for (int i = 0; i < decimals; i++) {
            buffer[--write] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        if (decimals > 0) {
            buffer[--write] = '.';
        }
        for (int i = 0; i < whole; i++) {
            buffer[--write] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return this;
    }

    /** Writes a quoted JSON string of UTF-8 bytes. */
    public ByteWriter putJsonText(byte[] utf8) {
        put('"');
        for (byte b : utf8) {
            if (b == '"' || b == '\\') {
                put('\\').put(b);
            } else if (b >= 0 && b < ' ') {
                put("\\u00").put(Character.forDigit(b >> 4, 16)).put(Character.forDigit(b & 15, 16));
            } else {
                put(b);
            }
        }
        return put('"');
    }

    /** Writes a quoted JSON string. */
    public ByteWriter putJsonText(String text) {
        return putJsonText(text.getBytes(StandardCharsets.UTF_8));
    }

    private static int digits(long value) {
        int digits = 1;
        while (digits <= 18 && value >= Decimals.powerOfTen(digits)) {
            digits++;
        }
        return digits;
    }
}

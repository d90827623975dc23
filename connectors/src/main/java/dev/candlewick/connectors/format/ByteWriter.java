package dev.candlewick.connectors.format;

import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing byte buffer with the few forms that encoders write; one thread. */
public final class ByteWriter {
    private byte[] buffer;
    private final byte[] digits = new byte[Decimals.DIGITS_MAX];
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

    /** Forgets what was written behind a length; nothing where less was written. */
    public void truncate(int newLength) {
        length = Math.min(length, newLength);
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

    /** Writes a number as Avro does: zig-zag, seven bits a byte, the lowest first. */
    public ByteWriter putZigZag(long value) {
        long rest = value << 1 ^ value >> 63;
        while ((rest & ~0x7fL) != 0) {
            put((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        return put((int) rest);
    }

    /** Writes a whole number. */
    public ByteWriter putNumber(long value) {
        return putDecimal(value, 0);
    }

    /** Writes the canonical text of a decimal: plain, without trailing zeros, without a sign on zero. */
    public ByteWriter putDecimal(long unscaled, int scale) {
        if (unscaled == Long.MIN_VALUE) {
            return putDecimal(Int128.of(unscaled), scale);
        }
        return putDigits(unscaled < 0, Decimals.digits(Math.abs(unscaled), digits, digits.length), scale);
    }

    /** Writes the canonical text of a decimal: plain, without trailing zeros, without a sign on zero. */
    public ByteWriter putDecimal(Int128 unscaled, int scale) {
        return putDigits(unscaled.high() < 0, Decimals.digits(unscaled, digits, digits.length), scale);
    }

    /** Writes the digits in the scratch array, from an index to its end, with the point at its place. */
    private ByteWriter putDigits(boolean negative, int start, int scale) {
        int end = digits.length;
        int decimals = scale;
        while (decimals > 0 && end - start > 1 && digits[end - 1] == '0') {
            end--;
            decimals--;
        }
        if (digits[start] == '0') {
            decimals = 0;
        }
        int count = end - start;
        int whole = Math.max(0, count - decimals);
        int zeros = Math.max(0, decimals - count);
        int at = reserve((negative ? 1 : 0) + Math.max(1, whole) + (decimals > 0 ? 1 + decimals : 0));
        if (negative) {
            buffer[at++] = '-';
        }
        if (whole == 0) {
            buffer[at++] = '0';
        } else {
            System.arraycopy(digits, start, buffer, at, whole);
            at += whole;
        }
        if (decimals > 0) {
            buffer[at++] = '.';
            for (int i = 0; i < zeros; i++) {
                buffer[at++] = '0';
            }
            System.arraycopy(digits, start + whole, buffer, at, count - whole);
        }
        return this;
    }

    /** Writes a quoted JSON string of UTF-8 bytes. */
    public ByteWriter putJsonText(byte[] utf8) {
        put('"');
        int copied = 0;
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
                put(utf8, copied, i);
                copied = i + 1;
                if (b >= ' ') {
                    put('\\').put(b);
                } else {
                    put("\\u00").put(Character.forDigit(b >> 4, 16)).put(Character.forDigit(b & 15, 16));
                }
            }
        }
        put(utf8, copied, utf8.length);
        return put('"');
    }

    /** Writes a slice of bytes. */
    public void put(byte[] bytes, int from, int to) {
        int at = reserve(to - from);
        System.arraycopy(bytes, from, buffer, at, to - from);
    }

    /** Writes a quoted JSON string. */
    public ByteWriter putJsonText(String text) {
        return putJsonText(text.getBytes(StandardCharsets.UTF_8));
    }
}

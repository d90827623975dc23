package dev.candlewick.core.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Fields as few bytes in an array of its own, which grows and is used again.
 *
 * <p>A number has its sign folded into its lowest bit, as in the zigzag encoding of
 * <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers</a>. As many bytes follow its first one as that
 * has leading ones, and the bits behind them are the number's, big-endian; so seven bits take one byte, 56 bits eight, and
 * any number nine. Words and frames are big-endian as they are.
 */
public final class CompactOutput implements StateOutput {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int NUMBER_BYTES_MAX = 1 + Long.BYTES;

    private byte[] bytes = new byte[1024];
    private int length;

    /** Forgets what was written and keeps the array. */
    public void clear() {
        length = 0;
    }

    /** The array, of which the first {@link #length} bytes were written; the next write may change or replace it. */
    public byte[] array() {
        return bytes;
    }

    /** How many bytes were written. */
    public int length() {
        return length;
    }

    /** What was written, as an array of its own. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** The CRC-32C (RFC 3720) of what was written. */
    public int checksum() {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return (int) checksum.getValue();
    }

    /** Appends four bytes, big-endian. */
    public void frame(int value) {
        room(Integer.BYTES);
        INT.set(bytes, length, value);
        length += Integer.BYTES;
    }

    /** Replaces four bytes that were appended by {@link #frame}. */
    public void frameAt(int at, int value) {
        INT.set(bytes, at, value);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** Writes a number without a sign. */
    private void unsigned(long value) {
        room(NUMBER_BYTES_MAX);
        if (value >= 0 && value <= Byte.MAX_VALUE) {
            bytes[length++] = (byte) value;
            return;
        }
        int more = (Long.SIZE - 1 - Long.numberOfLeadingZeros(value)) / 7;
        if (more >= Long.BYTES) {
            bytes[length] = (byte) 0xff;
            LONG.set(bytes, length + 1, value);
            length += NUMBER_BYTES_MAX;
            return;
        }
        long marked = (0xff00L >> more & 0xff) << 8 * more | value;
        // Shifted to the front of eight bytes; those behind it are written next.
        LONG.set(bytes, length, marked << Long.SIZE - 8 * (more + 1));
        length += more + 1;
    }

    @Override
    public void bits(int bits) {
        room(Byte.BYTES);
        bytes[length++] = (byte) bits;
    }

    @Override
    public void word(long word) {
        room(Long.BYTES);
        LONG.set(bytes, length, word);
        length += Long.BYTES;
    }

    @Override
    public void number(long value) {
        unsigned((value << 1) ^ (value >> 63));
    }

    @Override
    public void number(long value, long base) {
        number(value - base);
    }

    @Override
    public void multiple(long value, long base, long step) {
        long steps = (value - base) / step;
        if (base + steps * step != value) {
            throw new IllegalArgumentException("a multiple must lie whole steps from its base, was " + value + " (base="
                    + base + ", step=" + step + ")");
        }
        number(steps);
    }

    @Override
    public void count(int count) {
        unsigned(count & 0xffff_ffffL);
    }

    @Override
    public void integer(int value) {
        number(value);
    }

    @Override
    public void small(int value) {
        number((short) value);
    }

    @Override
    public void bytes(byte[] from) {
        room(from.length);
        System.arraycopy(from, 0, bytes, length, from.length);
        length += from.length;
    }
}

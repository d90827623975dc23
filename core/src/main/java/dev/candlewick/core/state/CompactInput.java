package dev.candlewick.core.state;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Reads what a {@link CompactOutput} wrote, out of an array. */
public final class CompactInput implements StateInput {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private int at;

    /** Over all bytes of an array, which must not change meanwhile. */
    public CompactInput(byte[] bytes) {
        this.bytes = bytes;
    }

    /** How many bytes are left. */
    public int remaining() {
        return bytes.length - at;
    }

    private void require(int count) throws EOFException {
        if (remaining() < count) {
            throw new EOFException("a field must have " + count + " bytes, was cut to " + remaining());
        }
    }

    /** Reads a number without a sign. */
    private long unsigned() throws IOException {
        require(Byte.BYTES);
        byte first = bytes[at++];
        if (first >= 0) {
            return first;
        }
        int more = Integer.numberOfLeadingZeros(~first << 24);
        if (more >= Long.BYTES) {
            return word();
        }
        require(more);
        long value = first & 0x7f >> more;
        for (int i = 0; i < more; i++) {
            value = value << 8 | bytes[at++] & 0xff;
        }
        return value;
    }

    @Override
    public int bits() throws IOException {
        require(Byte.BYTES);
        return bytes[at++] & 0xff;
    }

    @Override
    public long word() throws IOException {
        require(Long.BYTES);
        long word = (long) LONG.get(bytes, at);
        at += Long.BYTES;
        return word;
    }

    @Override
    public long number() throws IOException {
        long folded = unsigned();
        return (folded >>> 1) ^ -(folded & 1);
    }

    @Override
    public long number(long base) throws IOException {
        return base + number();
    }

    @Override
    public long multiple(long base, long step) throws IOException {
        return base + number() * step;
    }

    @Override
    public int count() throws IOException {
        return (int) unsigned();
    }

    @Override
    public int integer() throws IOException {
        return (int) number();
    }

    @Override
    public short small() throws IOException {
        return (short) number();
    }

    @Override
    public byte[] bytes(int count) throws IOException {
        require(count);
        byte[] read = Arrays.copyOfRange(bytes, at, at + count);
        at += count;
        return read;
    }

    @Override
    public long position() {
        return at;
    }
}

package dev.candlewick.core.state;

import java.io.DataInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads the fields of states of versions 1 to 3, in which each has the width of its type; reads no further than it is asked
 * to, and keeps a checksum of what it read.
 */
public final class FixedInput implements StateInput {
    private static final int BELIEVED_BYTES = 1 << 16;

    private final DataInput in;
    private final CRC32C checksum = new CRC32C();
    private final byte[] field = new byte[Long.BYTES];
    private final ByteBuffer view = ByteBuffer.wrap(field);
    private long position;

    /** Over the bytes that come next. */
    public FixedInput(DataInput in) {
        this.in = in;
    }

    private void read(byte[] into, int count) throws IOException {
        in.readFully(into, 0, count);
        checksum.update(into, 0, count);
        position += count;
    }

    @Override
    public int bits() throws IOException {
        read(field, Byte.BYTES);
        return field[0] & 0xff;
    }

    @Override
    public long word() throws IOException {
        read(field, Long.BYTES);
        return view.getLong(0);
    }

    @Override
    public long number() throws IOException {
        return word();
    }

    @Override
    public long number(long base) throws IOException {
        return word();
    }

    @Override
    public long multiple(long base, long step) throws IOException {
        return word();
    }

    @Override
    public int count() throws IOException {
        return integer();
    }

    @Override
    public int integer() throws IOException {
        read(field, Integer.BYTES);
        return view.getInt(0);
    }

    @Override
    public short small() throws IOException {
        read(field, Short.BYTES);
        return view.getShort(0);
    }

    /** {@inheritDoc} No more is allocated than twice what follows, whatever is claimed. */
    @Override
    public byte[] bytes(int count) throws IOException {
        if (count < 0) {
            throw new IOException("a length must not be negative, was " + count);
        }
        byte[] bytes = new byte[Math.min(count, BELIEVED_BYTES)];
        int length = 0;
        while (true) {
            in.readFully(bytes, length, bytes.length - length);
            checksum.update(bytes, length, bytes.length - length);
            position += bytes.length - length;
            length = bytes.length;
            if (length == count) {
                return bytes;
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(count, 2L * length));
        }
    }

    @Override
    public long position() {
        return position;
    }

    /** The CRC-32C (RFC 3720) of everything read so far. */
    public int checksum() {
        return (int) checksum.getValue();
    }
}

package dev.candlewick.jobs.operators;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * The frame around an element of list state: version, length, body and a CRC-32C over all of them, because neither Flink
 * nor a file system says that a bit of a checkpoint has changed (failure modes 2.6).
 */
final class CheckedLayout {
    private static final int LENGTH_MAX = 1 << 28;

    private CheckedLayout() {}

    /** Writes the fields of an element. */
    @FunctionalInterface
    interface Body {
        void write(DataOutput out) throws IOException;
    }

    /** Writes an element. The version must differ from any that stands without a frame in more than one bit. */
    static void write(DataOutput out, int version, Body body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        body.write(new DataOutputStream(bytes));
        byte[] written = bytes.toByteArray();
        out.writeByte(version);
        out.writeInt(written.length);
        out.write(written);
        out.writeInt(checksum(version, written));
    }

    /**
     * Reads the body of an element whose version was read already.
     *
     * @throws IOException where the checksum is another
     */
    static DataInputStream read(DataInput in, int version, String what) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LENGTH_MAX) {
            throw new IOException(what + " must have 0 to " + LENGTH_MAX + " bytes, was " + length);
        }
        byte[] body = new byte[length];
        in.readFully(body);
        int stored = in.readInt();
        int expected = checksum(version, body);
        if (stored != expected) {
            throw new IOException(what + " must end with the checksum of its bytes, was " + Integer.toHexString(stored)
                    + " in place of " + Integer.toHexString(expected) + "; the checkpoint is damaged");
        }
        return new DataInputStream(new ByteArrayInputStream(body));
    }

    private static int checksum(int version, byte[] body) {
        CRC32C crc = new CRC32C();
        crc.update(version);
        crc.update(body.length >>> 24);
        crc.update(body.length >>> 16);
        crc.update(body.length >>> 8);
        crc.update(body.length);
        crc.update(body);
        return (int) crc.getValue();
    }
}

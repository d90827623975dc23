package dev.candlewick.jobs.operators;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The frame around an element of list state: version, length, body and a CRC-32C over all of them, because neither Flink
 * nor a file system says that a bit of a checkpoint has changed (failure modes 2.6).
 */
final class CheckedLayout {
    private static final int LENGTH_MAX = 1 << 28;
    private static final int BELIEVED = 1 << 16;

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

    /** Reads the fields of an element. */
    @FunctionalInterface
    interface Fields<T> {
        T read(DataInput in) throws IOException;
    }

    /**
     * Reads an element whose version was read already.
     *
     * @param what for messages, as {@code partition mark}
     * @throws IOException where the checksum is another, or the body is not the element's fields and nothing else
     */
    static <T> T read(DataInput in, int version, String what, Fields<T> fields) throws IOException {
        byte[] body;
        int stored;
        try {
            body = body(in, what);
            stored = in.readInt();
        } catch (EOFException e) {
            throw unreadable(what, e, "");
        }
        int expected = checksum(version, body);
        if (stored != expected) {
            throw new IOException(what + " must end with the checksum of its bytes, was " + Integer.toHexString(stored)
                    + " in place of " + Integer.toHexString(expected) + "; the checkpoint is damaged");
        }
        ByteArrayInputStream bytes = new ByteArrayInputStream(body);
        T value;
        try {
            value = fields.read(new DataInputStream(bytes));
        } catch (IOException | RuntimeException e) {
            throw unreadable(what, e, " (byte=" + (body.length - bytes.available()) + " of " + body.length + ")");
        }
        if (bytes.available() > 0) {
            throw new IOException(what + " must end with its last field, was " + bytes.available()
                    + " bytes longer (byte=" + (body.length - bytes.available()) + " of " + body.length + ")");
        }
        return value;
    }

    /**
     * Reads the fields of an element without a frame, as version 0.1.0 and older wrote it.
     *
     * @throws IOException where they cannot be its fields
     */
    static <T> T unframed(DataInput in, String what, Fields<T> fields) throws IOException {
        try {
            return fields.read(in);
        } catch (IOException | RuntimeException e) {
            throw unreadable(what, e, "");
        }
    }

    private static IOException unreadable(String what, Exception e, String where) {
        String why = e instanceof EOFException
                ? "it ends too early"
                : e.getMessage() == null ? e.toString() : e.getMessage();
        return new IOException(what + " must be readable, was not: " + why + where + "; the checkpoint is damaged", e);
    }

    /** A length is believed only as far as bytes follow. */
    private static byte[] body(DataInput in, String what) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LENGTH_MAX) {
            throw new IOException(what + " must have 0 to " + LENGTH_MAX + " bytes, was " + length);
        }
        byte[] body = new byte[Math.min(length, BELIEVED)];
        in.readFully(body);
        while (body.length < length) {
            int read = body.length;
            body = Arrays.copyOf(body, (int) Math.min(length, 2L * read));
            in.readFully(body, read, body.length - read);
        }
        return body;
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

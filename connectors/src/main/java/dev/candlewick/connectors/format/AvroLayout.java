package dev.candlewick.connectors.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Avro's single-object encoding: bytes {@code c3 01}, the CRC-64-AVRO fingerprint of the writer's schema (8 bytes,
 * little-endian), the value in Avro's binary form.
 *
 * <p>A message does not say its length. In a file each one stands behind its length in bytes, header included, as 4 bytes,
 * little-endian.
 */
public final class AvroLayout {
    /** Bytes of the header: marker and fingerprint. */
    public static final int HEADER_BYTES = 10;
    /** Bytes of the length that stands in front of a message in a file. */
    public static final int LENGTH_BYTES = 4;

    static final byte MARKER_0 = (byte) 0xc3;
    static final byte MARKER_1 = 1;
    static final int FINGERPRINT_AT = 2;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private AvroLayout() {}

    /** Whether a message begins here. */
    public static boolean isHeader(byte[] buffer, int offset, int length) {
        return length >= HEADER_BYTES && buffer[offset] == MARKER_0 && buffer[offset + 1] == MARKER_1;
    }

    /** The fingerprint of the writer's schema. */
    public static long fingerprint(byte[] buffer, int offset) {
        return (long) LONG.get(buffer, offset + FINGERPRINT_AT);
    }

    /** The length in front of a message in a file; not checked. */
    public static int length(byte[] buffer, int offset) {
        return (int) INT.get(buffer, offset);
    }

    /** A message as it stands in a file: behind its length. */
    public static byte[] framed(byte[] message) {
        byte[] framed = new byte[LENGTH_BYTES + message.length];
        INT.set(framed, 0, message.length);
        System.arraycopy(message, 0, framed, LENGTH_BYTES, message.length);
        return framed;
    }

    /** The header of messages with a schema of the given fingerprint. */
    public static byte[] header(long fingerprint) {
        byte[] header = new byte[HEADER_BYTES];
        header[0] = MARKER_0;
        header[1] = MARKER_1;
        LONG.set(header, FINGERPRINT_AT, fingerprint);
        return header;
    }
}

package dev.candlewick.core.model;

import java.io.ByteArrayOutputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;

/** The CRC-32C (RFC 3720) of what a part of some state writes, for listings that do not print it in full. */
public final class PartChecksum {
    /** A part of a state. */
    @FunctionalInterface
    public interface Part {
        /** Writes the part in its layout. */
        void write(DataOutput out) throws IOException;
    }

    private PartChecksum() {}

    /** The checksum in hexadecimal digits. */
    public static String of(Part part) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            part.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            // Nothing fails that writes into memory.
            throw new UncheckedIOException(e);
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.toByteArray());
        return Long.toHexString(crc.getValue());
    }
}

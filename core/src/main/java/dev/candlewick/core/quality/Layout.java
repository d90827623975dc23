package dev.candlewick.core.quality;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Arrays and texts in state: what damaged bytes claim is believed only as far as bytes follow. */
final class Layout {
    private static final int BELIEVED = 4096;
    private static final int TEXT_BYTES_MAX = 0xffff;

    private Layout() {}

    static void write(DataOutput out, long[] values, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            out.writeLong(values[i]);
        }
    }

    static long[] read(DataInput in, int count, int roomMin) throws IOException {
        long[] read = new long[Math.max(roomMin, Math.min(count, BELIEVED))];
        for (int i = 0; i < count; i++) {
            if (i == read.length) {
                read = Arrays.copyOf(read, Math.min(count, 2 * read.length));
            }
            read[i] = in.readLong();
        }
        return read;
    }

    static void writeText(DataOutput out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    static String readText(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > TEXT_BYTES_MAX) {
            throw new IOException("a text must have up to " + TEXT_BYTES_MAX + " bytes, was " + length);
        }
        byte[] utf8 = new byte[length];
        in.readFully(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}

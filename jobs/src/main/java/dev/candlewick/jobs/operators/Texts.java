package dev.candlewick.jobs.operators;

import dev.candlewick.core.number.Int128;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The parts that the fixed layouts share: texts, nullable texts and 128-bit integers. */
final class Texts {
    private static final int LENGTH_MAX = 1 << 24;

    private Texts() {}

    static void write(DataOutput out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    static void writeBytes(DataOutput out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static byte[] readBytes(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LENGTH_MAX) {
            throw new IOException("text must have 0 to " + LENGTH_MAX + " bytes, was " + length);
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    static @Nullable String readNullable(DataInput in) throws IOException {
        int length = in.readInt();
        if (length == -1) {
            return null;
        }
        if (length < 0 || length > LENGTH_MAX) {
            throw new IOException("text must have 0 to " + LENGTH_MAX + " bytes, was " + length);
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String read(DataInput in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    static void write(DataOutput out, Int128 value) throws IOException {
        out.writeLong(value.high());
        out.writeLong(value.low());
    }

    static Int128 readInt128(DataInput in) throws IOException {
        return new Int128(in.readLong(), in.readLong());
    }
}

package dev.candlewick.testkit.state;

import dev.candlewick.core.state.StateOutput;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes the fields of a state as versions 1 to 3 did, each in the width of its type; what reads it is {@code FixedInput}. */
public final class FixedOutput implements StateOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /** What was written. */
    public byte[] toBytes() {
        return bytes.toByteArray();
    }

    private interface Write {
        void run() throws IOException;
    }

    private static void write(Write write) {
        try {
            write.run();
        } catch (IOException e) {
            // Nothing fails that writes into memory.
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void bits(int bits) {
        write(() -> out.writeByte(bits));
    }

    @Override
    public void word(long word) {
        write(() -> out.writeLong(word));
    }

    @Override
    public void number(long value) {
        word(value);
    }

    @Override
    public void number(long value, long base) {
        word(value);
    }

    @Override
    public void multiple(long value, long base, long step) {
        word(value);
    }

    @Override
    public void count(int count) {
        integer(count);
    }

    @Override
    public void integer(int value) {
        write(() -> out.writeInt(value));
    }

    @Override
    public void small(int value) {
        write(() -> out.writeShort(value));
    }

    @Override
    public void bytes(byte[] from) {
        write(() -> out.write(from));
    }
}

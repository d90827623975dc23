package dev.candlewick.connectors.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The state of a source or sink in a frame with a checksum, because neither Flink nor its connectors see that a bit of it
 * has changed (failure modes 2.6): a flipped bit in an offset or a transaction is refused when the state is read.
 *
 * <p>The frame is the version of the layout within, its bytes, and a CRC-32C over both. State that was written without it,
 * as by version 0.1.0, is read as before. As thread-safe as the serializer within.
 *
 * @param <T> what is kept
 */
public final class CheckedVersionedSerializer<T> implements SimpleVersionedSerializer<T> {
    /** The version of the frame; more than one bit away from each version that stands without it. */
    public static final int VERSION = 0x43574B01;

    private static final int VERSION_WITHIN_MAX = 0xffff;

    private final SimpleVersionedSerializer<T> within;
    private final String what;

    /**
     * Puts a frame around what another serializer writes.
     *
     * @param within writes and reads what is in the frame
     * @param what for messages, as {@code split of the Kafka source}
     */
    public CheckedVersionedSerializer(SimpleVersionedSerializer<T> within, String what) {
        this.within = within;
        this.what = what;
    }

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(T value) throws IOException {
        byte[] body = within.serialize(value);
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + body.length + Integer.BYTES);
        frame.putInt(within.getVersion()).put(body);
        frame.putInt(checksum(frame.array(), frame.position()));
        return frame.array();
    }

    /**
     * Reads what this or the serializer within has written.
     *
     * @throws IOException where the bytes are damaged, or of another version
     */
    @Override
    public T deserialize(int version, byte[] serialized) throws IOException {
        if (version != VERSION) {
            if (version < 0 || version > VERSION_WITHIN_MAX) {
                throw new IOException(what + " must be of version " + VERSION + " or 0 to " + VERSION_WITHIN_MAX
                        + ", was " + version + "; the checkpoint is damaged or of a newer version");
            }
            return read(version, serialized);
        }
        int length = serialized.length - Integer.BYTES;
        if (length < Integer.BYTES) {
            throw new IOException(what + " must have at least " + 2 * Integer.BYTES + " bytes, was " + serialized.length
                    + "; the checkpoint is damaged");
        }
        ByteBuffer frame = ByteBuffer.wrap(serialized);
        int stored = frame.getInt(length);
        int expected = checksum(serialized, length);
        if (stored != expected) {
            throw new IOException(what + " must end with the checksum of its bytes, was " + Integer.toHexString(stored)
                    + " in place of " + Integer.toHexString(expected) + "; the checkpoint is damaged");
        }
        return read(frame.getInt(0), Arrays.copyOfRange(serialized, Integer.BYTES, length));
    }

    private T read(int version, byte[] body) throws IOException {
        try {
            return within.deserialize(version, body);
        } catch (RuntimeException e) {
            // Damaged bytes without a frame end in whatever exception their meaning leads to.
            throw new IOException(what + " must be readable, was not: " + e + " (version=" + version + ")", e);
        }
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}

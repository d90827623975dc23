package dev.candlewick.connectors.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts a stream into records without copying them; one thread.
 *
 * <p>A record is never longer than the limit and one byte: of a longer one the first bytes are given, which the decoder
 * then rejects by its length, and the rest is skipped.
 */
abstract class RecordScanner implements Closeable {
    private final InputStream stream;
    final int recordBytesMax;

    byte[] buffer = new byte[128 << 10];
    /** First byte that no record has taken yet. */
    int next;
    /** Behind the last byte read. */
    int limit;

    private long bufferPosition;
    private boolean ended;
    private byte[] record = buffer;
    private int recordFrom;
    private int recordLength;

    RecordScanner(InputStream stream, long position, int recordBytesMax) {
        this.stream = stream;
        this.recordBytesMax = recordBytesMax;
        bufferPosition = position;
    }

    /** Finds the next record; false at the end. */
    abstract boolean advance() throws IOException;

    /** Where the record stands; valid until the next {@link #advance()}. */
    final byte[] record() {
        return record;
    }

    /** First index of the record. */
    final int from() {
        return recordFrom;
    }

    /** Bytes of the record. */
    final int length() {
        return recordLength;
    }

    /** The uncompressed position behind the record and its separator: where the next one begins. */
    final long position() {
        return bufferPosition + next;
    }

    /** Gives a slice of an array as the record; the next one begins at {@code following} in the buffer. */
    final boolean record(byte[] bytes, int from, int length, int following) {
        record = bytes;
        recordFrom = from;
        recordLength = length;
        next = following;
        return true;
    }

    /**
     * Reads more behind {@link #limit}; bytes before {@link #next} may go, and the others move down by the result.
     *
     * @return how far the bytes moved, or −1 at the end of the stream
     */
    final int fill() throws IOException {
        if (ended) {
            return -1;
        }
        int moved = 0;
        if (limit == buffer.length) {
            if (next > 0) {
                moved = next;
                System.arraycopy(buffer, next, buffer, 0, limit - next);
                bufferPosition += next;
                limit -= next;
                next = 0;
            } else {
                buffer = java.util.Arrays.copyOf(buffer, 2 * buffer.length);
            }
        }
        int count = stream.read(buffer, limit, buffer.length - limit);
        if (count < 0) {
            ended = true;
            // The caller's indexes are still those before the move.
            return moved == 0 ? -1 : moved;
        }
        limit += count;
        return moved;
    }

    @Override
    public final void close() throws IOException {
        stream.close();
    }
}

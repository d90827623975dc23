package dev.candlewick.connectors.file;

import java.io.IOException;
import java.io.InputStream;

/**
 * Messages that stand back to back, cut by the length that each one's head gives.
 *
 * <p>Where no message begins, the bytes up to the next possible beginning are one record, which the decoder rejects; so
 * damage costs the damaged messages and not the rest of the file.
 */
abstract class FrameScanner extends RecordScanner {
    private final int headBytes;
    private final int prefixBytes;

    /**
     * A scanner.
     *
     * @param headBytes how many bytes tell whether a message begins
     * @param prefixBytes how many bytes in front of a message do not belong to it
     */
    FrameScanner(InputStream stream, long position, int recordBytesMax, int headBytes, int prefixBytes) {
        super(stream, position, recordBytesMax);
        this.headBytes = headBytes;
        this.prefixBytes = prefixBytes;
    }

    /** Bytes of the message that may begin at an index of the buffer, its prefix included; −1 where none can. */
    abstract int frameBytes(int at);

    @Override
    final boolean advance() throws IOException {
        if (!hold(headBytes)) {
            return limit > next && record(buffer, next, limit - next, limit);
        }
        int total = frameBytes(next);
        if (total >= 0) {
            if (!hold(total)) {
                return record(buffer, next, limit - next, limit);
            }
            return record(buffer, next + prefixBytes, total - prefixBytes, next + total);
        }
        int length = 1;
        while (length < recordBytesMax) {
            if (!hold(length + headBytes)) {
                return record(buffer, next, limit - next, limit);
            }
            if (frameBytes(next + length) >= 0) {
                break;
            }
            length++;
        }
        return record(buffer, next, length, next + length);
    }

    /** Whether that many bytes are there from {@link #next} on. */
    private boolean hold(int bytes) throws IOException {
        while (limit - next < bytes) {
            if (fill() < 0) {
                return false;
            }
        }
        return true;
    }
}

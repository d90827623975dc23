package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.BinaryLayout;
import java.io.IOException;
import java.io.InputStream;

/**
 * Binary messages that stand back to back, cut by the length in their header.
 *
 * <p>Where no message begins, the bytes up to the next possible beginning are one record, which the decoder rejects; so
 * damage costs the damaged messages and not the rest of the file.
 */
final class BinaryScanner extends RecordScanner {
    BinaryScanner(InputStream stream, long position, int recordBytesMax) {
        super(stream, position, recordBytesMax);
    }

    @Override
    boolean advance() throws IOException {
        if (!hold(BinaryLayout.HEADER_BYTES)) {
            return limit > next && record(buffer, next, limit - next, limit);
        }
        if (isBeginning(next)) {
            int total = BinaryLayout.totalLength(buffer, next);
            if (!hold(total)) {
                return record(buffer, next, limit - next, limit);
            }
            return record(buffer, next, total, next + total);
        }
        int length = 1;
        while (length < recordBytesMax) {
            if (!hold(length + BinaryLayout.HEADER_BYTES)) {
                return record(buffer, next, limit - next, limit);
            }
            if (isBeginning(next + length)) {
                break;
            }
            length++;
        }
        return record(buffer, next, length, next + length);
    }

    /** Whether a header with a possible length begins here. */
    private boolean isBeginning(int at) {
        if (!BinaryLayout.isHeader(buffer, at, limit - at)) {
            return false;
        }
        int total = BinaryLayout.totalLength(buffer, at);
        return total >= BinaryLayout.HEADER_BYTES && total <= recordBytesMax;
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

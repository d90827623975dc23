package dev.candlewick.connectors.file;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Lines of text; with quotes, a line end inside a quoted CSV field does not end the record.
 *
 * <p>A quote that is never closed, or not within the limit, must not swallow the rest of the file: its record then ends
 * at its first line end, and the lines behind it are records of their own.
 */
final class LineScanner extends RecordScanner {
    private final boolean quotes;

    LineScanner(InputStream stream, long position, int recordBytesMax, boolean quotes) {
        super(stream, position, recordBytesMax);
        this.quotes = quotes;
    }

    /** Skips a byte order mark where the stream begins with one. */
    void skipByteOrderMark() throws IOException {
        while (limit < 3 && fill() >= 0) {
            // Reading on until three bytes are there or the stream ends.
        }
        if (limit >= 3 && (buffer[0] & 0xff) == 0xef && (buffer[1] & 0xff) == 0xbb && (buffer[2] & 0xff) == 0xbf) {
            next = 3;
        }
    }

    @Override
    boolean advance() throws IOException {
        int at = next;
        int firstLineEnd = -1;
        int lastClosed = -2;
        boolean quoted = false;
        while (true) {
            byte[] bytes = buffer;
            int end = limit;
            for (; at < end; at++) {
                byte b = bytes[at];
                if (b > '"') {
                    continue;
                }
                if (b == '\n') {
                    if (!quoted) {
                        return line(at);
                    }
                    if (firstLineEnd < 0) {
                        firstLineEnd = at;
                    }
                } else if (b == '"' && quotes) {
                    if (quoted) {
                        quoted = false;
                        lastClosed = at;
                    } else {
                        // Open where a field begins, or again behind the first half of a doubled quote.
                        quoted = at == next || bytes[at - 1] == ',' || lastClosed == at - 1;
                    }
                }
            }
            if (at - next > recordBytesMax) {
                return firstLineEnd >= 0 ? line(firstLineEnd) : tooLong();
            }
            int moved = fill();
            if (moved < 0) {
                if (firstLineEnd >= 0) {
                    return line(firstLineEnd);
                }
                return at > next && record(buffer, next, at - next, at);
            }
            at -= moved;
            firstLineEnd = firstLineEnd < 0 ? -1 : firstLineEnd - moved;
            lastClosed -= moved;
        }
    }

    private boolean line(int lineEnd) {
        return record(buffer, next, Math.min(lineEnd - next, recordBytesMax + 1), lineEnd + 1);
    }

    /** The record is the first bytes of the line; the others are skipped up to its end, without keeping them. */
    private boolean tooLong() throws IOException {
        byte[] kept = Arrays.copyOfRange(buffer, next, next + recordBytesMax + 1);
        next += kept.length;
        do {
            for (; next < limit; next++) {
                if (buffer[next] == '\n') {
                    return record(kept, 0, kept.length, next + 1);
                }
            }
        } while (fill() >= 0);
        return record(kept, 0, kept.length, limit);
    }
}

package dev.candlewick.local.produce;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads lines as bytes, without their ends (LF or CR LF); the last line may lack its end. */
final class LineReader {

    /** Far above what a broker takes, far below what memory holds. */
    private static final int LINE_BYTES_MAX = 16 << 20;

    private final InputStream in;
    private final String source;
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long lines;

    LineReader(InputStream in, String source) {
        this.in = in;
        this.source = source;
    }

    /** The next line, or null at the end. */
    byte @Nullable [] next() throws IOException {
        byte[] head = null;
        while (true) {
            if (position == limit) {
                limit = Math.max(0, in.read(buffer, 0, buffer.length));
                position = 0;
                if (limit == 0) {
                    return head == null ? null : withoutReturn(head);
                }
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            if (head == null) {
                head = Arrays.copyOfRange(buffer, position, end);
            } else {
                if (head.length + (end - position) > LINE_BYTES_MAX) {
                    throw new IOException("line " + (lines + 1) + " must be at most " + LINE_BYTES_MAX
                            + " bytes, was longer (" + source + ")");
                }
                int old = head.length;
                head = Arrays.copyOf(head, old + end - position);
                System.arraycopy(buffer, position, head, old, end - position);
            }
            position = end;
            if (end < limit) {
                position++;
                lines++;
                return withoutReturn(head);
            }
        }
    }

    private static byte[] withoutReturn(byte[] line) {
        return line.length > 0 && line[line.length - 1] == '\r' ? Arrays.copyOf(line, line.length - 1) : line;
    }
}

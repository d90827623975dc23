package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.BinaryLayout;
import java.io.InputStream;

/** Binary messages, cut by the length in their header. */
final class BinaryScanner extends FrameScanner {
    BinaryScanner(InputStream stream, long position, int recordBytesMax) {
        super(stream, position, recordBytesMax, BinaryLayout.HEADER_BYTES, 0);
    }

    @Override
    int frameBytes(int at) {
        if (!BinaryLayout.isHeader(buffer, at, limit - at)) {
            return -1;
        }
        int total = BinaryLayout.totalLength(buffer, at);
        return total >= BinaryLayout.HEADER_BYTES && total <= recordBytesMax ? total : -1;
    }
}

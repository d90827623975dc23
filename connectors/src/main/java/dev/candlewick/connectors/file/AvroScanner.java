package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.AvroLayout;
import java.io.InputStream;

/** Avro messages, cut by the length that stands in front of each. */
final class AvroScanner extends FrameScanner {
    AvroScanner(InputStream stream, long position, int recordBytesMax) {
        super(
                stream,
                position,
                recordBytesMax,
                AvroLayout.LENGTH_BYTES + AvroLayout.HEADER_BYTES,
                AvroLayout.LENGTH_BYTES);
    }

    @Override
    int frameBytes(int at) {
        int messageAt = at + AvroLayout.LENGTH_BYTES;
        if (!AvroLayout.isHeader(buffer, messageAt, limit - messageAt)) {
            return -1;
        }
        int length = AvroLayout.length(buffer, at);
        return length >= AvroLayout.HEADER_BYTES && length <= recordBytesMax ? AvroLayout.LENGTH_BYTES + length : -1;
    }
}

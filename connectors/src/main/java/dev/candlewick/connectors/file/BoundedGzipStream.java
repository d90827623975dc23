package dev.candlewick.connectors.file;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * Inflates gzip and refuses a file that grows beyond any market data: more than {@value #RATIO_MAX} times its stored
 * size after the first {@value #BYTES_FREE} bytes.
 */
final class BoundedGzipStream extends GZIPInputStream {
    static final int RATIO_MAX = 200;
    static final long BYTES_FREE = 64L << 20;

    private final CountingStream stored;
    private long inflated;

    BoundedGzipStream(InputStream stored) throws IOException {
        this(new CountingStream(stored));
    }

    private BoundedGzipStream(CountingStream stored) throws IOException {
        super(stored, 64 << 10);
        this.stored = stored;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        if (count > 0) {
            inflated += count;
            if (inflated > BYTES_FREE && inflated > RATIO_MAX * stored.count) {
                throw new IOException("gzip file must not inflate to more than " + RATIO_MAX
                        + " times its size, was more after " + stored.count + " stored bytes");
            }
        }
        return count;
    }

    private static final class CountingStream extends InputStream {
        private final InputStream stream;
        private long count;

        CountingStream(InputStream stream) {
            this.stream = stream;
        }

        @Override
        public int read() throws IOException {
            int b = stream.read();
            count += b >= 0 ? 1 : 0;
            return b;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = stream.read(into, offset, length);
            count += Math.max(0, read);
            return read;
        }

        @Override
        public int available() throws IOException {
            return stream.available();
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}

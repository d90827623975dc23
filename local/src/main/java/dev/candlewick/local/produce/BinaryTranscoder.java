package dev.candlewick.local.produce;

import dev.candlewick.connectors.format.BinaryLayout;
import dev.candlewick.connectors.format.BinaryText;
import dev.candlewick.local.cli.CommandFailure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The fixed binary layout, messages back to back. */
final class BinaryTranscoder implements MessageTranscoder {
    private static final int LENGTH_MAX = 1 << 20;

    @Override
    public String name() {
        return "binary";
    }

    @Override
    public boolean ownsFileName(String name) {
        return name.endsWith(".bin");
    }

    @Override
    public boolean isSelfContained() {
        return true;
    }

    @Override
    public Reader open(InputStream in, String source) {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        return new Reader() {
            private long position;

            @Override
            public @Nullable InputMessage next() throws IOException {
                byte[] header = buffered.readNBytes(BinaryLayout.HEADER_BYTES);
                if (header.length == 0) {
                    return null;
                }
                int total = BinaryLayout.isHeader(header, 0, header.length) ? BinaryLayout.totalLength(header, 0) : -1;
                if (total < BinaryLayout.HEADER_BYTES || total > LENGTH_MAX) {
                    throw CommandFailure.usage(
                            "a binary message must begin with its header, did not",
                            source + " at byte " + position,
                            "send the part before it, or repair the file");
                }
                byte[] message = Arrays.copyOf(header, total);
                int read = buffered.readNBytes(message, header.length, total - header.length);
                position += header.length + read;
                if (read < total - header.length) {
                    return InputMessage.unreadable(Arrays.copyOf(message, header.length + read));
                }
                TradeFields fields = new TradeFields();
                return BinaryText.read(message, fields::set)
                        ? new InputMessage(message, fields, true)
                        : InputMessage.unreadable(message);
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }

    @Override
    public byte @Nullable [] encode(TradeFields fields) {
        return BinaryText.write(fields::get);
    }
}

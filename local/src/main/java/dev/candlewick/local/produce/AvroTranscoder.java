package dev.candlewick.local.produce;

import dev.candlewick.connectors.format.AvroLayout;
import dev.candlewick.connectors.format.AvroText;
import dev.candlewick.local.cli.CommandFailure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Avro's single-object encoding; in files each message behind its length. */
final class AvroTranscoder implements MessageTranscoder {
    private static final int LENGTH_MAX = 1 << 20;

    @Override
    public String name() {
        return "avro";
    }

    @Override
    public boolean ownsFileName(String name) {
        return name.endsWith(".avrobin");
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
                byte[] head = buffered.readNBytes(AvroLayout.LENGTH_BYTES + AvroLayout.HEADER_BYTES);
                if (head.length == 0) {
                    return null;
                }
                int length = head.length < AvroLayout.LENGTH_BYTES ? -1 : AvroLayout.length(head, 0);
                byte[] header = Arrays.copyOfRange(head, Math.min(AvroLayout.LENGTH_BYTES, head.length), head.length);
                if (!AvroLayout.isHeader(header, 0, header.length)
                        || length < AvroLayout.HEADER_BYTES
                        || length > LENGTH_MAX) {
                    throw CommandFailure.usage(
                            "an avro message must begin with its length and header, did not",
                            source + " at byte " + position,
                            "send the part before it, or repair the file; Avro container files are not read");
                }
                byte[] message = Arrays.copyOf(header, length);
                int read = buffered.readNBytes(message, header.length, length - header.length);
                position += head.length + read;
                if (read < length - header.length) {
                    return InputMessage.unreadable(Arrays.copyOf(message, header.length + read));
                }
                TradeFields fields = new TradeFields();
                return AvroText.read(message, fields::set)
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
        return AvroText.write(fields::get);
    }
}

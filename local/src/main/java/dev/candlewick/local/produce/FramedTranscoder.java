package dev.candlewick.local.produce;

import dev.candlewick.local.cli.CommandFailure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A format whose messages stand one behind the other in a file and say how long they are. */
abstract class FramedTranscoder implements MessageTranscoder {
    private static final int LENGTH_MAX = 1 << 20;

    private final int lengthBytes;
    private final int headerBytes;

    /**
     * A format.
     *
     * @param lengthBytes how many bytes in front of a message tell its length in a file and are not part of it
     * @param headerBytes with how many bytes a message begins
     */
    FramedTranscoder(int lengthBytes, int headerBytes) {
        this.lengthBytes = lengthBytes;
        this.headerBytes = headerBytes;
    }

    /** Length of the message whose length bytes and header these are, the header included; -1 where they are none. */
    abstract int length(byte[] lengthAndHeader);

    /** Reads the fields of a whole message; false where it cannot be read. */
    abstract boolean read(byte[] message, TradeFields fields);

    /** What is wrong with a file where no message begins. */
    abstract String problem();

    /** What to do about it. */
    abstract String remedy();

    @Override
    public final boolean isSelfContained() {
        return true;
    }

    @Override
    public final Reader open(InputStream in, String source) {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        return new Reader() {
            private long position;

            @Override
            public @Nullable InputMessage next() throws IOException {
                byte[] head = buffered.readNBytes(lengthBytes + headerBytes);
                if (head.length == 0) {
                    return null;
                }
                int length = length(head);
                if (length < headerBytes || length > LENGTH_MAX) {
                    throw CommandFailure.usage(problem(), source + " at byte " + position, remedy());
                }
                byte[] message = Arrays.copyOf(Arrays.copyOfRange(head, lengthBytes, head.length), length);
                int read = buffered.readNBytes(message, headerBytes, length - headerBytes);
                position += head.length + read;
                if (read < length - headerBytes) {
                    return InputMessage.unreadable(Arrays.copyOf(message, headerBytes + read));
                }
                TradeFields fields = new TradeFields();
                return read(message, fields)
                        ? new InputMessage(message, fields, true)
                        : InputMessage.unreadable(message);
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }
}

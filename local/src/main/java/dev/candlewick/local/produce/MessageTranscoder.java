package dev.candlewick.local.produce;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * One format of trade messages, in files and on topics, for {@code produce}.
 *
 * <p>A transcoder moves texts and judges nothing: a bad row must meet the same verdict through Kafka as from its file.
 * A further format is one line in {@link Transcoders}. Implementations are used by one thread.
 */
public interface MessageTranscoder {

    /** The value of {@code --format} and {@code --as}. */
    String name();

    /** Whether files of this name, without {@code .gz}, are of this format. */
    boolean ownsFileName(String name);

    /** Whether a record means the same outside of its file, so that the same format in and out sends its bytes. */
    boolean isSelfContained();

    /**
     * Starts reading a file.
     *
     * @param in uncompressed
     * @param source the file's name for messages
     */
    Reader open(InputStream in, String source) throws IOException;

    /** Writes a message of this format, or null if these fields cannot be written so and go out as they came. */
    byte @Nullable [] encode(TradeFields fields);

    /** What is sent on a topic of this format for a record that could not be split: its bytes, so that it is rejected. */
    default byte[] encodeUnreadable(byte[] raw) {
        return raw;
    }

    /** Reads the records of one file in their order. */
    interface Reader extends Closeable {
        /** The next record, or null at the end. */
        @Nullable
        InputMessage next() throws IOException;
    }
}

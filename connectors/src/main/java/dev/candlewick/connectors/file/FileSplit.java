package dev.candlewick.connectors.file;

import dev.candlewick.core.model.Trade;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * One file and how far it has been read; never divided.
 *
 * @param file the file
 * @param nextOrdinal ordinal of the next data line (or message) to emit
 * @param bytePosition uncompressed position where it begins, 0 for a file not begun
 * @param markNanos the largest event time of the valid trades before it, or {@link Trade#TIME_ABSENT}
 */
public record FileSplit(InputFile file, long nextOrdinal, long bytePosition, long markNanos) implements SourceSplit {
    /** A file from its beginning. */
    public FileSplit(InputFile file) {
        this(file, 0, 0, Trade.TIME_ABSENT);
    }

    /** The split's identity; by ordinal, because paths are the user's text and this becomes a metric label. */
    @Override
    public String splitId() {
        return "file-" + file.ordinal();
    }

    /** Whether nothing of it has been emitted. */
    boolean isFresh() {
        return nextOrdinal == 0;
    }
}

package dev.candlewick.connectors.lake.read;

import dev.candlewick.core.model.Decoded;
import java.io.Closeable;
import org.jspecify.annotations.Nullable;

/** Rows of a split, one after the other. */
interface RowFeed extends Closeable {
    /** The next row, valid until the next call; null at the end. */
    @Nullable
    Decoded next();

    /** Passes over a row. */
    default void skip() {
        if (next() == null) {
            throw new IllegalStateException("a split must have the rows that were read before, had fewer");
        }
    }

    @Override
    void close();
}

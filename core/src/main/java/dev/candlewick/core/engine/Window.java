package dev.candlewick.core.engine;

import dev.candlewick.core.candle.CandleAccumulator;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;

/**
 * One window of one interval: its accumulator and what was published of it; mutable.
 *
 * <p>A window of the finest interval accumulates trades. A coarser one holds only what its purged children gave; the
 * children that still stand are merged in when its value is asked for. A fill has no trades and repeats a close.
 */
final class Window {
    private static final int DIRTY = 1;
    private static final int FILL = 2;
    private static final int TRUNCATED = 4;

    long startNanos;
    final CandleAccumulator sums = new CandleAccumulator();
    /** Revision published last, −1 before the first. */
    int revision = -1;
    /** Whether the accumulated bits changed since the last publication. */
    boolean dirty;
    /** Whether it was published as a fill and no trade has come since. */
    boolean fill;
    /** Whether the gap before it is longer than {@code fill.max}. */
    boolean truncated;
    /** Close of the last publication, at the instrument's scale. */
    long publishedClose;
    /** Trades of the last publication. */
    long publishedTrades;
    /** Hash of everything printed at the last publication. */
    long publishedHash;

    Window(long startNanos) {
        this.startNanos = startNanos;
    }

    boolean isPublished() {
        return revision >= 0;
    }

    /** Flags that its own state adds to those of its trades. */
    int ownFlags() {
        return truncated ? CandleFlag.FILL_TRUNCATED.bit() : 0;
    }

    Window copy() {
        Window copy = new Window(startNanos);
        copy.sums.set(sums);
        copy.revision = revision;
        copy.dirty = dirty;
        copy.fill = fill;
        copy.truncated = truncated;
        copy.publishedClose = publishedClose;
        copy.publishedTrades = publishedTrades;
        copy.publishedHash = publishedHash;
        return copy;
    }

    /** Writes all but the start. */
    void write(StateOutput out) {
        out.integer(revision);
        out.bits((dirty ? DIRTY : 0) | (fill ? FILL : 0) | (truncated ? TRUNCATED : 0));
        if (revision >= 0) {
            out.number(publishedClose);
            out.number(publishedTrades);
            out.word(publishedHash);
        }
        sums.write(out, startNanos, publishedClose);
    }

    static Window read(long startNanos, StateInput in) throws IOException {
        Window read = new Window(startNanos);
        read.revision = in.integer();
        int bits = in.bits();
        if (read.revision < -1 || bits > (DIRTY | FILL | TRUNCATED)) {
            throw new IOException("window must have a revision from -1 and known bits, was " + read.revision + " and "
                    + bits + " (start=" + read.startNanos + ")");
        }
        read.dirty = (bits & DIRTY) != 0;
        read.fill = (bits & FILL) != 0;
        read.truncated = (bits & TRUNCATED) != 0;
        if (read.revision >= 0) {
            read.publishedClose = in.number();
            read.publishedTrades = in.number();
            read.publishedHash = in.word();
        }
        read.sums.read(in, startNanos, read.publishedClose);
        return read;
    }
}

package dev.candlewick.core.model;

import org.jspecify.annotations.Nullable;

/**
 * What became of one message: a trade, a rejected message, or one that is filtered because it is not about trades.
 *
 * <p>A mutable carrier like {@link Trade}: the reader fills one instance again and again. The read position is set for
 * every kind, because the double entry counts each message under the partition it was read from.
 */
public final class Decoded {
    /** The three fates of a message. */
    public enum Kind {
        /** A valid trade. */
        TRADE,
        /** A message that broke a rule; it never moves event time. */
        REJECTED,
        /** A message of another type, or of an instrument that this run does not take. */
        FILTERED
    }

    private Kind kind = Kind.FILTERED;
    private final Trade trade;
    private @Nullable Rejected rejected;
    private int readSource;
    private int readPartition;
    private long readOffset;
    private long messages = 1;

    /** An instance with a trade of its own to fill. */
    public Decoded() {
        this(new Trade());
    }

    private Decoded(Trade trade) {
        this.trade = trade;
    }

    /** The carried trade, to be filled before {@link #setTrade()}; its content counts only for {@link Kind#TRADE}. */
    public Trade trade() {
        return trade;
    }

    /** The rejected message; only for {@link Kind#REJECTED}. */
    public Rejected rejected() {
        if (rejected == null) {
            throw new IllegalStateException("rejected must be read from a rejected message, was " + kind);
        }
        return rejected;
    }

    /** What became of the message. */
    public Kind kind() {
        return kind;
    }

    /** Whether it is a valid trade. */
    public boolean isTrade() {
        return kind == Kind.TRADE;
    }

    /** Declares the filled {@link #trade()} valid; the read position is taken from it. */
    public Decoded setTrade() {
        kind = Kind.TRADE;
        rejected = null;
        readSource = trade.readSource;
        readPartition = trade.readPartition;
        readOffset = trade.readOffset;
        messages = 1;
        return this;
    }

    /** Makes this a rejected message; the read position is taken from it. */
    public Decoded setRejected(Rejected message) {
        kind = Kind.REJECTED;
        rejected = message;
        readSource = message.readSource();
        readPartition = message.readPartition();
        readOffset = message.readOffset();
        messages = 1;
        return this;
    }

    /** Makes this a filtered message read at the given position. */
    public Decoded setFiltered(int source, int partition, long offset) {
        return setFiltered(source, partition, offset, 1);
    }

    /** Makes this so many filtered messages of one partition, the last of them read at the given offset. */
    public Decoded setFiltered(int source, int partition, long offset, long count) {
        kind = Kind.FILTERED;
        rejected = null;
        readSource = source;
        readPartition = partition;
        readOffset = offset;
        messages = count;
        return this;
    }

    /** How many messages this stands for: one, but for {@link Kind#FILTERED}. */
    public long messages() {
        return messages;
    }

    /** Which source of this run's list the message was read from. */
    public int readSource() {
        return readSource;
    }

    /** The partition as read. */
    public int readPartition() {
        return readPartition;
    }

    /** The offset as read. */
    public long readOffset() {
        return readOffset;
    }

    /** An instance of its own with the same content. */
    public Decoded copy() {
        Decoded copy = new Decoded(trade.instrument == null ? new Trade() : trade.copy());
        copy.kind = kind;
        copy.rejected = rejected;
        copy.readSource = readSource;
        copy.readPartition = readPartition;
        copy.readOffset = readOffset;
        copy.messages = messages;
        return copy;
    }
}

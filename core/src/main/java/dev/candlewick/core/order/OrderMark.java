package dev.candlewick.core.order;

import dev.candlewick.core.model.Trade;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The first or the last trade of a window by the total order, and the smallest and largest price among the trades that
 * share its event time, sequence and id; mutable.
 *
 * <p>Taking trades in any order, or merging marks in any order, gives the same mark. Prices of different trades with the
 * same head mean that place alone decided: {@link #isAmbiguous()}.
 */
public final class OrderMark {
    private static final byte[] NO_BYTES = new byte[0];

    private long timeNanos;
    private boolean hasSequence;
    private long sequence;
    private byte idKind;
    private long idNumber;
    private byte[] idText = NO_BYTES;
    private int placePartition;
    private long placePosition;
    private long priceScaled;
    private long sizeScaled;
    private long tieLowScaled;
    private long tieHighScaled;

    /** Event time of the marked trade. */
    public long timeNanos() {
        return timeNanos;
    }

    /** Price of the marked trade, at the instrument's scale. */
    public long priceScaled() {
        return priceScaled;
    }

    /** Whether trades of different prices share the mark's event time, sequence and id. */
    public boolean isAmbiguous() {
        return tieLowScaled != tieHighScaled;
    }

    /** Marks a trade, whatever was marked before. */
    public void set(Trade trade) {
        timeNanos = trade.eventTimeNanos;
        hasSequence = trade.hasSequence;
        sequence = trade.sequence;
        idKind = trade.idKind;
        idNumber = trade.idNumber;
        idText = trade.idText;
        setTail(trade);
        tieLowScaled = trade.priceScaled;
        tieHighScaled = trade.priceScaled;
    }

    private void setTail(Trade trade) {
        placePartition = trade.placePartition;
        placePosition = trade.placePosition;
        priceScaled = trade.priceScaled;
        sizeScaled = trade.sizeScaled;
    }

    /** Takes over another mark. */
    public void set(OrderMark from) {
        timeNanos = from.timeNanos;
        hasSequence = from.hasSequence;
        sequence = from.sequence;
        idKind = from.idKind;
        idNumber = from.idNumber;
        idText = from.idText;
        setTail(from);
        tieLowScaled = from.tieLowScaled;
        tieHighScaled = from.tieHighScaled;
    }

    private void setTail(OrderMark from) {
        placePartition = from.placePartition;
        placePosition = from.placePosition;
        priceScaled = from.priceScaled;
        sizeScaled = from.sizeScaled;
    }

    /**
     * Considers a trade.
     *
     * @param direction 1 to keep the first trade, −1 to keep the last one
     * @return whether any bit of the mark changed
     */
    public boolean consider(Trade trade, int direction) {
        int byTime = Long.compare(trade.eventTimeNanos, timeNanos);
        int head = byTime != 0 ? byTime : compareRestOfHead(trade);
        if (head != 0) {
            if (head * direction > 0) {
                return false;
            }
            set(trade);
            return true;
        }
        boolean changed = false;
        if (trade.priceScaled < tieLowScaled) {
            tieLowScaled = trade.priceScaled;
            changed = true;
        }
        if (trade.priceScaled > tieHighScaled) {
            tieHighScaled = trade.priceScaled;
            changed = true;
        }
        if (compareTail(trade) * direction < 0) {
            setTail(trade);
            changed = true;
        }
        return changed;
    }

    private int compareRestOfHead(Trade trade) {
        int order = TradeOrder.compareSequences(trade.hasSequence, trade.sequence, hasSequence, sequence);
        return order != 0
                ? order
                : TradeOrder.compareIds(trade.idKind, trade.idNumber, trade.idText, idKind, idNumber, idText);
    }

    private int compareTail(Trade trade) {
        int order = Integer.compare(trade.placePartition, placePartition);
        if (order == 0) {
            order = Long.compare(trade.placePosition, placePosition);
        }
        if (order == 0) {
            order = Long.compare(trade.priceScaled, priceScaled);
        }
        return order != 0 ? order : Long.compare(trade.sizeScaled, sizeScaled);
    }

    /**
     * Merges another mark of the same kind.
     *
     * @param direction 1 for marks of first trades, −1 for marks of last trades
     */
    public void merge(OrderMark other, int direction) {
        int head = Long.compare(other.timeNanos, timeNanos);
        if (head == 0) {
            head = TradeOrder.compareSequences(other.hasSequence, other.sequence, hasSequence, sequence);
        }
        if (head == 0) {
            head = TradeOrder.compareIds(other.idKind, other.idNumber, other.idText, idKind, idNumber, idText);
        }
        if (head != 0) {
            if (head * direction < 0) {
                set(other);
            }
            return;
        }
        tieLowScaled = Math.min(tieLowScaled, other.tieLowScaled);
        tieHighScaled = Math.max(tieHighScaled, other.tieHighScaled);
        int tail = Integer.compare(other.placePartition, placePartition);
        if (tail == 0) {
            tail = Long.compare(other.placePosition, placePosition);
        }
        if (tail == 0) {
            tail = Long.compare(other.priceScaled, priceScaled);
        }
        if (tail == 0) {
            tail = Long.compare(other.sizeScaled, sizeScaled);
        }
        if (tail * direction < 0) {
            setTail(other);
        }
    }

    /** Writes the mark in its fixed layout. */
    public void write(DataOutput out) throws IOException {
        out.writeLong(timeNanos);
        out.writeBoolean(hasSequence);
        out.writeLong(sequence);
        out.writeByte(idKind);
        out.writeLong(idNumber);
        out.writeInt(idText.length);
        out.write(idText);
        out.writeInt(placePartition);
        out.writeLong(placePosition);
        out.writeLong(priceScaled);
        out.writeLong(sizeScaled);
        out.writeLong(tieLowScaled);
        out.writeLong(tieHighScaled);
    }

    /**
     * Reads a mark in its fixed layout.
     *
     * @throws IOException where the bytes break an invariant
     */
    public void read(DataInput in) throws IOException {
        timeNanos = in.readLong();
        hasSequence = in.readBoolean();
        sequence = in.readLong();
        idKind = in.readByte();
        idNumber = in.readLong();
        int length = in.readInt();
        if (idKind < Trade.ID_ABSENT || idKind > Trade.ID_TEXT || length < 0 || length > 0xffff) {
            throw new IOException("order mark must hold an id of a known kind and up to 65535 bytes, was kind " + idKind
                    + " and " + length + " bytes");
        }
        idText = length == 0 ? NO_BYTES : new byte[length];
        in.readFully(idText);
        placePartition = in.readInt();
        placePosition = in.readLong();
        priceScaled = in.readLong();
        sizeScaled = in.readLong();
        tieLowScaled = in.readLong();
        tieHighScaled = in.readLong();
        if (priceScaled < tieLowScaled || priceScaled > tieHighScaled) {
            throw new IOException("order mark must hold a price between its tied prices, was " + priceScaled + " in ["
                    + tieLowScaled + ", " + tieHighScaled + "]");
        }
    }
}

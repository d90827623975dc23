package dev.candlewick.core.order;

import dev.candlewick.core.model.Trade;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
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
    public void write(StateOutput out, long aroundNanos, long aroundScaled) {
        out.number(timeNanos, aroundNanos);
        out.flag(hasSequence);
        out.number(sequence);
        out.bits(idKind);
        out.number(idNumber);
        out.count(idText.length);
        out.bytes(idText);
        out.integer(placePartition);
        out.number(placePosition);
        out.number(priceScaled, aroundScaled);
        out.number(sizeScaled);
        out.number(tieLowScaled, priceScaled);
        out.number(tieHighScaled, priceScaled);
    }

    /**
     * Reads a mark in its fixed layout.
     *
     * @throws IOException where the bytes break an invariant
     */
    public void read(StateInput in, long aroundNanos, long aroundScaled) throws IOException {
        timeNanos = in.number(aroundNanos);
        hasSequence = in.flag();
        sequence = in.number();
        idKind = (byte) in.bits();
        idNumber = in.number();
        int length = in.count();
        if (idKind < Trade.ID_ABSENT || idKind > Trade.ID_TEXT || length < 0 || length > 0xffff) {
            throw new IOException("order mark must hold an id of a known kind and up to 65535 bytes, was kind " + idKind
                    + " and " + length + " bytes");
        }
        idText = length == 0 ? NO_BYTES : in.bytes(length);
        placePartition = in.integer();
        placePosition = in.number();
        priceScaled = in.number(aroundScaled);
        sizeScaled = in.number();
        tieLowScaled = in.number(priceScaled);
        tieHighScaled = in.number(priceScaled);
        if (priceScaled < tieLowScaled || priceScaled > tieHighScaled) {
            throw new IOException("order mark must hold a price between its tied prices, was " + priceScaled + " in ["
                    + tieLowScaled + ", " + tieHighScaled + "]");
        }
    }
}

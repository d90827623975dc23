package dev.candlewick.core.candle;

import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.order.OrderMark;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;

/**
 * What a candle is made of: a commutative and associative accumulator of accepted trades; mutable, one thread.
 *
 * <p>Volume, notional, count and digest take each identity once ({@link #add}); every copy that is not late takes part
 * in the order for open and close ({@link #addCopy}). Sums are exact in 128 bits and may not pass 10^38 − 1. Adding does
 * not allocate.
 */
public final class CandleAccumulator {
    /** Upper word of 10^38; a sum whose upper word reaches it is looked at closely. */
    private static final long DECIMAL_38_HIGH = 0x4B3B4CA85A86C47AL;

    private static final long DECIMAL_38_LOW = 0x098A224000000000L;

    private static final int FIRST = 1;
    private static final int LAST = -1;

    private long trades;
    private long volumeHigh;
    private long volumeLow;
    private long notionalHigh;
    private long notionalLow;
    private long digestHigh;
    private long digestLow;
    private long highScaled;
    private long lowScaled;
    private int flags;
    private final OrderMark open = new OrderMark();
    private final OrderMark close = new OrderMark();

    /** Whether no trade was added. */
    public boolean isEmpty() {
        return trades == 0;
    }

    /** Number of accepted trades. */
    public long trades() {
        return trades;
    }

    /** Price of the first trade by the total order. */
    public long openScaled() {
        return open.priceScaled();
    }

    /** Largest price. */
    public long highScaled() {
        return highScaled;
    }

    /** Smallest price. */
    public long lowScaled() {
        return lowScaled;
    }

    /** Price of the last trade by the total order. */
    public long closeScaled() {
        return close.priceScaled();
    }

    /** Event time of the first trade. */
    public long firstTradeNanos() {
        return open.timeNanos();
    }

    /** Event time of the last trade. */
    public long lastTradeNanos() {
        return close.timeNanos();
    }

    /** Sum of the sizes. */
    public Int128 volume() {
        return new Int128(volumeHigh, volumeLow);
    }

    /** Sum of price times size. */
    public Int128 notional() {
        return new Int128(notionalHigh, notionalLow);
    }

    /** Sum of the trades' hashes modulo 2^128. */
    public Int128 digest() {
        return new Int128(digestHigh, digestLow);
    }

    /** The set of {@link CandleFlag#bit()}s that the trades give, ties and zero volume included. */
    public int flags() {
        if (trades == 0) {
            return flags;
        }
        int all = flags;
        if (open.isAmbiguous() || close.isAmbiguous()) {
            all |= CandleFlag.TIE_AMBIGUOUS.bit();
        }
        if ((volumeHigh | volumeLow) == 0) {
            all |= CandleFlag.ZERO_VOLUME.bit();
        }
        return all;
    }

    /**
     * Sets a flag.
     *
     * @return whether it was not set before
     */
    public boolean raise(CandleFlag flag) {
        int before = flags;
        flags |= flag.bit();
        return flags != before;
    }

    /**
     * Sets or clears a flag that later trades may take back.
     *
     * @return whether it was otherwise before
     */
    public boolean set(CandleFlag flag, boolean raised) {
        int before = flags;
        flags = raised ? flags | flag.bit() : flags & ~flag.bit();
        return flags != before;
    }

    /**
     * Adds an accepted trade.
     *
     * @param hash the trade's {@link TradeHash#identity}
     * @throws SumOverflowException where a sum passes 10^38 − 1
     */
    public void add(Trade trade, TradeHash hash) {
        long price = trade.priceScaled;
        long size = trade.sizeScaled;
        if (trades == 0) {
            open.set(trade);
            close.set(trade);
            highScaled = price;
            lowScaled = price;
        } else {
            close.consider(trade, LAST);
            open.consider(trade, FIRST);
            if (price > highScaled) {
                highScaled = price;
            }
            if (price < lowScaled) {
                lowScaled = price;
            }
        }
        trades++;
        long low = volumeLow + size;
        if (Long.compareUnsigned(low, size) < 0) {
            volumeHigh++;
        }
        volumeLow = low;
        long productLow = price * size;
        low = notionalLow + productLow;
        notionalHigh += Math.multiplyHigh(price, size) + (Long.compareUnsigned(low, productLow) < 0 ? 1 : 0);
        notionalLow = low;
        low = digestLow + hash.low();
        digestHigh += hash.high() + (Long.compareUnsigned(low, digestLow) < 0 ? 1 : 0);
        digestLow = low;
        check();
    }

    /**
     * Lets a further copy of an accepted trade take part in the order for open and close.
     *
     * @return whether any bit changed
     */
    public boolean addCopy(Trade trade) {
        boolean closeChanged = close.consider(trade, LAST);
        boolean openChanged = open.consider(trade, FIRST);
        return closeChanged || openChanged;
    }

    /**
     * Merges the accumulator of a finer window: everything but the tie flag, which each candle judges for itself.
     *
     * @param inheritedFlags further flags of the finer candle that this one takes over
     */
    public void merge(CandleAccumulator other, int inheritedFlags) {
        flags |= (other.flags() | inheritedFlags) & CandleFlag.INHERITED;
        if (other.trades == 0) {
            return;
        }
        if (trades == 0) {
            open.set(other.open);
            close.set(other.close);
            highScaled = other.highScaled;
            lowScaled = other.lowScaled;
        } else {
            open.merge(other.open, FIRST);
            close.merge(other.close, LAST);
            highScaled = Math.max(highScaled, other.highScaled);
            lowScaled = Math.min(lowScaled, other.lowScaled);
        }
        trades += other.trades;
        long low = volumeLow + other.volumeLow;
        volumeHigh += other.volumeHigh + (Long.compareUnsigned(low, volumeLow) < 0 ? 1 : 0);
        volumeLow = low;
        low = notionalLow + other.notionalLow;
        notionalHigh += other.notionalHigh + (Long.compareUnsigned(low, notionalLow) < 0 ? 1 : 0);
        notionalLow = low;
        low = digestLow + other.digestLow;
        digestHigh += other.digestHigh + (Long.compareUnsigned(low, digestLow) < 0 ? 1 : 0);
        digestLow = low;
        check();
    }

    private void check() {
        if (notionalHigh >= DECIMAL_38_HIGH || volumeHigh >= DECIMAL_38_HIGH || (notionalHigh | volumeHigh) < 0) {
            checkClosely("notional", notionalHigh, notionalLow);
            checkClosely("volume", volumeHigh, volumeLow);
        }
    }

    private static void checkClosely(String what, long high, long low) {
        if (high < 0
                || high > DECIMAL_38_HIGH
                || (high == DECIMAL_38_HIGH && Long.compareUnsigned(low, DECIMAL_38_LOW) >= 0)) {
            throw new SumOverflowException(what + " must stay below 10^38 in units of its scale");
        }
    }

    /** Forgets everything. */
    public void clear() {
        trades = 0;
        volumeHigh = 0;
        volumeLow = 0;
        notionalHigh = 0;
        notionalLow = 0;
        digestHigh = 0;
        digestLow = 0;
        flags = 0;
    }

    /** Takes over another accumulator. */
    public void set(CandleAccumulator from) {
        trades = from.trades;
        volumeHigh = from.volumeHigh;
        volumeLow = from.volumeLow;
        notionalHigh = from.notionalHigh;
        notionalLow = from.notionalLow;
        digestHigh = from.digestHigh;
        digestLow = from.digestLow;
        highScaled = from.highScaled;
        lowScaled = from.lowScaled;
        flags = from.flags;
        if (trades > 0) {
            open.set(from.open);
            close.set(from.close);
        }
    }

    /**
     * Writes the accumulator.
     *
     * @param aroundNanos a time near its trades
     * @param aroundScaled a price near theirs, which may be any; the closer both are, the fewer bytes
     */
    public void write(StateOutput out, long aroundNanos, long aroundScaled) {
        out.integer(flags);
        out.number(trades);
        if (trades == 0) {
            return;
        }
        out.number(volumeHigh);
        out.number(volumeLow);
        out.number(notionalHigh);
        out.number(notionalLow);
        out.word(digestHigh);
        out.word(digestLow);
        out.number(highScaled, aroundScaled);
        out.number(lowScaled, highScaled);
        open.write(out, aroundNanos, highScaled);
        close.write(out, open.timeNanos(), open.priceScaled());
    }

    /**
     * Reads an accumulator and checks its invariants.
     *
     * @param aroundNanos the time that it was written with
     * @param aroundScaled the price that it was written with
     * @throws IOException where the bytes break an invariant
     */
    public void read(StateInput in, long aroundNanos, long aroundScaled) throws IOException {
        clear();
        flags = in.integer();
        trades = in.number();
        require(flags >= 0 && flags < 1 << CandleFlag.values().length, "flags of a closed list", flags);
        require(trades >= 0, "a count that is not negative", trades);
        if (trades == 0) {
            return;
        }
        volumeHigh = in.number();
        volumeLow = in.number();
        notionalHigh = in.number();
        notionalLow = in.number();
        digestHigh = in.word();
        digestLow = in.word();
        highScaled = in.number(aroundScaled);
        lowScaled = in.number(highScaled);
        open.read(in, aroundNanos, highScaled);
        close.read(in, open.timeNanos(), open.priceScaled());
        require(volumeHigh >= 0 && notionalHigh >= 0, "sums that are not negative", Math.min(volumeHigh, notionalHigh));
        require(lowScaled > 0 && lowScaled <= highScaled, "a positive low up to its high", lowScaled);
        require(open.priceScaled() >= lowScaled && open.priceScaled() <= highScaled, "an open in range", openScaled());
        require(
                close.priceScaled() >= lowScaled && close.priceScaled() <= highScaled,
                "a close in range",
                closeScaled());
        require(open.timeNanos() <= close.timeNanos(), "a first trade before its last", open.timeNanos());
    }

    private static void require(boolean holds, String rule, long value) throws IOException {
        if (!holds) {
            throw new IOException("candle accumulator must hold " + rule + ", was " + value);
        }
    }
}

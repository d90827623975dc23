package dev.candlewick.local.produce;

import dev.candlewick.core.validate.TradeField;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * A steady, endless sequence of made-up trades; the same for the same seed and rate. One thread.
 *
 * <p>Ten symbols trade on two venues, some more often than others. Prices walk by whole ticks. Ids count up by one for
 * each venue and symbol. One trade in 50 comes up to 600 ms late, one in 200 comes a second time.
 */
final class SimulatedTrades {

    private static final List<String> VENUES = List.of("ALPHA", "BETA");
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long TRANSIT_NANOS_MIN = 500_000;
    private static final long TRANSIT_NANOS_MAX = 5_000_000;
    private static final long DELAY_NANOS_MIN = 50_000_000;
    private static final long DELAY_NANOS_MAX = 600_000_000;
    private static final int DELAYED_ONE_IN = 50;
    private static final int REPEATED_ONE_IN = 200;
    private static final int SIZE_SCALE = 4;

    /**
     * One message.
     *
     * @param symbolIndex which symbol it is, from 0
     * @param eventNanos when the trade happened, from the start of the sequence
     * @param sendNanos when the message arrives, from the start of the sequence; not before the trade
     * @param number the trade's ordinal; a repeated message has that of its first
     */
    record Message(
            int symbolIndex,
            String venue,
            String symbol,
            long id,
            String price,
            String size,
            String side,
            long eventNanos,
            long sendNanos,
            long number) {

        /** Its fields, when the sequence started at a time. */
        TradeFields fields(long startNanos) {
            TradeFields fields = new TradeFields();
            fields.set(TradeField.RECV_TIME_NS, Long.toString(startNanos + sendNanos));
            fields.set(TradeField.EVENT_TIME_NS, Long.toString(startNanos + eventNanos));
            fields.set(TradeField.VENUE, venue);
            fields.set(TradeField.SYMBOL, symbol);
            fields.set(TradeField.TRADE_ID, Long.toString(id));
            fields.set(TradeField.PRICE, price);
            fields.set(TradeField.SIZE, size);
            fields.set(TradeField.SIDE, side);
            return fields;
        }

        private Message sentAt(long nanos) {
            return new Message(symbolIndex, venue, symbol, id, price, size, side, eventNanos, nanos, number);
        }
    }

    private final SplittableRandom random;
    private final long spacingNanos;
    private final List<Symbol> symbols = List.of(
            new Symbol("BTC/USD", 64_000_00, 2),
            new Symbol("ETH/USD", 3_150_00, 2),
            new Symbol("SOL/USD", 148_000, 3),
            new Symbol("XRP/USD", 52_340, 5),
            new Symbol("ADA/USD", 38_170, 5),
            new Symbol("DOGE/USD", 12_050, 5),
            new Symbol("LTC/USD", 71_30, 2),
            new Symbol("LINK/USD", 13_420, 3),
            new Symbol("ETH/BTC", 4_921, 5),
            new Symbol("XRP/ETH", 16_615, 8));
    private final PriorityQueue<Message> underWay =
            new PriorityQueue<>(Comparator.comparingLong(Message::sendNanos).thenComparingLong(Message::number));
    private long made;

    SimulatedTrades(long seed, int perSecond) {
        random = new SplittableRandom(seed);
        spacingNanos = NANOS_PER_SECOND / perSecond;
    }

    /** How many symbols trade. */
    int symbolCount() {
        return symbols.size();
    }

    /** The next message in the order of arrival. */
    Message next() {
        // Nothing made later arrives before the time of the trade that is made next.
        while (underWay.isEmpty() || underWay.element().sendNanos() > made * spacingNanos) {
            make();
        }
        return underWay.remove();
    }

    private void make() {
        int index = symbolIndex();
        Symbol symbol = symbols.get(index);
        long eventNanos = made * spacingNanos + random.nextLong(spacingNanos);
        Message trade = symbol.trade(index, eventNanos);
        boolean delayed = random.nextInt(DELAYED_ONE_IN) == 0;
        underWay.add(trade.sentAt(eventNanos
                + (delayed
                        ? random.nextLong(DELAY_NANOS_MIN, DELAY_NANOS_MAX)
                        : random.nextLong(TRANSIT_NANOS_MIN, TRANSIT_NANOS_MAX))));
        if (random.nextInt(REPEATED_ONE_IN) == 0) {
            underWay.add(trade.sentAt(eventNanos + random.nextLong(DELAY_NANOS_MIN, DELAY_NANOS_MAX)));
        }
        made++;
    }

    /** Half of all trades are of the first three symbols; but each one trades all the time. */
    private int symbolIndex() {
        return random.nextInt(4) == 0 ? random.nextInt(3) : random.nextInt(symbols.size());
    }

    private final class Symbol {
        private final String name;
        private final int priceScale;
        private final long floorTicks;
        private final List<Long> lastIds = new ArrayList<>(List.of(0L, 0L));
        private long ticks;

        Symbol(String name, long ticks, int priceScale) {
            this.name = name;
            this.ticks = ticks;
            this.priceScale = priceScale;
            this.floorTicks = ticks / 2;
        }

        Message trade(int index, long eventNanos) {
            int venue = random.nextInt(VENUES.size());
            long id = lastIds.get(venue) + 1;
            lastIds.set(venue, id);
            // Mostly a tick or none, rarely more; a walk that falls far is pushed back.
            long step = random.nextInt(20) == 0 ? random.nextLong(-8, 9) : random.nextLong(-1, 2);
            ticks = Math.max(floorTicks, ticks + step);
            boolean buy = random.nextBoolean();
            long lots = 1 + (long) (Math.pow(random.nextDouble(), 3) * 50_000);
            return new Message(
                    index,
                    VENUES.get(venue),
                    name,
                    id,
                    BigDecimal.valueOf(ticks + (buy ? 1 : 0), priceScale).toPlainString(),
                    BigDecimal.valueOf(lots, SIZE_SCALE).toPlainString(),
                    buy ? "buy" : "sell",
                    eventNanos,
                    eventNanos,
                    made);
        }
    }
}

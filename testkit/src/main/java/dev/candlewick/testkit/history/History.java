package dev.candlewick.testkit.history;

import dev.candlewick.testkit.oracle.OracleTrade;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A random trade history: partitions of records in read order, a pure function of a seed and its options.
 *
 * <p>It contains what breaks candle builders: ties to the nanosecond and to the millisecond, trades on window
 * boundaries, ids of many kinds (ascending, zero-padded, of 40 digits, textual, descending, mixed, missing), copies near
 * and far with another sequence, place or partition, ids used twice with another price, size or time inside and beyond
 * the horizon, identical rows without id, disorder inside and (by option) beyond the allowed lateness to the nanosecond,
 * sparse instruments and long empty stretches, prices of 12 decimals, tiny and huge ones, symbols that differ in case,
 * with slashes, bars and backslashes. Immutable.
 */
public final class History {
    /** Header of the canonical CSV, with {@code sequence} as its last column. */
    public static final String CSV_HEADER = TradeText.CSV_HEADER;

    /** All venue names, without prefix. */
    static final List<String> VENUES = List.of("alpha", "ALPHA", "beta", "v|4\\");

    /** All symbols. */
    static final List<String> SYMBOLS = List.of(
            "BTC-USD",
            "btc-usd",
            "XBT/USDT",
            "HUGE-IDR",
            "SHIB/BTC",
            "ETH|EUR",
            "A\\B\\|C",
            "Zürich/CHF",
            "../up",
            "GC-201312",
            "a=b&c d",
            "x,\"y\"");

    private static final String HUGE = "HUGE";
    private static final int HUGE_SCALE = 4;
    private static final int PRICE_SCALE = 12;
    private static final int SIZE_SCALE = 8;

    private final long seed;
    private final HistoryOptions options;
    private final List<List<Placed>> partitions;

    /**
     * A record and the event-time clock of its partition right behind it: the largest valid event time so far.
     * {@code ownPlace} says that the place is carried and not the read position.
     */
    record Placed(OracleTrade trade, long clockNanos, boolean ownPlace) {}

    private History(long seed, HistoryOptions options, List<List<Placed>> partitions) {
        this.seed = seed;
        this.options = options;
        this.partitions = partitions;
    }

    /** Returns the history of a seed. */
    public static History random(long seed, HistoryOptions options) {
        return new History(seed, options, new HistoryGenerator(seed, options).generate());
    }

    /**
     * Interleaves histories, partition by partition, into one.
     *
     * <p>Records go by the clock of their partition, the largest valid event time up to them, and in random order (seeded
     * by the seeds) where the clocks are equal. So the order within each history stays, and a record is late in the
     * merged partition if and only if it was late in its own. Read positions are new; places as read are the new read
     * positions, carried places stay. The options are those of the first history.
     *
     * @throws IllegalArgumentException if there is no history
     */
    public static History merge(List<History> histories) {
        if (histories.isEmpty()) {
            throw new IllegalArgumentException("histories must not be empty, was no history");
        }
        long seed = 0;
        int count = 0;
        for (History history : histories) {
            seed = seed * 31 + history.seed;
            count = Math.max(count, history.partitions.size());
        }
        Random random = HistoryGenerator.random(seed);
        List<List<Placed>> merged = new ArrayList<>();
        for (int partition = 0; partition < count; partition++) {
            PriorityQueue<Head> heads = new PriorityQueue<>(
                    Comparator.comparingLong(Head::clockNanos).thenComparingInt(Head::lot));
            for (History history : histories) {
                if (partition < history.partitions.size()
                        && !history.partitions.get(partition).isEmpty()) {
                    heads.add(new Head(history.partitions.get(partition), 0, random.nextInt()));
                }
            }
            List<Placed> records = new ArrayList<>();
            while (!heads.isEmpty()) {
                Head head = heads.remove();
                Placed record = head.records().get(head.next());
                int position = records.size();
                OracleTrade trade = record.trade().withReadPosition(partition, position);
                records.add(new Placed(
                        record.ownPlace() ? trade : trade.withPlace(partition, position),
                        record.clockNanos(),
                        record.ownPlace()));
                if (head.next() + 1 < head.records().size()) {
                    heads.add(new Head(head.records(), head.next() + 1, random.nextInt()));
                }
            }
            merged.add(records);
        }
        return new History(seed, histories.get(0).options, merged);
    }

    private record Head(List<Placed> records, int next, int lot) {
        long clockNanos() {
            return records.get(next).clockNanos();
        }
    }

    /** Returns the seed; of a merged history a number made from the seeds. */
    public long seed() {
        return seed;
    }

    /** Returns the options; of a merged history those of the first. */
    public HistoryOptions options() {
        return options;
    }

    /** Returns the partitions with their records in read order. */
    public List<List<OracleTrade>> partitions() {
        return partitions.stream()
                .map(partition -> partition.stream().map(Placed::trade).toList())
                .toList();
    }

    /** Returns the decimals of a symbol's prices: 4 if it begins with {@code HUGE}, else 12. */
    public static int priceScale(String symbol) {
        return symbol.startsWith(HUGE) ? HUGE_SCALE : PRICE_SCALE;
    }

    /** Returns the decimals of a symbol's sizes: 4 if it begins with {@code HUGE}, else 8. */
    public static int sizeScale(String symbol) {
        return symbol.startsWith(HUGE) ? HUGE_SCALE : SIZE_SCALE;
    }

    /**
     * Returns a record as a line of canonical CSV under {@link #CSV_HEADER}, without line end; {@code row} is the
     * position of the place, so a reader of files takes the partition from the file's ordinal.
     */
    public static String toCsvLine(OracleTrade trade) {
        return TradeText.csvLine(trade);
    }

    /** Returns a record as JSON, decimals as strings, absent fields left out; the place is not in it. */
    public static String toJson(OracleTrade trade) {
        return TradeText.json(trade);
    }
}

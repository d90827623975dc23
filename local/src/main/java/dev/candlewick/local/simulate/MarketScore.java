package dev.candlewick.local.simulate;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.local.lake.LakeDatabase;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a job made of a simulated market with what the market's labels say: every fault found again, and nothing else
 * found.
 */
final class MarketScore {
    /**
     * One comparison.
     *
     * @param what what is compared
     * @param expected how many the labels name
     * @param found how many of them the job found
     * @param wrong how many the job found that no label names
     * @param passed whether that is good enough
     */
    record Row(String what, long expected, long found, long wrong, boolean passed) {}

    private final MarketSimulator market;
    private final Intervals intervals;

    private final Map<Reason, Set<String>> rejected = new TreeMap<>();
    private final Set<String> late = new HashSet<>();
    private final ReferenceCandles reference;
    private final QualityScore quality = new QualityScore();
    private long filtered;
    private long duplicates;
    private long accepted;

    MarketScore(MarketSimulator market, Intervals intervals) {
        this.market = market;
        this.intervals = intervals;
        Map<String, Long> lengths = new LinkedHashMap<>();
        for (Interval interval : intervals.asList()) {
            lengths.put(interval.name(), interval.nanos());
        }
        reference = new ReferenceCandles(lengths);
    }

    /** Makes so many messages again and notes what must become of each. */
    void expect(long messages) {
        SimulatedMessage message = new SimulatedMessage();
        int partitions = market.settings().partitions();
        for (int index = 0; index < partitions; index++) {
            MarketPartition partition = market.partition(index);
            long count = MarketFiles.share(messages, index, partitions);
            for (long i = 0; i < count; i++) {
                partition.next(message);
                expect(index, message);
            }
        }
    }

    private void expect(int partition, SimulatedMessage message) {
        quality.take(message);
        String place = partition + ":" + message.position;
        if (message.type != MessageType.TRADE) {
            filtered++;
            return;
        }
        switch (message.expectation) {
            case REJECTED ->
                rejected.computeIfAbsent(Objects.requireNonNull(message.reason), reason -> new HashSet<>())
                        .add(place);
            case LATE -> late.add(place);
            case DUPLICATE -> {
                duplicates++;
                reference.take(message.trade, true);
            }
            case ACCEPTED -> {
                accepted++;
                reference.take(message.trade, false);
            }
            case FILTERED, NOT_SENT ->
                throw new IllegalStateException("a trade must have a verdict, was " + message.expectation);
        }
    }

    /** Compares with a run over the files. */
    List<Row> compare(ReplayResult result) {
        List<Row> rows = new ArrayList<>();
        rows.add(sum("filtered", filtered, result, LedgerRow::filtered));
        rows.add(sum("duplicates", duplicates, result, LedgerRow::duplicate));
        rows.add(sum("late", late.size(), result, LedgerRow::late));
        rows.add(sum("accepted", accepted, result, LedgerRow::accepted));
        try (LakeDatabase lake = LakeDatabase.open(result.lake(), "1GB")) {
            rows.add(compareSets(
                    "late by place",
                    late,
                    places(lake, "SELECT source_partition, source_position FROM" + " trades WHERE late")));
            Map<Reason, Set<String>> found = rejections(lake);
            for (Reason reason : Reason.values()) {
                Set<String> expected = rejected.getOrDefault(reason, Set.of());
                Set<String> seen = found.getOrDefault(reason, Set.of());
                if (!expected.isEmpty() || !seen.isEmpty()) {
                    rows.add(compareSets("rejected " + reason, expected, seen));
                }
            }
            rows.addAll(candles(lake));
            rows.addAll(quality.compare(lake, market));
        }
        return rows;
    }

    private static Row sum(String what, long expected, ReplayResult result, ToLongFunction<LedgerRow> column) {
        long found = result.ledger().stream()
                .filter(row -> row.scope().equals(LedgerRow.PARTITION))
                .mapToLong(column)
                .sum();
        return new Row(what, expected, Math.min(found, expected), Math.max(0, found - expected), found == expected);
    }

    static Row compareSets(String what, Set<String> expected, Set<String> seen) {
        long found = seen.stream().filter(expected::contains).count();
        long wrong = seen.size() - found;
        return new Row(what, expected.size(), found, wrong, found == expected.size() && wrong == 0);
    }

    private static Set<String> places(LakeDatabase lake, String sql) {
        Set<String> places = new HashSet<>();
        forEachRow(lake, sql, values -> places.add(values.get(0) + ":" + values.get(1)));
        return places;
    }

    private Map<Reason, Set<String>> rejections(LakeDatabase lake) {
        Map<String, Integer> partitions = new HashMap<>();
        for (int i = 0; i < market.settings().partitions(); i++) {
            for (WireFormat format : WireFormat.values()) {
                partitions.put(MarketFiles.fileName(i, format), i);
            }
        }
        Map<Reason, Set<String>> found = new HashMap<>();
        forEachRow(
                lake,
                "SELECT reason, read_source, read_offset FROM rejected",
                values -> found.computeIfAbsent(
                                Reason.valueOf(String.valueOf(values.get(0))), reason -> new HashSet<>())
                        .add(partitions.get(String.valueOf(values.get(1))) + ":" + values.get(2)));
        return found;
    }

    private List<Row> candles(LakeDatabase lake) {
        Map<String, String> expected = reference.lines();
        Map<String, long[]> counts = new LinkedHashMap<>();
        for (Interval interval : intervals.asList()) {
            counts.put(interval.name(), new long[3]);
        }
        expected.keySet().forEach(key -> Objects.requireNonNull(counts.get(key.substring(0, key.indexOf('|'))))[0]++);
        forEachRow(
                lake,
                "SELECT \"interval\", venue, symbol, start_ns, open, high, low, close, volume, notional, trades FROM"
                        + " candles",
                values -> {
                    String name = String.valueOf(values.get(0));
                    String key = name + "|" + values.get(1) + "|" + values.get(2) + "|" + values.get(3);
                    String line = ReferenceCandles.line(
                            decimal(values.get(4)),
                            decimal(values.get(5)),
                            decimal(values.get(6)),
                            decimal(values.get(7)),
                            decimal(values.get(8)),
                            decimal(values.get(9)),
                            Long.parseLong(String.valueOf(values.get(10))));
                    Objects.requireNonNull(counts.get(name))[line.equals(expected.get(key)) ? 1 : 2]++;
                });
        List<Row> rows = new ArrayList<>();
        counts.forEach((name, count) -> rows.add(
                new Row("candles " + name, count[0], count[1], count[2], count[0] == count[1] && count[2] == 0)));
        return rows;
    }

    private static BigDecimal decimal(@Nullable Object value) {
        return new BigDecimal(String.valueOf(value));
    }

    static void forEachRow(LakeDatabase lake, String sql, Consumer<List<? extends @Nullable Object>> taker) {
        lake.query(sql, new LakeDatabase.Rows() {
            @Override
            public void columns(List<String> names, List<Boolean> numeric) {
                // The statement says which they are.
            }

            @Override
            public void row(List<? extends @Nullable Object> values) {
                taker.accept(values);
            }
        });
    }
}

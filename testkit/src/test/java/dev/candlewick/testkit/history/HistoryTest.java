package dev.candlewick.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.candlewick.testkit.history.HistoryOptions.Place;
import dev.candlewick.testkit.oracle.Oracle;
import dev.candlewick.testkit.oracle.OracleFlag;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.oracle.OracleVerdict;
import dev.candlewick.testkit.oracle.OracleVerdict.Kind;
import dev.candlewick.testkit.oracle.OracleVerdict.RejectReason;
import dev.candlewick.testkit.property.SeededProperty;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final HistoryOptions ALL = HistoryOptions.defaults()
            .withInstruments(4, 12)
            .withTrades(2_000)
            .withPartitions(3, false)
            .withZeroSizes(true);

    private static List<OracleTrade> all(History history) {
        return history.partitions().stream().flatMap(List::stream).toList();
    }

    private static OracleResult run(History history) {
        return Oracle.run(history.partitions(), history.options().oracleSettings());
    }

    @Test
    void historyIsAFunctionOfSeedAndOptions() {
        SeededProperty.check(10, seed -> {
            assertThat(History.random(seed, ALL).partitions())
                    .isEqualTo(History.random(seed, ALL).partitions());
            assertThat(History.random(seed, ALL).partitions())
                    .isNotEqualTo(History.random(seed + 1, ALL).partitions());
        });
    }

    @Test
    void readPositionsCountUpAndPlacesFollowTheOption() {
        SeededProperty.check(10, seed -> {
            for (Place place : Place.values()) {
                History history = History.random(seed, ALL.withPlace(place));
                int moved = 0;
                for (int partition = 0; partition < 3; partition++) {
                    List<OracleTrade> records = history.partitions().get(partition);
                    for (int i = 0; i < records.size(); i++) {
                        OracleTrade trade = records.get(i);
                        assertThat(trade.readPartition()).isEqualTo(partition);
                        assertThat(trade.readPosition()).isEqualTo(i);
                        if (place != Place.CARRIED) {
                            assertThat(trade.placePartition()).isEqualTo(partition);
                        }
                        moved += trade.placePosition() == i ? 0 : 1;
                    }
                }
                assertThat(moved > 0).isEqualTo(place != Place.AS_READ);
            }
        });
    }

    @Test
    void withoutTheOptionsNoTradeIsLateOrInvalidOrOfSizeZero() {
        SeededProperty.check(50, seed -> {
            History history = History.random(
                    seed, ALL.withLateTrades(false).withZeroSizes(false).withPartitions(2, true));
            OracleResult result = run(history);
            assertThat(result.count(Kind.LATE)).isZero();
            assertThat(result.count(Kind.REJECTED)).isZero();
            assertThat(result.count(Kind.DUPLICATE)).isPositive();
        });
    }

    @Test
    void symbolStaysInOnePartitionButForCopiesUnlessSpread() {
        SeededProperty.check(10, seed -> {
            assertThat(partitionsOfFirstCopies(History.random(seed, ALL)))
                    .allSatisfy((symbol, partitions) -> assertThat(partitions).hasSize(1));
            assertThat(partitionsOfFirstCopies(History.random(seed, ALL.withPartitions(3, true))))
                    .anySatisfy((symbol, partitions) -> assertThat(partitions).hasSize(3));
        });
    }

    /** Per symbol the partitions of those trades of which there is one record only. */
    private static Map<String, Set<Integer>> partitionsOfFirstCopies(History history) {
        Map<List<Object>, List<OracleTrade>> byPayload = new HashMap<>();
        for (OracleTrade trade : all(history)) {
            List<Object> payload = new ArrayList<>();
            payload.add(trade.venue());
            payload.add(trade.symbol());
            payload.add(trade.id());
            payload.add(trade.eventTimeNanos());
            payload.add(trade.price().stripTrailingZeros());
            payload.add(trade.size().stripTrailingZeros());
            byPayload.computeIfAbsent(payload, key -> new ArrayList<>()).add(trade);
        }
        Map<String, Set<Integer>> partitions = new HashMap<>();
        byPayload.values().stream()
                .filter(copies -> copies.size() == 1)
                .forEach(copies -> partitions
                        .computeIfAbsent(copies.get(0).symbol(), key -> new HashSet<>())
                        .add(copies.get(0).readPartition()));
        return partitions;
    }

    @Test
    void everyTrapOccurs() {
        Map<String, Integer> seen = new HashMap<>();
        Set<OracleFlag> flags = EnumSet.noneOf(OracleFlag.class);
        Set<RejectReason> reasons = EnumSet.noneOf(RejectReason.class);
        for (long seed = 1; seed <= 30; seed++) {
            History history = History.random(seed, ALL.withInvalidTrades(true));
            List<OracleTrade> trades = all(history);
            Map<String, Predicate<OracleTrade>> traps = Map.ofEntries(
                    Map.entry("no id", trade -> trade.id() == null),
                    Map.entry(
                            "numeric id",
                            trade -> trade.id() != null && trade.id().matches("[1-9][0-9]{0,9}")),
                    Map.entry(
                            "padded id",
                            trade -> trade.id() != null && trade.id().matches("0[0-9]+")),
                    Map.entry(
                            "40 digits",
                            trade -> trade.id() != null && trade.id().matches("[0-9]{40}")),
                    Map.entry(
                            "textual id",
                            trade -> trade.id() != null && trade.id().startsWith("t-")),
                    Map.entry("no sequence", trade -> trade.sequence() == null),
                    Map.entry("sequence", trade -> trade.sequence() != null),
                    Map.entry(
                            "sequence beyond double", trade -> trade.sequence() != null && trade.sequence() > 1L << 53),
                    Map.entry("no side", trade -> trade.side() == null),
                    Map.entry("conditions", trade -> trade.conditions() != null),
                    Map.entry("zero size", trade -> trade.size().signum() == 0),
                    Map.entry(
                            "12 decimals",
                            trade -> trade.price().stripTrailingZeros().scale() == 12),
                    Map.entry(
                            "trailing zeros",
                            trade -> trade.price().scale()
                                    > Math.max(
                                            0,
                                            trade.price().stripTrailingZeros().scale())),
                    Map.entry("tiny", trade -> trade.price().compareTo(new BigDecimal("0.00001")) < 0),
                    Map.entry("huge", trade -> trade.price().compareTo(new BigDecimal("1000000000")) > 0),
                    Map.entry("whole millisecond", trade -> trade.eventTimeNanos() % 1_000_000 == 0),
                    Map.entry("nanoseconds", trade -> trade.eventTimeNanos() % 1_000 != 0),
                    Map.entry("window start", trade -> trade.eventTimeNanos() % 60_000_000_000L == 0),
                    Map.entry("window's last", trade -> trade.eventTimeNanos() % 60_000_000_000L == 59_999_999_999L),
                    Map.entry("no receive time", trade -> trade.receiveTimeNanos() == null),
                    Map.entry(
                            "received before",
                            trade -> trade.receiveTimeNanos() != null
                                    && trade.receiveTimeNanos() < trade.eventTimeNanos()));
            traps.forEach((name, trap) -> {
                if (trades.stream().anyMatch(trap)) {
                    seen.merge(name, 1, Integer::sum);
                }
            });
            assertThat(seen.keySet()).isSubsetOf(traps.keySet());
            if (seed == 30) {
                assertThat(seen.keySet()).isEqualTo(traps.keySet());
            }
            OracleResult result = run(history);
            for (Kind kind : Kind.values()) {
                assertThat(result.count(kind)).as("%s of seed %d", kind, seed).isPositive();
            }
            result.verdicts().stream()
                    .flatMap(List::stream)
                    .map(OracleVerdict::reason)
                    .filter(reason -> reason != null)
                    .forEach(reasons::add);
            result.candles().forEach(candle -> flags.addAll(candle.flags()));
            assertThat(result.idConflicts()).isNotEmpty();
        }
        assertThat(flags)
                .containsExactlyInAnyOrder(
                        OracleFlag.ID_CONFLICT,
                        OracleFlag.SUSPECT_DUP,
                        OracleFlag.TIE_AMBIGUOUS,
                        OracleFlag.ZERO_VOLUME);
        assertThat(reasons)
                .containsExactlyInAnyOrder(
                        RejectReason.TIME_RANGE,
                        RejectReason.TIME_FUTURE,
                        RejectReason.PRICE_NOT_POSITIVE,
                        RejectReason.SIZE_NOT_POSITIVE,
                        RejectReason.PRECISION,
                        RejectReason.RANGE);
    }

    @Test
    void latenessIsHitToTheNanosecondOnBothSides() {
        long outOfOrderAndLateness = 11_000_000_000L;
        Set<Long> distances = new HashSet<>();
        for (long seed = 1; seed <= 30; seed++) {
            for (OracleVerdict verdict : run(History.random(seed, ALL)).verdicts().stream()
                    .flatMap(List::stream)
                    .toList()) {
                OracleTrade trade = verdict.trade();
                long markNanos = trade.eventTimeNanos() + verdict.disorderNanos();
                long endNanos = (trade.eventTimeNanos() / 1_000_000_000L + 1) * 1_000_000_000L;
                long distance = markNanos - (endNanos + outOfOrderAndLateness);
                if (Math.abs(distance) <= 1) {
                    distances.add(distance);
                    assertThat(verdict.late()).isEqualTo(distance >= 0);
                }
            }
        }
        assertThat(distances).containsExactlyInAnyOrder(-1L, 0L, 1L);
    }

    @Test
    void mergeKeepsOrderAndLatenessOfEachHistory() {
        SeededProperty.check(10, seed -> {
            HistoryOptions options = ALL.withTrades(200).withVenuePrefix(true).withInvalidTrades(true);
            List<History> histories = LongStream.range(seed * 100, seed * 100 + 5)
                    .mapToObj(each -> History.random(each, options))
                    .toList();
            History merged = History.merge(histories);
            assertThat(History.merge(histories).partitions()).isEqualTo(merged.partitions());
            OracleResult result = run(merged);
            for (History history : histories) {
                String prefix = "s" + history.seed() + "-";
                List<List<OracleVerdict>> alone = run(history).verdicts();
                for (int partition = 0; partition < 3; partition++) {
                    List<OracleVerdict> ofHistory = result.verdicts().get(partition).stream()
                            .filter(verdict -> verdict.trade().venue().startsWith(prefix))
                            .toList();
                    assertThat(ofHistory)
                            .extracting(HistoryTest::withoutPlace)
                            .isEqualTo(alone.get(partition).stream()
                                    .map(HistoryTest::withoutPlace)
                                    .toList());
                }
            }
            assertThat(all(merged)).allMatch(trade -> trade.placePosition() == trade.readPosition());
            assertThat(result.doubleEntry().partitions()).allMatch(totals -> totals.residual() == 0);
        });
    }

    private static List<Object> withoutPlace(OracleVerdict verdict) {
        List<Object> fields = new ArrayList<>();
        fields.add(verdict.trade().withPlace(0, 0).withReadPosition(0, 0));
        fields.add(verdict.kind());
        fields.add(verdict.reason());
        fields.add(verdict.late());
        return fields;
    }

    @Test
    void mergeInterleavesAndKeepsCarriedPlaces() {
        HistoryOptions options = ALL.withVenuePrefix(true).withPlace(Place.CARRIED);
        History one = History.random(1, options);
        History two = History.random(2, options);
        History merged = History.merge(List.of(one, two));
        List<OracleTrade> records = merged.partitions().get(0);
        long switches = 0;
        for (int i = 1; i < records.size(); i++) {
            if (records.get(i).venue().startsWith("s1-")
                    != records.get(i - 1).venue().startsWith("s1-")) {
                switches++;
            }
        }
        assertThat(switches).isGreaterThan(records.size() / 10);
        assertThat(records.stream()
                        .filter(trade -> trade.venue().startsWith("s1-"))
                        .map(trade -> trade.withReadPosition(0, 0)))
                .isEqualTo(one.partitions().get(0).stream()
                        .map(trade -> trade.withReadPosition(0, 0))
                        .toList());
    }

    @Test
    void csvLinesReadBackAsTheSameTrades() {
        SeededProperty.check(10, seed -> {
            List<OracleTrade> trades = History.random(seed, ALL.withPlace(Place.CARRIED_POSITION))
                    .partitions()
                    .get(0);
            StringBuilder csv = new StringBuilder(History.CSV_HEADER).append('\n');
            trades.forEach(trade -> csv.append(History.toCsvLine(trade)).append('\n'));
            List<OracleTrade> read = new ArrayList<>();
            try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(csv.toString())) {
                for (NamedCsvRecord row : reader) {
                    assertThat(row.getFieldCount()).isEqualTo(12);
                    assertThat(row.getField("flags")).isEmpty();
                    read.add(new OracleTrade(
                            row.getField("venue"),
                            row.getField("symbol"),
                            text(row.getField("trade_id")),
                            Long.parseLong(row.getField("event_time_ns")),
                            number(row.getField("recv_time_ns")),
                            new BigDecimal(row.getField("price")),
                            new BigDecimal(row.getField("size")),
                            text(row.getField("side")),
                            text(row.getField("conditions")),
                            number(row.getField("sequence")),
                            0,
                            Long.parseLong(row.getField("row")),
                            0,
                            read.size()));
                }
            }
            assertThat(read).isEqualTo(trades);
        });
    }

    private static String text(String field) {
        return field.isEmpty() ? null : field;
    }

    private static Long number(String field) {
        return field.isEmpty() ? null : Long.valueOf(field);
    }

    @Test
    void jsonHasTextsEscapedAndAbsentFieldsLeftOut() {
        OracleTrade full = new OracleTrade(
                "v|4\\",
                "x,\"y\"",
                "007",
                1_710_079_200_000_000_001L,
                1_710_079_200_000_000_002L,
                new BigDecimal("0.0000038465000"),
                new BigDecimal("1E+3"),
                "buy",
                "a\tb",
                9_007_199_254_740_993L,
                4,
                5,
                6,
                7);
        OracleTrade bare =
                new OracleTrade("v", "s", null, 1, null, BigDecimal.ONE, BigDecimal.ZERO, null, null, null, 0, 0, 0, 0);
        assertThat(History.toJson(full))
                .isEqualTo("{\"event_time_ns\":1710079200000000001,\"recv_time_ns\":1710079200000000002,"
                        + "\"venue\":\"v|4\\\\\",\"symbol\":\"x,\\\"y\\\"\",\"trade_id\":\"007\","
                        + "\"sequence\":9007199254740993,\"price\":\"0.0000038465000\",\"size\":\"1000\","
                        + "\"side\":\"buy\",\"conditions\":\"a\\u0009b\"}");
        assertThat(History.toJson(bare))
                .isEqualTo("{\"event_time_ns\":1,\"venue\":\"v\",\"symbol\":\"s\",\"price\":\"1\",\"size\":\"0\"}");
        assertThat(History.toCsvLine(full))
                .isEqualTo("5,1710079200000000002,1710079200000000001,v|4\\,\"x,\"\"y\"\"\",007,0.0000038465000,1000,"
                        + "buy,a\tb,,9007199254740993");
        assertThat(History.toCsvLine(bare)).isEqualTo("0,,1,v,s,,1,0,,,,");
    }
}

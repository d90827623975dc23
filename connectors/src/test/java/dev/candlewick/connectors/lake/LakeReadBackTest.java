package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.lake.read.CandleFileReader;
import dev.candlewick.connectors.lake.read.LakeReader;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.lake.read.TradeFileReader;
import dev.candlewick.connectors.lake.read.VwapFileReader;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ScaleRules;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the lake's writers wrote, its readers give back, field by field and bit by bit. */
class LakeReadBackTest {
    private static final String DAY = "year=2024/month=03/day=04";
    private static final long DAY_START = 1_709_510_400_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    /** Scales of their own for two kinds of symbols. */
    private static final FeedRules RULES = FeedRules.builder()
            .priceScales(new ScaleRules(List.of(new ScaleRules.Entry("F*", 0), new ScaleRules.Entry("G*", 9)), 12))
            .sizeScales(new ScaleRules(List.of(new ScaleRules.Entry("F*", 0)), 8))
            .zeroSizeAllowed(true)
            .build();

    @TempDir
    Path folder;

    private LakeRun open() {
        return LakeRun.bounded(folder.resolve("lake"), "run-1", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {});
    }

    private static LakeCatalog publish(LakeRun run) {
        return LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
    }

    private static Instrument instrument(String venue, String symbol) {
        return Instrument.ofVenue(
                venue,
                symbol,
                RULES.priceScales().scaleOf(symbol),
                RULES.sizeScales().scaleOf(symbol));
    }

    private static Trade randomTrade(Random random, List<Instrument> instruments, int i) {
        Trade trade = LakeSamples.trade(
                instruments.get(random.nextInt(instruments.size())),
                DAY_START + Math.floorMod(random.nextLong(), 86_400 * SECOND),
                random.nextInt(20) == 0 ? Long.MAX_VALUE - random.nextInt(5) : 1 + random.nextLong(1L << 40),
                random.nextInt(10) == 0 ? 0 : random.nextLong(random.nextInt(20) == 0 ? Long.MAX_VALUE : 1L << 30));
        if (random.nextInt(4) != 0) {
            trade.receiveTimeNanos = trade.eventTimeNanos + random.nextInt(1_000_000) - 500_000;
        }
        if (random.nextInt(4) == 0) {
            trade.ingestTimeNanos = trade.eventTimeNanos + random.nextInt(1_000_000);
        }
        switch (random.nextInt(4)) {
            case 0 -> trade.clearId();
            case 1 -> trade.setId("00" + i);
            case 2 -> trade.setId("id-🕯-" + random.nextInt(100));
            default -> trade.setIdNumber(random.nextLong(1_000_000_000_000_000_000L));
        }
        trade.hasSequence = random.nextBoolean();
        trade.sequence = trade.hasSequence ? random.nextLong() : 0;
        trade.side = random.nextInt(3) == 0 ? null : random.nextBoolean() ? "buy" : "sell";
        trade.conditions = random.nextInt(3) == 0 ? "@," + (char) ('A' + random.nextInt(26)) : null;
        trade.flags = random.nextInt(9) == 0 ? "f" + random.nextInt(1_000) : null;
        trade.placePartition = random.nextInt(5) == 0 ? Integer.MAX_VALUE : random.nextInt(8);
        trade.placePosition = random.nextLong(Long.MAX_VALUE);
        trade.readSource = random.nextInt(LakeSamples.SOURCES.size());
        trade.readPartition = random.nextInt(100);
        trade.readOffset = i;
        trade.late = random.nextInt(6) == 0;
        trade.disorderNanos = trade.late ? random.nextLong(1L << 50) : 0;
        return trade;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void tradesComeBackAsTheyWere(long seed) throws Exception {
        Random random = new Random(seed);
        List<Instrument> instruments = new ArrayList<>();
        for (String symbol : List.of("BTC/USDT", "F1", "G2", "it's", "🕯️", " x")) {
            instruments.add(instrument("X", symbol));
            instruments.add(instrument("Y|\\", symbol));
        }
        // More symbols than one page holds, and more rows than a batch.
        for (int i = 0; i < 3_000; i++) {
            instruments.add(instrument("X", "many-" + i));
        }
        List<Trade> trades = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            trades.add(randomTrade(random, instruments.subList(0, i < 10_000 ? 12 : instruments.size()), i));
        }
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.TRADES, DAY, trades.toArray(Trade[]::new));
            LakeFile file = publish(run).files(LakeTable.TRADES).get(0);
            try (TradeFileReader reader = LakeReader.trades(file, 7, RULES, TimeRange.ALL)) {
                for (int i = 0; i < trades.size(); i++) {
                    Decoded decoded = reader.next();
                    String as = "seed " + seed + " row " + i;
                    assertThat(decoded).as(as).isNotNull();
                    assertThat(decoded.kind()).as(as).isEqualTo(Decoded.Kind.TRADE);
                    Trade expected = trades.get(i).copy();
                    assertThat(reader.archivedSource()).isEqualTo(LakeSamples.SOURCES.get(expected.readSource));
                    assertThat(reader.archivedPartition()).isEqualTo(expected.readPartition);
                    assertThat(reader.archivedOffset()).isEqualTo(expected.readOffset);
                    expected.readSource = 7;
                    expected.readPartition = 0;
                    expected.readOffset = i;
                    assertThat(fields(decoded.trade())).as(as).isEqualTo(fields(expected));
                }
                assertThat(reader.next()).isNull();
            }
            // The same by a range: exactly the rows in it.
            TimeRange range = new TimeRange(DAY_START + 3_600 * SECOND, DAY_START + 7_200 * SECOND);
            List<Long> offsets = new ArrayList<>();
            try (TradeFileReader reader = LakeReader.trades(file, 7, RULES, range)) {
                for (Decoded decoded = reader.next(); decoded != null; decoded = reader.next()) {
                    offsets.add(decoded.readOffset());
                }
            }
            assertThat(offsets)
                    .isEqualTo(trades.stream()
                            .filter(trade -> range.contains(trade.eventTimeNanos))
                            .map(trade -> trade.readOffset)
                            .toList());
        }
    }

    @Test
    void aRowThatBreaksARuleIsRejectedWithItsPosition() throws Exception {
        Trade good = LakeSamples.trade(instrument("X", "A"), DAY_START, 5, 5);
        Trade future = LakeSamples.trade(instrument("X", "A"), DAY_START + 100 * SECOND, 5, 5);
        future.receiveTimeNanos = DAY_START;
        Trade negative = LakeSamples.trade(instrument("X", "A"), DAY_START, 5, 5);
        negative.priceScaled = -3;
        // Decimals that the rules of this reader do not have for the symbol.
        Trade fine = LakeSamples.trade(Instrument.ofVenue("X", "F1", 12, 8), DAY_START, 1, 100_000_000);
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.TRADES, DAY, good, future, negative, fine, good);
            LakeFile file = publish(run).files(LakeTable.TRADES).get(0);
            List<String> found = new ArrayList<>();
            try (TradeFileReader reader = LakeReader.trades(file, 2, RULES, TimeRange.ALL)) {
                for (Decoded decoded = reader.next(); decoded != null; decoded = reader.next()) {
                    found.add(
                            decoded.isTrade()
                                    ? "trade"
                                    : decoded.rejected().reason() + ": "
                                            + decoded.rejected().message());
                    assertThat(decoded.readSource()).isEqualTo(2);
                    assertThat(decoded.readPartition()).isZero();
                    if (!decoded.isTrade()) {
                        assertThat(LakeSamples.utf8(decoded.rejected().raw()))
                                .startsWith("{\"event_time_ns\":1709")
                                .contains("\"venue\":\"X\",\"symbol\":\"");
                    }
                }
            }
            assertThat(found)
                    .containsExactly(
                            "trade",
                            "TIME_FUTURE: event_time_ns must not lie more than 5000000000 ns (future.tolerance) after the"
                                    + " receive time 1709510400000000000, was 1709510500000000000"
                                    + " (instrument=X|A, source=2, partition=0, offset=1)",
                            "PRICE_NOT_POSITIVE: price must be positive, was -0.000000000003"
                                    + " (instrument=X|A, source=2, partition=0, offset=2)",
                            "PRECISION: price must have at most 0 significant decimals (price.scale), was"
                                    + " 0.000000000001 (instrument=X|F1, source=2, partition=0, offset=3)",
                            "trade");
        }
    }

    private static Int128 random128(Random random, int bits) {
        return Int128.of(new BigInteger(bits, random));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void candlesAndVwapComeBackAsTheyWere(long seed) throws Exception {
        Random random = new Random(seed);
        List<Candle> candles = new ArrayList<>();
        List<VwapRow> rows = new ArrayList<>();
        List<String> symbols = List.of("BTC/USDT", "F1", "G2", "it's");
        for (int i = 0; i < 10_000; i++) {
            String symbol = symbols.get(random.nextInt(symbols.size()));
            int priceScale = RULES.priceScales().scaleOf(symbol);
            int sizeScale = RULES.sizeScales().scaleOf(symbol);
            boolean fill = random.nextInt(5) == 0;
            int revision = random.nextInt(3);
            long start = DAY_START + 60 * SECOND * random.nextInt(1_440);
            long low = random.nextLong(1L << 50);
            Int128 volume = fill ? Int128.ZERO : random128(random, random.nextInt(1, 90));
            candles.add(new Candle(
                    "X",
                    symbol,
                    Interval.parse("1m"),
                    start,
                    priceScale,
                    sizeScale,
                    low + 1,
                    low + 2,
                    low,
                    low + 1,
                    volume,
                    fill ? Int128.ZERO : random128(random, random.nextInt(30, 120 - 4 * (20 - priceScale - sizeScale))),
                    fill ? 0 : 1 + random.nextInt(1_000_000),
                    fill ? Trade.TIME_ABSENT : start,
                    fill ? Trade.TIME_ABSENT : start + 7,
                    revision,
                    revision == 0 ? RevisionReason.CLOSED : RevisionReason.HEAL,
                    true,
                    new Int128(random.nextLong(), random.nextLong()),
                    random.nextInt(128),
                    0));
            rows.add(new VwapRow(
                    "X",
                    symbol,
                    start,
                    priceScale,
                    sizeScale,
                    Int128.of(random.nextLong(1L << 50)),
                    random128(random, random.nextInt(1, 70)),
                    random.nextInt(1_000),
                    revision,
                    RevisionReason.CLOSED));
        }
        // VWAP is notional over volume: only rows whose quotient has 38 digits can be written at all.
        candles.removeIf(candle ->
                !writable(candle.vwapScaled(), candle.priceScale(), candle.notional(), candle.notionalScale()));
        rows.removeIf(row -> !writable(row.vwapScaled(), row.priceScale(), row.notional(), row.notionalScale()));
        assertThat(candles).hasSizeGreaterThan(4_096 + 100);
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.CANDLES, "interval=1m/" + DAY, candles.toArray(Candle[]::new));
            LakeSamples.write(run, LakeTable.VWAP, DAY, rows.toArray(VwapRow[]::new));
            LakeCatalog catalog = publish(run);
            List<Candle> readCandles = new ArrayList<>();
            try (CandleFileReader reader =
                    LakeReader.candles(catalog.files(LakeTable.CANDLES).get(0), RULES, TimeRange.ALL)) {
                for (Candle candle = reader.next(); candle != null; candle = reader.next()) {
                    readCandles.add(candle);
                    assertThat(reader.run()).isEqualTo("run-1");
                    assertThat(reader.profile()).isEqualTo("crypto@abc");
                    assertThat(reader.knownAtNanos()).isEqualTo(LakeSamples.KNOWN_AT);
                    assertThat(reader.generation()).isEqualTo(1);
                }
            }
            assertThat(readCandles).as("seed " + seed).isEqualTo(candles);
            TimeRange range = new TimeRange(DAY_START, DAY_START + 3_600 * SECOND);
            List<VwapRow> readRows = new ArrayList<>();
            try (VwapFileReader reader =
                    LakeReader.vwap(catalog.files(LakeTable.VWAP).get(0), RULES, range)) {
                for (VwapRow row = reader.next(); row != null; row = reader.next()) {
                    readRows.add(row);
                }
            }
            assertThat(readRows)
                    .as("seed " + seed)
                    .isEqualTo(rows.stream()
                            .filter(row -> range.contains(row.atNanos()))
                            .toList());
        }
    }

    private static boolean writable(Int128 vwap, int priceScale, Int128 notional, int notionalScale) {
        BigInteger widest = BigInteger.TEN.pow(37 - (20 - notionalScale));
        return (vwap == null || vwap.toBigInteger().compareTo(BigInteger.TEN.pow(36)) < 0)
                && notional.toBigInteger().compareTo(widest) < 0;
    }

    @Test
    void everyChangedByteOfThePagesIsFound() throws Exception {
        Random random = new Random(5);
        List<Trade> trades = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            trades.add(randomTrade(random, List.of(instrument("X", "A"), instrument("X", "B")), i));
        }
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.TRADES, DAY, trades.toArray(Trade[]::new));
            LakeFile file = publish(run).files(LakeTable.TRADES).get(0);
            byte[] whole = Files.readAllBytes(file.path());
            int footer = whole.length
                    - 8
                    - java.nio.ByteBuffer.wrap(whole, whole.length - 8, 4)
                            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                            .getInt();
            List<List<Object>> expected =
                    readBack(trades).stream().map(LakeReadBackTest::fields).toList();
            int wrong = 0;
            for (int i = 0; i < 300; i++) {
                int at = 4 + random.nextInt(footer - 4);
                byte[] changed = whole.clone();
                changed[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(file.path(), changed);
                try {
                    List<Trade> read = readAll(file);
                    // Some bits mean nothing (statistics of a page): then nothing may have changed.
                    assertThat(read.stream().map(LakeReadBackTest::fields).toList())
                            .as("byte " + at)
                            .isEqualTo(expected);
                } catch (LakeException e) {
                    wrong++;
                    assertThat(e.kind()).isEqualTo(LakeException.Kind.MISMATCH);
                    assertThat(e)
                            .hasMessageContaining(file.path().toString())
                            .hasMessageStartingWith("data file must be");
                }
            }
            assertThat(wrong).isGreaterThan(150);
            for (int length : new int[] {0, 3, 11, 100, whole.length / 2, whole.length - 1}) {
                Files.write(file.path(), java.util.Arrays.copyOf(whole, length));
                assertThatThrownBy(() -> readAll(file))
                        .isInstanceOf(LakeException.class)
                        .hasMessageStartingWith("data file must be a whole Parquet file, was ");
            }
            Files.delete(file.path());
            assertThatThrownBy(() -> readAll(file))
                    .isInstanceOf(LakeException.class)
                    .hasMessage("data file must exist, was missing (" + file.path() + ")");
        }
    }

    /** Every field of a trade, to be compared. */
    private static List<Object> fields(Trade trade) {
        return java.util.Arrays.asList(
                trade.instrument,
                trade.eventTimeNanos,
                trade.receiveTimeNanos,
                trade.ingestTimeNanos,
                trade.idKind,
                trade.idNumber,
                trade.id(),
                trade.hasSequence,
                trade.sequence,
                trade.priceScaled,
                trade.sizeScaled,
                trade.side,
                trade.conditions,
                trade.flags,
                trade.placePartition,
                trade.placePosition,
                trade.readSource,
                trade.readPartition,
                trade.readOffset,
                trade.late,
                trade.disorderNanos,
                trade.newPartition);
    }

    private static List<Trade> readBack(List<Trade> trades) {
        List<Trade> copies = new ArrayList<>();
        for (int i = 0; i < trades.size(); i++) {
            Trade copy = trades.get(i).copy();
            copy.readSource = 0;
            copy.readPartition = 0;
            copy.readOffset = i;
            copies.add(copy);
        }
        return copies;
    }

    private static List<Trade> readAll(LakeFile file) throws IOException {
        List<Trade> trades = new ArrayList<>();
        try (TradeFileReader reader = LakeReader.trades(file, 0, RULES, TimeRange.ALL)) {
            for (Decoded decoded = reader.next(); decoded != null; decoded = reader.next()) {
                if (decoded.isTrade()) {
                    trades.add(decoded.trade().copy());
                }
            }
        }
        return trades;
    }
}

package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written is what SQL reads: types, extreme values, nulls and hostile text. */
class LakeRoundTripTest {
    private static final String DAY = "year=2024/month=03/day=04";

    @TempDir
    Path folder;

    private LakeRun open() {
        return LakeRun.bounded(folder.resolve("lake"), "run-1", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {});
    }

    private static LakeCatalog publish(LakeRun run) {
        return LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
    }

    @Test
    void everyColumnHasItsDeclaredTypeInSql() throws Exception {
        try (LakeRun run = open()) {
            Instrument instrument = Instrument.ofVenue("X", "A", 9, 0);
            LakeSamples.write(run, LakeTable.TRADES, DAY, LakeSamples.trade(instrument, 1, 1, 1));
            LakeSamples.write(run, LakeTable.CANDLES, "interval=1m/" + DAY, LakeSamples.candle("A", 0, 0));
            LakeSamples.write(run, LakeTable.VWAP, DAY, LakeSamples.vwap("A", 0, 0));
            LakeSamples.write(run, LakeTable.REJECTED, DAY, LakeSamples.rejected(1, 2, 3, 4));
            LakeCatalog catalog = publish(run);
            for (LakeTable table : List.of(LakeTable.TRADES, LakeTable.CANDLES, LakeTable.VWAP, LakeTable.REJECTED)) {
                List<List<String>> described =
                        LakeSamples.rows("DESCRIBE SELECT * FROM " + LakeSamples.from(catalog, table));
                assertThat(described.stream().map(row -> row.subList(0, 2)).toList())
                        .as(table.name())
                        .isEqualTo(table.columns().stream()
                                .map(column ->
                                        List.of(column.name(), column.type().sqlType(LakeSamples.SCALES)))
                                .toList());
            }
        }
    }

    /** Guards the contract with readers: a changed line here is a changed file format. */
    @Test
    void schemasKeepTheirFieldIds() {
        assertThat(LakeTable.VWAP.parquetSchema(LakeSamples.SCALES).toString()).isEqualTo("""
                message candlewick_vwap {
                  required binary venue (STRING) = 1;
                  required binary symbol (STRING) = 2;
                  required int64 at_ns = 3;
                  optional fixed_len_byte_array(16) vwap (DECIMAL(38,12)) = 4;
                  required fixed_len_byte_array(16) volume (DECIMAL(38,8)) = 5;
                  required fixed_len_byte_array(16) notional (DECIMAL(38,20)) = 6;
                  required int64 trades = 7;
                  required int64 revision = 8;
                  required binary reason (STRING) = 9;
                  required binary profile (STRING) = 10;
                  optional int64 known_at_ns = 11;
                  required binary run (STRING) = 12;
                  optional int64 generation = 13;
                }
                """);
    }

    @Test
    void tradeKeepsEveryFieldAndItsNulls() throws Exception {
        try (LakeRun run = open()) {
            Trade full = LakeSamples.trade(
                    Instrument.ofVenue("V", "XBT/USDT", 12, 8), LakeSamples.LAST_NANO_OF_MARCH_4, 3_846_500L, 0);
            full.receiveTimeNanos = -5;
            full.ingestTimeNanos = 7;
            full.setId("007");
            full.hasSequence = true;
            full.sequence = -9;
            full.side = "buy";
            full.conditions = "@,T";
            full.flags = "";
            full.placePartition = 3;
            full.placePosition = Long.MAX_VALUE;
            full.readSource = 1;
            full.readPartition = 2;
            full.readOffset = 11;
            full.late = true;
            full.disorderNanos = 12;
            Trade bare = LakeSamples.trade(Instrument.ofVenue("", "B", 0, 18), Long.MIN_VALUE + 1, Long.MAX_VALUE, 1);
            bare.setIdNumber(999_999_999_999_999_999L);
            LakeScales wide = LakeScales.covering(0, 18);
            try (LakeRun other = LakeRun.bounded(folder.resolve("wide"), "r", wide, LakeSamples.CLOCK, note -> {})) {
                LakeSamples.write(other, LakeTable.TRADES, DAY, full, bare);
                LakeCatalog catalog = publish(other);
                assertThat(LakeSamples.rows("SELECT * FROM " + LakeSamples.from(catalog, LakeTable.TRADES)
                                + " ORDER BY symbol DESC"))
                        .containsExactly(
                                List.of(
                                        "1709596799999999999",
                                        "-5",
                                        "V",
                                        "XBT/USDT",
                                        "007",
                                        "-9",
                                        "0.000003846500",
                                        "0.000000000000000000",
                                        "buy",
                                        "@,T",
                                        "",
                                        "3",
                                        "9223372036854775807",
                                        "folder/b'; drop.csv",
                                        "2",
                                        "11",
                                        "7",
                                        "true",
                                        "12",
                                        "1709640000000000123",
                                        "r",
                                        "1"),
                                java.util.Arrays.asList(
                                        "-9223372036854775807",
                                        null,
                                        "",
                                        "B",
                                        "999999999999999999",
                                        null,
                                        "9223372036854775807.000000000000",
                                        "0.000000000000000001",
                                        null,
                                        null,
                                        null,
                                        "0",
                                        "0",
                                        "trades",
                                        "0",
                                        "0",
                                        null,
                                        "false",
                                        "0",
                                        "1709640000000000123",
                                        "r",
                                        "1"));
            }
        }
    }

    @Test
    void candleKeepsTheLargestDecimalsAndAFillItsNulls() throws Exception {
        Int128 largest = Int128.of(BigInteger.TEN.pow(38).subtract(BigInteger.ONE));
        // Volume at Q and notional at P+Q: both stand at the lake's own scales, so all 38 digits are theirs.
        Candle extreme = new Candle(
                "V",
                "S",
                Interval.parse("15m"),
                -900_000_000_000L,
                12,
                8,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                largest,
                largest,
                Long.MAX_VALUE,
                -900_000_000_000L,
                -1,
                Integer.MAX_VALUE,
                RevisionReason.HEAL,
                true,
                new Int128(-1, 0x0123456789abcdefL),
                0,
                0);
        Candle fill = new Candle(
                "V",
                "S",
                Interval.parse("15m"),
                0,
                12,
                8,
                1,
                1,
                1,
                1,
                Int128.ZERO,
                Int128.ZERO,
                0,
                Trade.TIME_ABSENT,
                Trade.TIME_ABSENT,
                0,
                RevisionReason.CLOSED,
                true,
                Int128.ZERO,
                1 | 8 | 2,
                0);
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.CANDLES, "interval=15m/year=1969/month=12/day=31", extreme, fill);
            LakeCatalog catalog = publish(run);
            List<List<String>> rows =
                    LakeSamples.rows("SELECT * EXCLUDE (venue, symbol, known_at_ns, run, generation) FROM "
                            + LakeSamples.from(catalog, LakeTable.CANDLES) + " ORDER BY start_ns");
            String price = "9223372.036854775807";
            assertThat(rows)
                    .containsExactly(
                            List.of(
                                    "15m",
                                    "-900000000000",
                                    "0",
                                    price,
                                    price,
                                    price,
                                    price,
                                    "999999999999999999999999999999.99999999",
                                    "999999999999999999.99999999999999999999",
                                    "0.000000000001",
                                    "9223372036854775807",
                                    "-900000000000",
                                    "-1",
                                    "2147483647",
                                    "HEAL",
                                    "true",
                                    "ffffffffffffffff0123456789abcdef",
                                    "[]",
                                    "crypto@abc"),
                            java.util.Arrays.asList(
                                    "15m",
                                    "0",
                                    "900000000000",
                                    "0.000000000001",
                                    "0.000000000001",
                                    "0.000000000001",
                                    "0.000000000001",
                                    "0.00000000",
                                    "0.00000000000000000000",
                                    null,
                                    "0",
                                    null,
                                    null,
                                    "0",
                                    "CLOSED",
                                    "true",
                                    "00000000000000000000000000000000",
                                    "[SUSPECT_DUP, SYNTHETIC, TIE_AMBIGUOUS]",
                                    "crypto@abc"));
            assertThat(catalog.files(LakeTable.CANDLES).get(0).minTimeNanos()).isEqualTo(-900_000_000_000L);
        }
    }

    @Test
    void moreThan38DigitsStopTheWriterWithTheRow() throws Exception {
        Int128 largest = Int128.of(BigInteger.TEN.pow(38).subtract(BigInteger.ONE));
        VwapRow row = new VwapRow("V", "TOO-WIDE", 0, 9, 0, largest, Int128.of(1), 1, 0, RevisionReason.CLOSED);
        try (LakeRun run = open()) {
            assertThatThrownBy(() -> LakeSamples.write(run, LakeTable.VWAP, DAY, row))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageStartingWith("volume must fit 38 digits at 8 decimals, was ")
                    .hasMessageContaining("TOO-WIDE")
                    .hasMessageContaining("price.scale");
        }
    }

    @Test
    void vwapIsRescaledExactly() throws Exception {
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.VWAP, DAY, LakeSamples.vwap("A", 0, 0));
            assertThat(LakeSamples.rows("SELECT vwap, volume, notional, trades FROM "
                            + LakeSamples.from(publish(run), LakeTable.VWAP)))
                    .containsExactly(List.of("3.333333333333", "3.00000000", "10.00000000000000000000", "2"));
        }
    }

    @Test
    void rejectedKeepsTheBytes() throws Exception {
        Rejected bare = LakeSamples.rejected(Trade.TIME_ABSENT, Trade.TIME_ABSENT, Trade.TIME_ABSENT, 9);
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.REJECTED, "year=1970/month=01/day=01", bare);
            LakeCatalog catalog = publish(run);
            assertThat(LakeSamples.rows("SELECT hex(raw), * EXCLUDE (raw, known_at_ns, run, generation) FROM "
                            + LakeSamples.from(catalog, LakeTable.REJECTED)))
                    .containsExactly(java.util.Arrays.asList(
                            "00FF78",
                            "PRICE_NOT_POSITIVE",
                            "price must be positive, was -1",
                            null,
                            null,
                            null,
                            "folder/b'; drop.csv",
                            "7",
                            "9"));
            assertThat(catalog.files(LakeTable.REJECTED).get(0).minTimeNanos()).isNull();
        }
    }

    @Test
    void hostileTextIsDataAndNothingElse() throws Exception {
        try (LakeRun run = open()) {
            Trade[] trades = LakeSamples.HOSTILE.stream()
                    .map(text -> {
                        Trade trade = LakeSamples.trade(Instrument.ofVenue(text, text, 12, 8), 1, 1, 1);
                        trade.setId(text);
                        trade.conditions = text;
                        return trade;
                    })
                    .toArray(Trade[]::new);
            LakeSamples.write(run, LakeTable.TRADES, DAY, trades);
            assertThat(LakeSamples.rows("SELECT venue, symbol, trade_id, conditions FROM "
                            + LakeSamples.from(publish(run), LakeTable.TRADES)))
                    .containsExactlyInAnyOrderElementsOf(LakeSamples.HOSTILE.stream()
                            .map(text -> List.of(text, text, text, text))
                            .toList());
        }
    }

    @Test
    void randomDecimalsComeBackExactly() throws Exception {
        long seed = 20260101L;
        Random random = new Random(seed);
        VwapRow[] rows = new VwapRow[500];
        BigInteger volumes = BigInteger.ZERO;
        BigInteger notionals = BigInteger.ZERO;
        for (int i = 0; i < rows.length; i++) {
            BigInteger volume = new BigInteger(1 + random.nextInt(75), random).add(BigInteger.ONE);
            BigInteger notional = volume.multiply(BigInteger.valueOf(1 + random.nextInt(1_000_000)));
            rows[i] =
                    new VwapRow("V", "S", i, 9, 3, Int128.of(volume), Int128.of(notional), i, 0, RevisionReason.CLOSED);
            volumes = volumes.add(volume);
            notionals = notionals.add(notional);
        }
        try (LakeRun run = open()) {
            LakeSamples.write(run, LakeTable.VWAP, DAY, rows);
            LakeCatalog catalog = publish(run);
            List<List<String>> read = LakeSamples.rows("SELECT volume, notional, vwap FROM "
                    + LakeSamples.from(catalog, LakeTable.VWAP) + " ORDER BY at_ns");
            assertThat(read).as("seed %d", seed).hasSize(rows.length);
            for (int i = 0; i < rows.length; i++) {
                assertThat(read.get(i))
                        .as("seed %d, row %d", seed, i)
                        .containsExactly(
                                new java.math.BigDecimal(rows[i].volume().toBigInteger(), 3)
                                        .setScale(8)
                                        .toPlainString(),
                                new java.math.BigDecimal(rows[i].notional().toBigInteger(), 12)
                                        .setScale(20)
                                        .toPlainString(),
                                new java.math.BigDecimal(
                                                java.util.Objects.requireNonNull(rows[i].vwapScaled())
                                                        .toBigInteger(),
                                                12)
                                        .toPlainString());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(LakeTable.class)
    void everyTableHasTheCommonColumnsLast(LakeTable table) {
        List<String> names =
                table.columns().stream().map(LakeTable.Column::name).toList();
        assertThat(names).doesNotHaveDuplicates().contains(table.timeColumn());
        assertThat(names.subList(names.size() - 3, names.size())).containsExactly("known_at_ns", "run", "generation");
        assertThat(LakeTable.byName(table.directory())).isEqualTo(table);
    }

    @Test
    void scalesThatNoLakeHoldsAreRefusedAtStart() {
        assertThat(LakeScales.covering(9, 0)).isEqualTo(new LakeScales(12, 8));
        assertThat(LakeScales.covering(18, 12).notionalScale()).isEqualTo(30);
        assertThatThrownBy(() -> LakeScales.covering(18, 13))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("at most 30")
                .hasMessageContaining("was 18 + 13")
                .hasMessageContaining("price.scale=12");
        assertThatThrownBy(() -> LakeScales.covering(19, 0)).isInstanceOf(LakeException.class);
    }
}

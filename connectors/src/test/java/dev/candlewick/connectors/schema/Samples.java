package dev.candlewick.connectors.schema;

import dev.candlewick.connectors.format.JsonEncoder;
import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.lake.HealNotes;
import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.heal.HealAudit;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.Diagnosis;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.ValueDiffer;
import dev.candlewick.core.time.Interval;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A few values of every kind, invented, with every null and every code: what the golden files were made from. */
public final class Samples {
    /** 2024-03-04T23:59:00Z. */
    public static final long MINUTE = 1_709_596_740_000_000_000L;

    /** The stamp of all values. */
    public static final String PROFILE = "crypto@0a1b2c3d";

    /** Names of the sources by their ordinal. */
    public static final List<String> SOURCES = List.of("trades", "day 1/a|b.csv");

    private static final Interval ONE_MINUTE = Interval.parse("1m");

    private Samples() {}

    /** Trades, one with every field, one with as few as there may be, and text that means something elsewhere. */
    public static List<Trade> trades() {
        Trade full = trade(Instrument.ofVenue("binance", "XBT/USDT", 12, 8), MINUTE + 1, 42_000_500_000_000_000L);
        full.receiveTimeNanos = MINUTE + 5;
        full.ingestTimeNanos = MINUTE + 1_000_000;
        full.setId("007");
        full.hasSequence = true;
        full.sequence = 12;
        full.side = "buy";
        full.conditions = "@,T";
        full.flags = "x";
        full.placePartition = 3;
        full.placePosition = 17;
        full.readPartition = 2;
        full.readOffset = 11;
        full.late = true;
        full.disorderNanos = 12;
        Trade bare = trade(Instrument.ofVenue("v|\\", "two\nlines \"q\" 🕯️", 0, 0), MINUTE + 59_999_999_999L, 7);
        bare.sizeScaled = 0;
        bare.readSource = 1;
        Trade large = trade(Instrument.ofVenue("binance", "XBT/USDT", 12, 8), MINUTE + 2, Long.MAX_VALUE);
        large.setIdNumber(999_999_999_999_999_999L);
        large.sizeScaled = Long.MAX_VALUE;
        large.readOffset = 12;
        large.placePosition = 18;
        return List.of(full, bare, large);
    }

    private static Trade trade(Instrument instrument, long eventTimeNanos, long priceScaled) {
        Trade trade = new Trade();
        trade.instrument = instrument;
        trade.eventTimeNanos = eventTimeNanos;
        trade.priceScaled = priceScaled;
        trade.sizeScaled = 150_000_000;
        return trade;
    }

    /** Candles: a first publication and its revision, a healed one, one without volume, a fill, extreme numbers. */
    public static List<Candle> candles() {
        int all = 0;
        for (CandleFlag flag : CandleFlag.values()) {
            all |= flag.bit();
        }
        Int128 largest = Int128.of(BigInteger.TEN.pow(38).subtract(BigInteger.ONE));
        return List.of(
                candle("XBT/USDT", MINUTE, 17, 0, RevisionReason.CLOSED, true, 0, Int128.of(250_000_000L)),
                candle("XBT/USDT", MINUTE, 18, 1, RevisionReason.LATE, true, all, Int128.of(260_000_000L)),
                candle("XBT/USDT", MINUTE - 60_000_000_000L, 5, 2, RevisionReason.HEAL, true, 0, Int128.of(1)),
                candle(
                        "v|\\ZERO",
                        MINUTE,
                        2,
                        0,
                        RevisionReason.CLOSED,
                        true,
                        CandleFlag.ZERO_VOLUME.bit(),
                        Int128.ZERO),
                fill("XBT/USDT", MINUTE + 60_000_000_000L),
                new Candle(
                        "binance",
                        "WIDE",
                        Interval.parse("15m"),
                        -900_000_000_000L,
                        12,
                        8,
                        Long.MAX_VALUE,
                        Long.MAX_VALUE,
                        1,
                        Long.MAX_VALUE,
                        largest,
                        largest,
                        Long.MAX_VALUE,
                        -900_000_000_000L,
                        -1,
                        Integer.MAX_VALUE,
                        RevisionReason.LATE,
                        true,
                        new Int128(-1, 0x0123456789abcdefL),
                        0,
                        0));
    }

    private static Candle candle(
            String symbol,
            long startNanos,
            long trades,
            int revision,
            RevisionReason reason,
            boolean isFinal,
            int flags,
            Int128 volume) {
        return new Candle(
                "binance",
                symbol,
                ONE_MINUTE,
                startNanos,
                12,
                8,
                42_000_500_000_000_000L,
                42_001_000_000_000_000L,
                3_846_500L,
                42_000_000_000_000_001L,
                volume,
                volume.isZero() ? Int128.ZERO : Int128.of(new BigInteger("10500125000000000000000000")),
                trades,
                startNanos + 1,
                startNanos + 59_999_999_999L,
                revision,
                reason,
                isFinal,
                new Int128(0xabL, -1L),
                flags,
                0);
    }

    private static Candle fill(String symbol, long startNanos) {
        return new Candle(
                "binance",
                symbol,
                ONE_MINUTE,
                startNanos,
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
                CandleFlag.SYNTHETIC.bit(),
                0);
    }

    /** Open candles of an instrument, and an instrument without any. */
    public static List<LiveCandles> live() {
        return List.of(
                new LiveCandles(
                        "binance",
                        "XBT/USDT",
                        List.of(
                                candle("XBT/USDT", MINUTE, 3, 0, RevisionReason.CLOSED, false, 0, Int128.of(7)),
                                candle("XBT/USDT", MINUTE, 4, 0, RevisionReason.CLOSED, false, 0, Int128.ZERO))),
                new LiveCandles("binance", "NONE", List.of()));
    }

    /** Rolling VWAP, with and without volume. */
    public static List<VwapRow> vwaps() {
        return List.of(
                new VwapRow(
                        "CONSOLIDATED",
                        "A",
                        MINUTE,
                        9,
                        0,
                        Int128.of(3),
                        Int128.of(10_000_000_000L),
                        2,
                        0,
                        RevisionReason.CLOSED),
                new VwapRow(
                        "CONSOLIDATED",
                        "A",
                        MINUTE,
                        9,
                        0,
                        Int128.of(4),
                        Int128.of(10_000_000_000L),
                        3,
                        1,
                        RevisionReason.LATE),
                new VwapRow("V", "S", -1_000_000_000L, 2, 0, Int128.ZERO, Int128.ZERO, 1, 0, RevisionReason.CLOSED));
    }

    /** One event of every kind, and a silence that lasts. */
    public static List<QualityEvent> events() {
        List<QualityEvent> events = new ArrayList<>();
        for (QualityKind kind : QualityKind.values()) {
            boolean ofVenue = kind == QualityKind.SILENCE || kind == QualityKind.SILENCE_END;
            String detail = switch (kind) {
                case GAP_5S -> "{\"cause\":\"LOST\"}";
                case GAP_30S -> "{\"cause\":\"QUIET\"}";
                case SEQUENCE_GAP -> "{\"first\":5,\"last\":6,\"venue\":\"v|\\\\\"}";
                case OUTLIER -> "{\"price\":\"103.5\",\"median\":\"100\",\"deviation\":350}";
                case OUTLIER_MEAN -> "{\"price\":\"103.5\",\"mean\":\"100.000000001\",\"deviation\":349}";
                case STALE_RUN -> "{\"price\":\"0.0000038465\"}";
                case SUSPECT_DUP -> "{\"price\":\"100\",\"size\":\"0\"}";
                case ID_CONFLICT -> "{\"id\":\"7\",\"venue\":\"binance\"}";
                default -> null;
            };
            events.add(new QualityEvent(
                    kind,
                    "binance",
                    ofVenue ? null : "XBT/USDT",
                    MINUTE + 1,
                    MINUTE,
                    kind == QualityKind.SILENCE ? Trade.TIME_ABSENT : MINUTE + 600_000_000L,
                    kind == QualityKind.GAP_500MS ? 600_000_000L : 1,
                    detail));
        }
        return events;
    }

    /** A minute with everything and one without latency and findings. */
    public static List<MinuteReport> reports() {
        long none = MinuteReport.ABSENT;
        return List.of(
                new MinuteReport(
                        "binance",
                        "XBT/USDT",
                        MINUTE,
                        100,
                        1,
                        2,
                        3,
                        4,
                        5,
                        6,
                        7,
                        8,
                        9,
                        10,
                        101,
                        -5,
                        10,
                        20,
                        30,
                        40,
                        31_000_000_000L,
                        MINUTE - 1,
                        9,
                        350),
                new MinuteReport(
                        "binance",
                        "v|\\ZERO",
                        MINUTE,
                        1,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none));
    }

    /** Messages that are text, that are not, and an empty one. */
    public static List<Rejected> rejected() {
        return List.of(
                new Rejected(
                        Reason.PRICE_NOT_POSITIVE,
                        "price must be positive, was -1 (trades, partition 3, offset 9)",
                        "{\"price\":\"-1\",\"é\":\"\\u0001\"}".getBytes(StandardCharsets.UTF_8),
                        MINUTE,
                        MINUTE + 1,
                        MINUTE + 2,
                        0,
                        3,
                        9),
                new Rejected(
                        Reason.UNPARSABLE,
                        "message must be UTF-8, was \"x\"\n",
                        new byte[] {0, -1, '\'', 'x'},
                        Trade.TIME_ABSENT,
                        Trade.TIME_ABSENT,
                        Trade.TIME_ABSENT,
                        1,
                        0,
                        10),
                new Rejected(
                        Reason.MISSING_FIELD,
                        "message must not be empty, was",
                        new byte[0],
                        Trade.TIME_ABSENT,
                        MINUTE,
                        Trade.TIME_ABSENT,
                        0,
                        0,
                        11));
    }

    /** Values of every topic as they go out, by the folder of their schema. */
    static Map<String, List<byte[]>> values() {
        PublishedJson json = new PublishedJson(PROFILE);
        JsonEncoder encoder = new JsonEncoder();
        Map<String, List<byte[]>> values = new LinkedHashMap<>();
        values.put("topics/trades", trades().stream().map(encoder::encode).toList());
        values.put("topics/candles", candles().stream().map(json::candle).toList());
        values.put("topics/candles.live", live().stream().map(json::live).toList());
        values.put("topics/vwap.5m", vwaps().stream().map(json::vwap).toList());
        values.put("topics/quality.events", events().stream().map(json::event).toList());
        values.put(
                "topics/quality.reports", reports().stream().map(json::report).toList());
        values.put(
                "topics/trades.rejected",
                rejected().stream()
                        .map(row -> json.rejected(row, SOURCES.get(row.readSource())))
                        .toList());
        values.put("topics/drift.alerts", driftAlerts());
        values.put("topics/heals", heals());
        return values;
    }

    /** A heal of one instrument with a hostile name. */
    private static List<byte[]> heals() {
        HealAudit audit = new HealAudit(
                "20240305-000000-000-2",
                "20240305-000000-000-1",
                "/data/lake",
                1,
                "",
                "operator",
                "2024-03-05T00:00:01Z",
                false,
                List.of(),
                List.of(),
                List.of());
        return List.of(
                HealNotes.value(audit, new HealAudit.Reach("alpha", "A|\\B", 7, MINUTE, MINUTE + 60_000_000_000L)));
    }

    /** A candle that differs by a late trade, and a VWAP row that the topic lacks. */
    private static List<byte[]> driftAlerts() {
        ValueDiffer differ = new ValueDiffer(5_000_000, true);
        ObservedValue truth = ObservedValue.of(candles().get(1), 12, 8, PROFILE);
        ObservedValue published = ObservedValue.of(candles().get(0), 12, 8, PROFILE);
        ObservedValue row = ObservedValue.of(vwaps().get(0), 12, 8, PROFILE);
        List<Difference> differences = List.of(
                Objects.requireNonNull(differ.compare(published, published, truth))
                        .with(Diagnosis.healable(
                                Cause.LATE, "the archive has it", List.of("one trade was late", "by 12 ns"))),
                Objects.requireNonNull(differ.compare(null, row, row)));
        ReconcileResult result = new ReconcileResult(
                "20240305-000000-000-1",
                "/data/lake",
                1,
                MINUTE,
                MINUTE + 60_000_000_000L,
                "BATCH",
                "ACCEPT",
                PROFILE,
                "",
                5_000_000,
                Map.of(),
                Map.of(),
                List.of(),
                List.of(),
                differences,
                0,
                List.of(),
                List.of());
        return differences.stream()
                .map(difference -> ReconcileReport.alert(result, difference))
                .toList();
    }
}

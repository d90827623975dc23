package dev.candlewick.jobs.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.ReadSources;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import dev.candlewick.testkit.property.SeededProperty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/**
 * Every serializer gives back what it took: as a value, into a reused carrier, as a copy, through streams of many records
 * (which BATCH does only when a sort spills, failure modes 9.3b), and after its snapshot was read back.
 */
class SerializersTest {
    /** One of the run's list, or one that is found while it runs. */
    private static int readSource(Random random) {
        return random.nextBoolean()
                ? random.nextInt(ReadSources.FIRST)
                : ReadSources.ordinal("topic-" + random.nextInt(100));
    }

    private static final int SEEDS = 20;
    private static final int RECORDS = 25;
    private static final String[] TEXTS = {
        "alpha", "", "v|4\\", "Zürich/CHF", "x\ny", "\u0000", "日本", "😀", "buy", "a".repeat(300)
    };

    private static <T> void check(TypeSerializer<T> serializer, Function<Random, T> values) {
        SeededProperty.check(SEEDS, seed -> {
            Random random = new Random(seed);
            List<T> records = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                records.add(values.apply(random));
            }
            TypeSerializer<T> restored = throughSnapshot(serializer);
            byte[] written = write(serializer, records);
            assertThat(write(restored.duplicate(), records)).isEqualTo(written);

            // Values, read by a serializer that was restored from its snapshot.
            DataInputDeserializer in = new DataInputDeserializer(written);
            for (T record : records) {
                assertSame(restored.deserialize(in), record);
            }
            assertThat(in.available()).isZero();

            // Into one carrier again and again: nothing of the record before may shine through.
            DataInputDeserializer reused = new DataInputDeserializer(written);
            T carrier = serializer.createInstance();
            for (T record : records) {
                carrier = serializer.deserialize(carrier, reused);
                assertSame(carrier, record);
            }

            // Copies.
            T into = serializer.createInstance();
            for (T record : records) {
                T copy = serializer.copy(record);
                assertSame(copy, record);
                into = serializer.copy(record, into);
                assertSame(into, record);
                if (!serializer.isImmutableType()) {
                    assertThat(copy).isNotSameAs(record);
                }
            }

            // Through streams, record by record.
            DataInputDeserializer source = new DataInputDeserializer(written);
            DataOutputSerializer target = new DataOutputSerializer(64);
            for (int i = 0; i < records.size(); i++) {
                serializer.copy(source, target);
            }
            assertThat(source.available()).isZero();
            assertThat(target.getCopyOfBuffer()).isEqualTo(written);
        });
    }

    private static <T> byte[] write(TypeSerializer<T> serializer, List<T> records) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        for (T record : records) {
            serializer.serialize(record, out);
        }
        return out.getCopyOfBuffer();
    }

    private static <T> TypeSerializer<T> throughSnapshot(TypeSerializer<T> serializer) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(out, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<T> read = TypeSerializerSnapshotSerializationUtil.readSerializerSnapshot(
                new DataInputDeserializer(out.getCopyOfBuffer()), SerializersTest.class.getClassLoader());
        assertThat(serializer
                        .snapshotConfiguration()
                        .resolveSchemaCompatibility(read)
                        .isCompatibleAsIs())
                .isTrue();
        assertThat(read.restoreSerializer()).isEqualTo(serializer).hasSameHashCodeAs(serializer);
        return read.restoreSerializer();
    }

    private static void assertSame(Object actual, Object expected) {
        assertThat(actual).usingRecursiveComparison().isEqualTo(expected);
    }

    private static String text(Random random) {
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    private static long number(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Long.MIN_VALUE;
            case 1 -> Long.MAX_VALUE;
            case 2 -> random.nextInt(1_000);
            default -> random.nextLong();
        };
    }

    private static Int128 wide(Random random) {
        return new Int128(number(random), number(random));
    }

    private static Trade trade(Random random) {
        Trade trade = new Trade();
        int priceScale = random.nextInt(19);
        int sizeScale = random.nextInt(19);
        Instrument instrument = random.nextBoolean()
                ? Instrument.ofVenue(text(random), text(random), priceScale, sizeScale)
                : Instrument.consolidated(text(random), text(random), priceScale, sizeScale);
        trade.instrument = instrument.withFeed(random.nextBoolean() ? 0 : random.nextInt(Instrument.FEED_MAX + 1));
        trade.eventTimeNanos = number(random);
        trade.receiveTimeNanos = number(random);
        trade.ingestTimeNanos = number(random);
        switch (random.nextInt(4)) {
            case 0 -> trade.setIdNumber(random.nextLong(1_000_000_000_000_000_000L));
            case 1 -> trade.setId("007");
            case 2 -> trade.setId("9".repeat(40) + text(random));
            default -> trade.clearId();
        }
        if (random.nextBoolean()) {
            trade.hasSequence = true;
            trade.sequence = number(random);
        }
        trade.priceScaled = number(random);
        trade.sizeScaled = number(random);
        trade.side = pick(random, "buy", "sell", "BUY", "");
        trade.conditions = pick(random, "@ TI", "");
        trade.flags = pick(random, "snapshot", "日本");
        trade.placePartition = random.nextInt();
        trade.placePosition = number(random);
        trade.readSource = readSource(random);
        trade.readPartition = random.nextInt();
        trade.readOffset = number(random);
        trade.late = random.nextBoolean();
        trade.newPartition = random.nextBoolean();
        trade.disorderNanos = random.nextBoolean() ? 0 : random.nextLong(1L << 62);
        return trade;
    }

    private static String pick(Random random, String... of) {
        int i = random.nextInt(of.length + 1);
        return i == of.length ? null : of[i];
    }

    private static Rejected rejected(Random random) {
        byte[] raw = new byte[random.nextInt(300)];
        random.nextBytes(raw);
        return new Rejected(
                Reason.values()[random.nextInt(Reason.values().length)],
                text(random),
                raw,
                number(random),
                number(random),
                number(random),
                readSource(random),
                random.nextInt(),
                number(random));
    }

    private static Decoded decoded(Random random) {
        Decoded decoded = new Decoded();
        return switch (random.nextInt(3)) {
            case 0 -> {
                decoded.trade().set(trade(random));
                yield decoded.setTrade();
            }
            case 1 -> decoded.setRejected(rejected(random));
            default -> decoded.setFiltered(readSource(random), random.nextInt(), number(random));
        };
    }

    private static Candle candle(Random random) {
        return new Candle(
                text(random),
                text(random),
                Interval.parse(random.nextBoolean() ? "250ms" : "15m"),
                number(random),
                random.nextInt(19),
                random.nextInt(19),
                number(random),
                number(random),
                number(random),
                number(random),
                wide(random),
                wide(random),
                number(random),
                number(random),
                number(random),
                random.nextInt(),
                RevisionReason.values()[random.nextInt(RevisionReason.values().length)],
                random.nextBoolean(),
                wide(random),
                random.nextInt(1 << CandleFlag.values().length),
                number(random));
    }

    private static Published published(Random random) {
        switch (random.nextInt(4)) {
            case 0 -> {
                return new QualityEvent(
                        QualityKind.values()[random.nextInt(QualityKind.values().length)],
                        text(random),
                        random.nextBoolean() ? text(random) : null,
                        number(random),
                        number(random),
                        number(random),
                        number(random),
                        random.nextBoolean() ? text(random) : null);
            }
            case 1 -> {
                // Different values everywhere, so that no two fields can be mixed up.
                long n = number(random);
                return new MinuteReport(
                        text(random),
                        text(random),
                        n,
                        n + 1,
                        n + 2,
                        n + 3,
                        n + 4,
                        n + 5,
                        n + 6,
                        n + 7,
                        n + 8,
                        n + 9,
                        n + 10,
                        n + 11,
                        n + 12,
                        n + 13,
                        n + 14,
                        n + 15,
                        n + 16,
                        n + 17,
                        n + 18,
                        n + 19,
                        n + 20,
                        n + 21);
            }
            default -> {}
        }
        if (random.nextBoolean()) {
            return candle(random);
        }
        return new VwapRow(
                text(random),
                text(random),
                number(random),
                random.nextInt(19),
                random.nextInt(19),
                wide(random),
                wide(random),
                number(random),
                random.nextInt(),
                RevisionReason.values()[random.nextInt(RevisionReason.values().length)]);
    }

    private static long[] counters(Random random, int count) {
        return random.longs(count).toArray();
    }

    private static StageTotals totals(Random random) {
        Map<String, long[]> partitions = new TreeMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            partitions.put(text(random) + "/" + i, counters(random, Counter.COUNT));
        }
        return new StageTotals(
                StageTotals.Stage.values()[random.nextInt(3)],
                random.nextInt(128),
                random.nextBoolean() ? StageTotals.END : number(random),
                partitions,
                counters(random, random.nextInt(7)));
    }

    @Test
    void trades() {
        check(new TradeSerializer(), SerializersTest::trade);
    }

    @Test
    void namedCounts() {
        check(
                new NamedCountSerializer(),
                random -> new NamedCount(TEXTS[random.nextInt(TEXTS.length)], random.nextLong() >>> 1));
    }

    @Test
    void batchesOfTrades() {
        check(new TradeBatchSerializer(), random -> {
            List<TradeBatch> batches = new ArrayList<>();
            TradeGatherer gatherer = new TradeGatherer(batch -> batches.add(batch.copy()));
            Trade first = trade(random);
            int trades = 1 + random.nextInt(20);
            for (int i = 0; i < trades; i++) {
                Trade next = trade(random);
                next.instrument = first.instrument;
                gatherer.add(next);
            }
            gatherer.flush();
            return batches.get(0);
        });
    }

    @Test
    void decodedMessages() throws IOException {
        // The carried trade of a rejected or filtered message is not part of its content.
        DecodedSerializer serializer = new DecodedSerializer();
        SeededProperty.check(SEEDS, seed -> {
            Random random = new Random(seed);
            List<Decoded> records = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                records.add(decoded(random));
            }
            byte[] written = write(serializer, records);
            DataInputDeserializer in = new DataInputDeserializer(written);
            DataInputDeserializer source = new DataInputDeserializer(written);
            DataOutputSerializer target = new DataOutputSerializer(64);
            Decoded carrier = serializer.createInstance();
            for (Decoded record : records) {
                carrier = serializer.deserialize(carrier, in);
                assertSameMessage(carrier, record);
                assertSameMessage(serializer.copy(record), record);
                assertThat(serializer.copy(record).trade()).isNotSameAs(record.trade());
                serializer.copy(source, target);
            }
            assertThat(in.available()).isZero();
            assertThat(target.getCopyOfBuffer()).isEqualTo(written);
        });
        assertThat(throughSnapshot(serializer)).isEqualTo(serializer);
    }

    private static void assertSameMessage(Decoded actual, Decoded expected) {
        assertThat(actual.kind()).isEqualTo(expected.kind());
        assertThat(actual.readSource()).isEqualTo(expected.readSource());
        assertThat(actual.readPartition()).isEqualTo(expected.readPartition());
        assertThat(actual.readOffset()).isEqualTo(expected.readOffset());
        switch (expected.kind()) {
            case TRADE -> assertSame(actual.trade(), expected.trade());
            case REJECTED -> assertSame(actual.rejected(), expected.rejected());
            case FILTERED -> {}
        }
    }

    @Test
    void rejectedMessages() {
        check(new RejectedSerializer(), SerializersTest::rejected);
    }

    @Test
    void candlesAndVwapRows() {
        check(new PublishedSerializer(), SerializersTest::published);
    }

    @Test
    void secondsOfAVenue() {
        check(
                new VenueSecondsSerializer(),
                random -> new VenueSeconds(text(random), number(random), random.nextLong()));
    }

    @Test
    void openCandles() {
        check(new LiveCandlesSerializer(), random -> {
            List<Candle> candles = new ArrayList<>();
            for (int i = random.nextInt(7); i > 0; i--) {
                candles.add(candle(random));
            }
            return new LiveCandles(text(random), text(random), candles);
        });
    }

    @Test
    void totalsOfAStage() {
        check(new StageTotalsSerializer(), SerializersTest::totals);
    }

    @Test
    void linesOfTheLedger() {
        check(
                new LedgerRowSerializer(),
                random -> new LedgerRow(
                        text(random),
                        text(random),
                        text(random),
                        number(random),
                        number(random),
                        number(random),
                        number(random),
                        number(random),
                        number(random),
                        number(random),
                        number(random),
                        number(random)));
    }

    @Test
    void marksAndCounters() {
        check(
                new PartitionMarkSerializer(),
                random -> new PartitionMark(text(random), random.nextInt(Integer.MAX_VALUE), number(random)));
        check(
                new PartitionCountSerializer(),
                random -> new PartitionCount(
                        text(random),
                        random.nextInt(Integer.MAX_VALUE),
                        random.longs(Counter.COUNT, 0, Long.MAX_VALUE).toArray()));
    }

    @Test
    void negativeCountersAreRefused() throws IOException {
        byte[] written = write(
                new PartitionCountSerializer(),
                List.of(new PartitionCount("trades", 0, new long[] {0, 0, -1, 0, 0, 0})));
        assertThatThrownBy(() -> new PartitionCountSerializer().deserialize(new DataInputDeserializer(written)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("must not be negative, was -1");
    }
}

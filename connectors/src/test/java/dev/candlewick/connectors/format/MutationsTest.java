package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.connectors.kafka.TradeRecordDeserializer;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.testkit.hostile.HostileMessage;
import dev.candlewick.testkit.hostile.Mutations;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.Collector;
import org.apache.flink.util.clock.RelativeClock;
import org.apache.flink.util.clock.SystemClock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Mutated messages through the deserializer that the job runs: no exception, one verdict each, original bytes kept, no
 * watermark moved by what is not a trade.
 *
 * <p>{@code -Dcandlewick.mutations=10000000 -Dcandlewick.test.heap=256m} is the full run; it prints time and heap.
 */
@Timeout(3600)
class MutationsTest {
    private static final int COUNT = Integer.getInteger("candlewick.mutations", 200_000);
    private static final long SEED = Long.getLong("candlewick.seed", 20_260_918L);
    /** 2019-10-11T00:00:11.620Z. */
    private static final long EVENT_TIME = 1570752011620000000L;

    private static List<byte[]> seeds(WireFormat format) {
        List<byte[]> seeds = new ArrayList<>();
        String[] symbols = {"BTC-USD", "XBT/USDT", "a,b", "x\"y", "ü😀", "ES"};
        for (int i = 0; i < symbols.length; i++) {
            Trade trade = new Trade();
            trade.instrument = Instrument.ofVenue("binance", symbols[i], 12, 8);
            trade.eventTimeNanos = EVENT_TIME + i;
            trade.receiveTimeNanos = i % 2 == 0 ? EVENT_TIME + 1_300_000_000L : Trade.TIME_ABSENT;
            trade.setId(i % 3 == 0 ? "13519807" : i % 3 == 1 ? "a-7f|" : null);
            trade.hasSequence = i == 4;
            trade.sequence = 9_007_199_254_740_993L;
            trade.priceScaled = 10_234_560_000_000_000L + i;
            trade.sizeScaled = 123_000_000L;
            trade.side = i % 2 == 0 ? "buy" : "sell";
            trade.conditions = i == 3 ? "@,T" : null;
            trade.flags = i == 5 ? "x" : null;
            trade.placePosition = 7 + i;
            seeds.add(format.newEncoder().encode(trade));
        }
        List<byte[]> valid = List.copyOf(seeds);
        // Messages that are broken already lead mutations into corners that valid ones rarely reach.
        List<HostileMessage> table = format == WireFormat.AVRO
                ? List.of()
                : HostileMessage.table(format.name().toLowerCase(Locale.ROOT));
        table.stream()
                .map(HostileMessage::message)
                .filter(message -> message != null && message.length > 0 && message.length < 2_000)
                .forEach(seeds::add);
        while (seeds.size() < 1_000) {
            seeds.addAll(valid);
        }
        return seeds;
    }

    /** Takes what the deserializer emits and stands behind it as Flink's watermark output does. */
    private static final class Reader implements Collector<Decoded>, WatermarkOutput {
        final WatermarkGenerator<Decoded> watermarks = HighWaterWatermarks.of(Duration.ofSeconds(1))
                .createWatermarkGenerator(new WatermarkGeneratorSupplier.Context() {
                    @Override
                    public MetricGroup getMetricGroup() {
                        return new UnregisteredMetricsGroup();
                    }

                    @Override
                    public RelativeClock getInputActivityClock() {
                        return SystemClock.getInstance();
                    }
                });
        Decoded last = new Decoded();
        int collected;
        long watermark = Long.MIN_VALUE;

        @Override
        public void collect(Decoded decoded) {
            last = decoded;
            collected++;
        }

        @Override
        public void close() {}

        @Override
        public void emitWatermark(Watermark emitted) {
            watermark = emitted.getTimestamp();
        }

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}
    }

    @ParameterizedTest
    @EnumSource(
            value = WireFormat.class,
            names = {"CSV", "JSON", "AVRO", "BINARY"})
    void everyMutationGetsOneVerdict(WireFormat format) {
        TradeRecordDeserializer deserializer = new TradeRecordDeserializer(
                TradeFormat.of(format),
                FeedRules.builder().build(),
                List.of("trades"),
                null,
                TypeInformation.of(Decoded.class));
        Mutations mutations = new Mutations(seeds(format), SEED);
        Reader reader = new Reader();
        Map<Reason, Integer> rejected = new EnumMap<>(Reason.class);
        int trades = 0;
        int filtered = 0;
        // Nanoseconds of decoding by power of two; read only in the full run, never asserted.
        long[] times = new long[64];
        long longest = 0;
        long started = System.nanoTime();
        for (int i = 0; i < COUNT; i++) {
            int length = mutations.next();
            byte[] message = Arrays.copyOf(mutations.buffer(), length);
            byte[] sent = message.clone();
            ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                    "trades",
                    0,
                    i,
                    EVENT_TIME / 1_000_000,
                    TimestampType.CREATE_TIME,
                    0,
                    length,
                    null,
                    message,
                    new RecordHeaders(),
                    Optional.empty());
            try {
                long before = System.nanoTime();
                deserializer.deserialize(record, reader);
                long nanos = System.nanoTime() - before;
                times[63 - Long.numberOfLeadingZeros(nanos | 1)]++;
                longest = Math.max(longest, nanos);
                Decoded out = reader.last;
                long watermark = reader.watermark;
                reader.watermarks.onEvent(out, 0, reader);
                reader.watermarks.onPeriodicEmit(reader);
                if (out.isTrade()) {
                    trades++;
                    checkTrade(out.trade());
                } else {
                    if (reader.watermark != watermark) {
                        throw new AssertionError("no watermark must move, was " + watermark + ", " + reader.watermark);
                    }
                    if (out.kind() == Decoded.Kind.FILTERED) {
                        filtered++;
                    } else {
                        rejected.merge(out.rejected().reason(), 1, Integer::sum);
                        checkRejected(out, sent);
                    }
                }
                if (reader.collected != i + 1 || out.readOffset() != i || !Arrays.equals(message, sent)) {
                    throw new AssertionError("one verdict for each message that stays as it was");
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        format + " mutation " + i + " of seed " + SEED + " (-Dcandlewick.seed=): "
                                + new String(sent, 0, Math.min(300, length), StandardCharsets.ISO_8859_1),
                        e);
            }
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        assertThat(trades
                        + filtered
                        + rejected.values().stream().mapToInt(Integer::intValue).sum())
                .isEqualTo(COUNT);
        assertThat(rejected)
                .as("mutations reach most codes")
                .hasSizeGreaterThan(format == WireFormat.BINARY || format == WireFormat.AVRO ? 4 : 6);
        assertThat(trades).as("some stay valid").isPositive();
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        System.out.printf(
                Locale.ROOT,
                "%s: %,d mutations in %.0f s, %,d trades, %,d filtered, %s; decoding p99.9 below %,d ns, longest %,d ns;"
                        + " heap %d MB of %d MB%n",
                format,
                COUNT,
                seconds,
                trades,
                filtered,
                rejected,
                quantile(times, 0.999),
                longest,
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                runtime.maxMemory() >> 20);
    }

    private static void checkTrade(Trade trade) {
        if (trade.priceScaled <= 0
                || trade.sizeScaled <= 0
                || trade.instrument.symbol().chars().allMatch(c -> c <= ' ')
                || trade.eventTimeNanos < FeedRules.EVENT_TIME_MIN_NANOS
                || trade.eventTimeNanos > EVENT_TIME / 1_000_000 * 1_000_000 + 86_400_000_000_000L
                        && trade.receiveTimeNanos == Trade.TIME_ABSENT) {
            throw new AssertionError("an accepted trade must obey every rule, was " + trade);
        }
    }

    private static void checkRejected(Decoded out, byte[] sent) {
        String text = out.rejected().message();
        if (!Arrays.equals(out.rejected().raw(), sent)
                || text.length() > 900
                || text.contains("internal error")
                || text.chars().anyMatch(Character::isISOControl)) {
            throw new AssertionError("a rejected message must keep its bytes and say why, was " + text);
        }
    }

    /** The upper bound of the power of two that holds the quantile. */
    private static long quantile(long[] times, double share) {
        long wanted = (long) (share * COUNT);
        for (int i = 0; i < times.length; i++) {
            wanted -= times[i];
            if (wanted <= 0) {
                return 1L << i + 1;
            }
        }
        return Long.MAX_VALUE;
    }
}

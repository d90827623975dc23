package dev.candlewick.jobs.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.dedup.HashTable;
import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.state.CompactOutput;
import dev.candlewick.core.vwap.VwapPanes;
import dev.candlewick.jobs.testing.HistoryTrades;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.property.SeededProperty;
import dev.candlewick.testkit.state.FixedOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** The codec of keyed state: whole round trips, and no damaged byte is restored as another state (failure modes 2.6). */
class InstrumentStateCodecTest {
    /** What is remembered to save a division or a search; found again at need, and no part of the state. */
    private static final String REMEMBERED = ".*\\.(recentStart|hints)";

    private static final InstrumentStateSerializer SERIALIZER = new InstrumentStateSerializer();

    /** States in the middle of a random history: open, closed, filled and purged windows, ids, panes. */
    static List<InstrumentState> states(long seed) {
        Random random = new Random(seed);
        EngineSettings settings = EngineSettings.defaults().withFill(FillPolicy.CARRY, 20);
        MarketEngine engine = new MarketEngine(settings, new EngineOutput() {
            @Override
            public void candle(Candle candle) {}

            @Override
            public void vwap(VwapRow row) {}
        });
        HistoryTrades trades = new HistoryTrades(false);
        Map<String, InstrumentState> states = new HashMap<>();
        List<InstrumentState> kept = new ArrayList<>();
        List<OracleTrade> records = History.random(
                        seed,
                        HistoryOptions.defaults()
                                .withTrades(150)
                                .withLateTrades(false)
                                .withZeroSizes(true))
                .partitions()
                .get(0);
        long watermark = Long.MIN_VALUE;
        for (OracleTrade record : records) {
            Trade trade = trades.fill(new Trade(), record);
            InstrumentState state =
                    states.computeIfAbsent(trade.instrument.key(), key -> engine.newState(trade.instrument));
            engine.process(state, trade, watermark);
            watermark = Math.max(watermark, trade.eventTimeNanos / 1_000_000 - 1_001);
            if (random.nextInt(3) == 0) {
                engine.advance(state, watermark);
                state.setTimerMillis(engine.nextDueMillis(state));
            }
            if (random.nextInt(20) == 0) {
                kept.add(state.copy());
            }
        }
        kept.addAll(states.values());
        for (InstrumentState state : kept) {
            if (random.nextBoolean()) {
                state.setFeed(random.nextBoolean() ? "trades" : "us|日本", random.nextInt(3));
            }
        }
        return kept;
    }

    private static byte[] bytes(InstrumentState state) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(256);
        SERIALIZER.serialize(state, out);
        return out.getCopyOfBuffer();
    }

    private static InstrumentState read(byte[] bytes) throws IOException {
        return SERIALIZER.deserialize(new DataInputDeserializer(bytes));
    }

    /** Entries of a table in an order of their own, since slots depend on the order of insertion. */
    private static boolean sameEntries(HashTable one, HashTable other) {
        return entries(one).equals(entries(other));
    }

    private static List<List<Long>> entries(HashTable table) {
        List<List<Long>> entries = new ArrayList<>();
        table.forEach((key, payload, timeNanos) -> entries.add(List.of(key, payload, timeNanos)));
        entries.sort(Comparator.comparing(List::toString));
        return entries;
    }

    /** Panes by what they write: their running sums are a cache. */
    private static boolean samePanes(VwapPanes one, VwapPanes other) {
        CompactOutput first = new CompactOutput();
        CompactOutput second = new CompactOutput();
        one.write(first);
        other.write(second);
        return Arrays.equals(first.toBytes(), second.toBytes());
    }

    static void assertSame(InstrumentState actual, InstrumentState expected) {
        assertThat(actual)
                .usingRecursiveComparison()
                .ignoringFields("checkedAgainst", "feedOrdinal")
                .ignoringFieldsMatchingRegexes(REMEMBERED)
                .withEqualsForType(InstrumentStateCodecTest::sameEntries, HashTable.class)
                .withEqualsForType(InstrumentStateCodecTest::samePanes, VwapPanes.class)
                .isEqualTo(expected);
    }

    @Test
    void aStateReadBackIsTheSameStateAndItsCopyAnotherOne() {
        SeededProperty.check(6, seed -> {
            for (InstrumentState state : states(seed)) {
                byte[] written = bytes(state);
                assertSame(read(written), state);
                InstrumentState copy = SERIALIZER.copy(state);
                assertThat(copy).isNotSameAs(state);
                assertThat(bytes(copy)).isEqualTo(written);
            }
        });
    }

    @Test
    void theStatesReachEverythingThatIsKept() {
        List<InstrumentState> all = new ArrayList<>();
        for (long seed = 1; seed <= 30; seed++) {
            all.addAll(states(seed));
        }
        assertThat(all).anyMatch(state -> state.windowCount() > 20);
        assertThat(all).anyMatch(state -> state.rememberedCount() > 5);
        assertThat(all).anyMatch(state -> state.paneCount() > 5);
        assertThat(all).anyMatch(state -> state.purgeMarkNanos() != Long.MIN_VALUE);
    }

    @Test
    void statesInOneStreamAreCopiedWithoutTouchingTheirNeighbours() throws IOException {
        List<InstrumentState> states = states(1);
        DataOutputSerializer out = new DataOutputSerializer(256);
        for (InstrumentState state : states) {
            SERIALIZER.serialize(state, out);
        }
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        DataOutputSerializer copied = new DataOutputSerializer(256);
        for (int i = 0; i < states.size(); i++) {
            SERIALIZER.copy(in, copied);
        }
        assertThat(in.available()).isZero();
        DataInputDeserializer again = new DataInputDeserializer(copied.getCopyOfBuffer());
        for (InstrumentState state : states) {
            assertSame(SERIALIZER.deserialize(again), state);
        }
        assertThat(again.available()).isZero();
    }

    @Test
    void statesOfOlderVersionsAreReadAndHaveNoFeed() {
        SeededProperty.check(6, seed -> {
            for (InstrumentState state : states(seed)) {
                state.setFeed("trades", 2);
                InstrumentState read = read(bytes(state));
                assertThat(read.feedName()).isEqualTo("trades");
                assertThat(read.feedOrdinal()).isEqualTo(InstrumentState.FEED_UNKNOWN);
                assertSame(read(older(state, "trades", 3)), state);
                for (int version : new int[] {1, 2}) {
                    InstrumentState old = read(older(state, "trades", version));
                    assertThat(old.feedName()).isNull();
                    assertThat(old)
                            .usingRecursiveComparison()
                            .ignoringFields("checkedAgainst", "feedOrdinal", "feedName")
                            .ignoringFieldsMatchingRegexes(REMEMBERED)
                            .withEqualsForType(InstrumentStateCodecTest::sameEntries, HashTable.class)
                            .withEqualsForType(InstrumentStateCodecTest::samePanes, VwapPanes.class)
                            .isEqualTo(state);
                }
                byte[] newer = bytes(state);
                newer[3]++;
                assertThatThrownBy(() -> read(newer))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("version 1 to");
            }
        });
    }

    /** What an older version wrote for a state without a quality profile: 1 ends before the profile and 2 before the feed. */
    private static byte[] older(InstrumentState state, String feed, int version) {
        FixedOutput out = new FixedOutput();
        out.bytes(new byte[] {'C', 'W', 'K', (byte) version});
        state.writeFields(out);
        int feedBytes = version == 3 ? 0 : 1 + Integer.BYTES + feed.length();
        byte[] written = out.toBytes();
        int length = written.length - feedBytes - (version == 1 ? 1 : 0);
        CRC32C checksum = new CRC32C();
        checksum.update(written, 0, length);
        return ByteBuffer.allocate(length + Integer.BYTES)
                .put(written, 0, length)
                .putInt((int) checksum.getValue())
                .array();
    }

    @Test
    void noFlippedBitIsRestored() {
        Map<Long, List<InstrumentState>> histories = new HashMap<>();
        SeededProperty.check(LongStream.rangeClosed(1, 2_000), seed -> {
            Random random = new Random(seed);
            List<InstrumentState> states = histories.computeIfAbsent(seed % 20, InstrumentStateCodecTest::states);
            byte[] damaged = bytes(states.get(random.nextInt(states.size())));
            int bit = random.nextInt(damaged.length * 8);
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> read(damaged)).as("bit %s", bit).isInstanceOf(IOException.class);
        });
    }

    @Test
    void aCutOrASwappedBlockIsNotRestored() {
        SeededProperty.check(200, seed -> {
            Random random = new Random(seed);
            byte[] written = bytes(states(1 + seed % 5).get(0));
            byte[] cut = Arrays.copyOf(written, random.nextInt(written.length));
            assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);

            int half = written.length / 2;
            int length = 1 + random.nextInt(half);
            byte[] swapped = written.clone();
            System.arraycopy(written, 0, swapped, half, length);
            System.arraycopy(written, half, swapped, 0, length);
            if (!Arrays.equals(swapped, written)) {
                assertThatThrownBy(() -> read(swapped)).isInstanceOf(IOException.class);
            }
        });
    }
}

package dev.candlewick.core.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.late.HighWaterMarks;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarketPartitionTest {
    private static final int FRAME_MESSAGES = MarketClock.FRAME * MarketSettings.FIREHOSE_GROUP;

    /** Ten times the usual rates, so that a short market has every kind. */
    private static final FaultRates MANY = FaultRates.parse("50%,silence=30%,clock-skew=100%");

    private static MarketPartition market(MarketSettings settings, FaultRates rates, int partition) {
        return new MarketSimulator(settings, rates, Horizon.DEFAULT).partition(partition);
    }

    private static String text(SimulatedMessage message) {
        Trade trade = message.trade;
        return message.position + " " + message.type + " " + trade.instrument + " " + trade.eventTimeNanos + " "
                + trade.receiveTimeNanos + " " + trade.id() + " " + trade.priceScaled + " " + trade.sizeScaled + " "
                + trade.side + " " + (message.type == MessageType.TRADE ? 0 : message.orderId) + " " + message.sendNanos
                + " " + message.fault + " " + message.expectation + " " + message.reason + " " + message.reference + " "
                + (message.fault == null ? "" : message.missingId + message.subjectVenue + message.subjectSymbol);
    }

    /** Compares without printing thousands of lines. */
    private static void assertSame(List<String> actual, List<String> expected, String where) {
        for (int i = 0; i < Math.min(actual.size(), expected.size()); i++) {
            assertThat(actual.get(i)).as("%s, message %s", where, i).isEqualTo(expected.get(i));
        }
        assertThat(actual).hasSameSizeAs(expected);
    }

    private static List<String> texts(MarketPartition partition, int count) {
        List<String> texts = new ArrayList<>();
        SimulatedMessage message = new SimulatedMessage();
        for (int i = 0; i < count; i++) {
            partition.next(message);
            texts.add(text(message));
        }
        return texts;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, -7, Long.MIN_VALUE})
    void goesOnAtAnyPosition(long seed) {
        Random random = new Random(seed);
        for (boolean firehose : new boolean[] {true, false}) {
            MarketSettings settings = MarketSettings.of(seed)
                    .withPartitions(3)
                    .withFirehose(firehose)
                    .withMessagesPerSecond(firehose ? 20_000 : 300);
            List<String> all = texts(market(settings, MANY, 1), 40_000);
            MarketPartition other = market(settings, MANY, 1);
            for (int i = 0; i < 30; i++) {
                int at = random.nextInt(all.size() - 200);
                other.seek(at);
                assertSame(texts(other, 200), all.subList(at, at + 200), "seed " + seed + " from " + at);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 31, 999_999_999_999L, 10_000_000_000_000L})
    void beginsFarBehindWithoutMakingWhatIsBefore(long position) {
        for (boolean firehose : new boolean[] {true, false}) {
            MarketSettings settings =
                    MarketSettings.of(2).withFirehose(firehose).withMessagesPerSecond(1_000_000);
            MarketPartition partition = market(settings, FaultRates.parse("7.7%"), 0);
            partition.seek(position - 5_000);
            List<String> all = texts(partition, 5_300);
            assertThat(all.get(0)).startsWith(position - 5_000 + " ");
            partition.seek(position);
            assertSame(texts(partition, 300), all.subList(5_000, 5_300), "from " + position);
        }
    }

    @Test
    void partitionsAndSeedsDifferAndRepeat() {
        MarketSettings settings = MarketSettings.of(5).withPartitions(2);
        List<String> first = texts(market(settings, MANY, 0), 10_000);
        assertSame(texts(market(settings, MANY, 0), 10_000), first, "again");
        Set<String> neighbour = new HashSet<>(texts(market(settings, MANY, 1), 10_000));
        assertThat(first.stream().filter(neighbour::contains).limit(3)).isEmpty();
        Set<String> other = new HashSet<>(texts(market(MarketSettings.of(6).withPartitions(2), MANY, 0), 10_000));
        assertThat(first.stream().filter(other::contains).limit(3)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bookAndTradesAgree(long seed) {
        MarketPartition partition = market(MarketSettings.of(seed), FaultRates.NONE, 0);
        SimulatedMessage message = new SimulatedMessage();
        Map<Long, String> book = new HashMap<>();
        Set<Long> everAdded = new HashSet<>();
        Map<MessageType, Integer> counts = new HashMap<>();
        String executed = null;
        int executions = 0;
        for (int i = 0; i < 200_000; i++) {
            partition.next(message);
            counts.merge(message.type, 1, Integer::sum);
            Trade trade = message.trade;
            String instrument = trade.instrument.key();
            String values = instrument + " " + trade.priceScaled + " " + trade.sizeScaled + " " + trade.side;
            Long order = message.orderId;
            switch (message.type) {
                case ADD -> {
                    assertThat(everAdded.add(order))
                            .as("order %s is new", order)
                            .isTrue();
                    book.put(order, values);
                }
                case MODIFY -> {
                    assertThat(book.get(order)).startsWith(instrument).isNotEqualTo(values);
                    book.put(order, values);
                }
                case CANCEL -> assertThat(book.remove(order)).isEqualTo(values);
                case EXECUTE -> {
                    assertThat(book.remove(order)).isEqualTo(values);
                    executed = instrument + " " + trade.priceScaled + " " + trade.sizeScaled + " "
                            + (trade.side.equals("buy") ? "sell" : "buy");
                    executions++;
                }
                case TRADE -> {
                    if (executed != null) {
                        assertThat(values).isEqualTo(executed);
                    }
                    executed = null;
                }
            }
        }
        assertThat(counts.get(MessageType.TRADE)).isEqualTo(200_000 / 50);
        assertThat(executions).isEqualTo(200_000 / 50 - OrderScript.AHEAD_MAX);
        assertThat(counts.get(MessageType.MODIFY)).isGreaterThan(15_000);
        assertThat(book).as("orders do not pile up").hasSizeLessThan(15_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void idsCountUpWithoutHolesButForThoseThatAreLabelled(long seed) {
        for (int symbols : new int[] {1, 7, 500}) {
            MarketSettings settings =
                    MarketSettings.of(seed).withInstruments(symbols, 3).withFirehose(false);
            MarketPartition partition = market(settings, MANY, 0);
            SimulatedMessage message = new SimulatedMessage();
            Map<String, Long> lastIds = new HashMap<>();
            int[] missing = {0};
            for (int i = 0; i < 60_000; i++) {
                partition.next(message);
                boolean extra = message.fault != null && message.fault.faultClass() == FaultKind.Class.EXTRA;
                if (extra || (message.type != MessageType.TRADE && message.expectation != Expectation.NOT_SENT)) {
                    continue;
                }
                boolean sent = message.expectation != Expectation.NOT_SENT;
                missing[0] += sent ? 0 : 1;
                String key = sent ? message.trade.instrument.key() : message.subjectVenue + "|" + message.subjectSymbol;
                long id = sent ? message.trade.idNumber : message.missingId;
                Long last = lastIds.put(key, id);
                assertThat(last == null || id == last + 1)
                        .as("id of %s is %s after %s", key, id, last)
                        .isTrue();
            }
            assertThat(missing[0]).isGreaterThan(500);
            assertThat(lastIds).hasSize(symbols * 3);
        }
    }

    @Test
    void fewHoldMostOfTheTradingAndNeighboursTakeTurns() {
        MarketSettings settings = MarketSettings.of(9).withInstruments(1_000, 2).withFirehose(false);
        MarketPartition partition = market(settings, FaultRates.NONE, 0);
        SimulatedMessage message = new SimulatedMessage();
        List<Map<String, Integer>> cycles = new ArrayList<>();
        for (int cycle = 0; cycle < 3; cycle++) {
            Map<String, Integer> counts = new HashMap<>();
            int first = 0;
            for (int i = 0; i < 8_192; i++) {
                partition.next(message);
                counts.merge(message.trade.instrument.key(), 1, Integer::sum);
                first += message.symbol < 3 ? 1 : 0;
            }
            assertThat(counts).hasSizeGreaterThan(1_900);
            assertThat(first).isBetween(8_192 / 8, 8_192 / 2);
            cycles.add(counts);
        }
        assertThat(cycles.get(0)).isNotEqualTo(cycles.get(1));
        assertThat(cycles.get(1)).isNotEqualTo(cycles.get(2));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void pricesStayOnTheGridAndMoveByUpToATenthACycle(long seed) {
        for (int symbol = 0; symbol < 40; symbol++) {
            Listing listing = Listing.of(MarketSettings.of(seed).withInstruments(100, 2), symbol, 0);
            long cycle = 1L << 42;
            long widest = 0;
            long before = 0;
            for (int i = 0; i < 200; i++) {
                long now = Prices.level(seed, listing, MarketSettings.START_NANOS / cycle * cycle + i * cycle);
                long base = listing.baseTicks();
                assertThat(now).isBetween(base - base * 9 / 100, base + base * 9 / 100);
                if (i > 0) {
                    assertThat(Math.abs(now - before)).isLessThan(base * 14 / 100);
                    widest = Math.max(widest, Math.abs(now - before));
                }
                before = now;
            }
            assertThat(widest).as("symbol %s moves", symbol).isGreaterThan(listing.baseTicks() / 20);
        }
        MarketSettings settings =
                MarketSettings.of(seed).withInstruments(100, 2).withFirehose(false);
        MarketPartition partition = market(settings, FaultRates.NONE, 0);
        SimulatedMessage message = new SimulatedMessage();
        for (int i = 0; i < 20_000; i++) {
            partition.next(message);
            Listing listing = Listing.of(settings, message.symbol, 0);
            assertThat(message.trade.priceScaled % listing.tickUnits()).isZero();
            assertThat(message.trade.priceScaled).isPositive();
            assertThat(message.trade.sizeScaled).isPositive();
        }
    }

    @Test
    void timesAscendWithBurstsAndTheRateIsExact() {
        MarketSettings settings = MarketSettings.of(3).withFirehose(false).withMessagesPerSecond(1_000);
        MarketPartition partition = market(settings, FaultRates.NONE, 0);
        SimulatedMessage message = new SimulatedMessage();
        int[] perSecond = new int[67];
        long before = settings.startNanos();
        for (int i = 0; i < 65_536; i++) {
            partition.next(message);
            assertThat(message.trade.eventTimeNanos).isGreaterThanOrEqualTo(before);
            assertThat(message.sendNanos).isEqualTo(message.trade.eventTimeNanos);
            before = message.trade.eventTimeNanos;
            perSecond[(int) ((before - settings.startNanos()) / 1_000_000_000L)]++;
        }
        partition.next(message);
        assertThat(message.trade.eventTimeNanos - settings.startNanos()).isEqualTo(65_536_000_000L);
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (int i = 0; i < 65; i++) {
            least = Math.min(least, perSecond[i]);
            most = Math.max(most, perSecond[i]);
        }
        assertThat(most).isGreaterThan(2 * least);
    }

    @Test
    void tradesOnlyInOpenSessions() {
        MarketSettings settings = MarketSettings.of(3)
                .withFirehose(false)
                .withMessagesPerSecond(1)
                .withSessions(SessionPlan.DAY);
        MarketPartition partition = market(settings, FaultRates.NONE, 0);
        SimulatedMessage message = new SimulatedMessage();
        Set<Long> days = new HashSet<>();
        for (int i = 0; i < 70_000; i++) {
            partition.next(message);
            long time = message.trade.eventTimeNanos;
            assertThat(SessionPlan.DAY.isOpen(time)).as("open at %s", time).isTrue();
            days.add(time / 86_400_000_000_000L);
        }
        assertThat(days).hasSize(4);
        assertThat(SessionPlan.DAY.isOpen(settings.startNanos())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void labelsAgreeWithTheRulesOfLatenessAndIdentity(long seed) {
        for (long rate : new long[] {20, 400, 50_000}) {
            MarketSettings settings =
                    MarketSettings.of(seed).withFirehose(false).withMessagesPerSecond(rate);
            MarketPartition partition = market(settings, MANY, 0);
            HighWaterMarks marks = new HighWaterMarks(
                    Intervals.DEFAULT.finest(),
                    Horizon.DEFAULT.outOfOrdernessNanos(),
                    Horizon.DEFAULT.allowedLatenessNanos());
            SimulatedMessage message = new SimulatedMessage();
            Map<String, Long> seen = new HashMap<>();
            Map<FaultKind, Integer> kinds = new HashMap<>();
            for (int i = 0; i < 30_000; i++) {
                partition.next(message);
                FaultKind fault = message.fault;
                if (fault != null) {
                    kinds.merge(fault, 1, Integer::sum);
                    assertThat(message.reason).isEqualTo(fault.reason());
                }
                if (message.type != MessageType.TRADE || message.expectation == Expectation.REJECTED) {
                    continue;
                }
                Trade trade = message.trade;
                String where = "seed " + seed + " rate " + rate + " position " + i + " " + fault;
                marks.stamp(trade);
                assertThat(trade.late).as(where).isEqualTo(message.expectation == Expectation.LATE);
                String identity = trade.instrument.key() + " " + trade.id() + " " + trade.eventTimeNanos + " "
                        + trade.priceScaled + " " + trade.sizeScaled;
                if (trade.late) {
                    continue;
                }
                Long first = seen.putIfAbsent(identity, message.position);
                assertThat(first != null).as(where).isEqualTo(message.expectation == Expectation.DUPLICATE);
                if (first != null) {
                    assertThat(message.reference).as(where).isEqualTo(first);
                }
                if (fault == FaultKind.ID_CONFLICT) {
                    assertThat(message.reference).isLessThan(message.position);
                }
            }
            Set<FaultKind> expected = new HashSet<>(Set.of(FaultKind.values()));
            if (rate >= 400) {
                // Windows need minutes of event time.
                expected.removeAll(Set.of(FaultKind.SILENCE, FaultKind.CLOCK_SKEW));
                kinds.remove(FaultKind.SILENCE);
                kinds.remove(FaultKind.CLOCK_SKEW);
            }
            assertThat(kinds.keySet()).isEqualTo(expected);
        }
    }

    @Test
    void faultsAreAsFrequentAsTheirRates() {
        MarketPartition partition = market(MarketSettings.of(11).withFirehose(false), FaultRates.DEFAULT, 0);
        SimulatedMessage message = new SimulatedMessage();
        Map<FaultKind, Integer> kinds = new HashMap<>();
        int trades = 1_000_000;
        for (int i = 0; i < trades; i++) {
            partition.next(message);
            FaultKind fault = message.fault;
            if (fault != null) {
                kinds.merge(fault, 1, Integer::sum);
            }
        }
        for (FaultKind kind : FaultKind.values()) {
            if (kind.faultClass() != FaultKind.Class.WINDOW) {
                double expected = trades / 1.0355 * FaultRates.DEFAULT.millionths(kind) / 1_000_000;
                assertThat((double) kinds.getOrDefault(kind, 0))
                        .as("%s", kind)
                        .isBetween(expected * 0.85 - 30, expected * 1.15 + 30);
            }
        }
    }

    @Test
    void faultsCanBeSwitchedAndTheSwitchRestored() {
        MarketSettings settings = MarketSettings.of(8);
        MarketPartition partition = market(settings, FaultRates.NONE, 0);
        List<String> all = texts(partition, 2 * FRAME_MESSAGES + 100);
        assertThat(partition.switchRates(MANY).fromFrame()).isEqualTo(3);
        all.addAll(texts(partition, 10 * FRAME_MESSAGES));
        partition.switchRates(FaultRates.NONE);
        partition.switchRates(FaultRates.DEFAULT);
        partition.switchRates(FaultRates.NONE);
        all.addAll(texts(partition, 3 * FRAME_MESSAGES));
        MarketPartition restored =
                new MarketSimulator(settings, FaultRates.NONE, Horizon.DEFAULT).partition(0, partition.segments());
        assertSame(texts(restored, all.size()), all, "restored");
        for (int at = all.size() - 100; at > 0; at -= 1_733) {
            restored.seek(at);
            assertSame(texts(restored, 100), all.subList(at, at + 100), "from " + at);
        }
        assertSame(
                texts(market(settings, FaultRates.NONE, 0), 3 * FRAME_MESSAGES),
                all.subList(0, 3 * FRAME_MESSAGES),
                "before");
    }

    @Test
    void ratesAreReadAndWritten() {
        assertThat(FaultRates.parse("default")).isEqualTo(FaultRates.DEFAULT);
        assertThat(FaultRates.parse("5%")).isEqualTo(FaultRates.DEFAULT);
        assertThat(FaultRates.parse("none").isNone()).isTrue();
        assertThat(FaultRates.parse("gap=1%,late=0.005").toString()).isEqualTo("late=0.5%,gap=1%");
        assertThat(FaultRates.parse(FaultRates.DEFAULT.toString())).isEqualTo(FaultRates.DEFAULT);
        assertThat(FaultRates.DEFAULT.total(FaultKind.Class.TRADE) + FaultRates.DEFAULT.total(FaultKind.Class.EXTRA))
                .isEqualTo(50_000);
        assertThatThrownBy(() -> FaultRates.parse("gaps=1%"))
                .hasMessageStartingWith("fault must be one of disorder, late, gap,");
        assertThatThrownBy(() -> FaultRates.parse("gap=200%")).hasMessageContaining("share from 0 to 100 %");
        assertThatThrownBy(() -> FaultRates.parse("gap=60%,late=60%")).hasMessageContaining("exceed 100 %");
    }

    @Test
    void badSettingsAreAllNamed() {
        assertThatThrownBy(() -> new MarketSettings(1, 20, 10, 9, 0, 0, true, SessionPlan.CONTINUOUS, 4))
                .hasMessage("venues must lie in 1..8, was 9; start must lie in 631152000000000000..3786912000000000000,"
                        + " was 0; rate must lie in 1..1000000000, was 0; partitions must not exceed symbols, was 20 with"
                        + " 10 symbols");
        assertThat(Interval.SECOND_NANOS).isEqualTo(Horizon.DEFAULT.finestNanos());
    }
}

package dev.candlewick.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.candle.CandleAccumulator;
import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.time.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every cause is found from the evidence that makes it, and not from less; each with many seeds. */
class DiagnoserTest {
    private static final int ROUNDS = 60;
    private static final Interval SECOND = Interval.parse("1s");
    private static final long START = 1_700_000_000L * Interval.SECOND_NANOS;
    private static final Instrument INSTRUMENT = Instrument.ofVenue("v", "S", 9, 8);
    private static final int P = 12;
    private static final int Q = 8;

    private static Trade trade(Random random, int id, int partition) {
        Trade trade = new Trade();
        trade.instrument = INSTRUMENT;
        trade.eventTimeNanos = START + random.nextInt(1_000_000_000);
        trade.setIdNumber(id);
        trade.priceScaled = 1_000_000_000L + random.nextInt(1_000_000);
        trade.sizeScaled = 1 + random.nextInt(1_000_000);
        trade.readPartition = partition;
        trade.readOffset = id;
        trade.ingestTimeNanos = trade.eventTimeNanos;
        return trade;
    }

    private static List<Trade> trades(Random random) {
        List<Trade> trades = new ArrayList<>();
        int count = 2 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            trades.add(trade(random, i, i % 3));
        }
        return trades;
    }

    private static @Nullable ObservedValue value(List<Trade> trades) {
        if (trades.isEmpty()) {
            return null;
        }
        CandleAccumulator sums = new CandleAccumulator();
        TradeHash hash = new TradeHash();
        for (Trade trade : trades) {
            hash.identity(trade);
            sums.add(trade, hash);
        }
        return ObservedValue.of(
                new Candle(
                        "v",
                        "S",
                        SECOND,
                        START,
                        9,
                        8,
                        sums.openScaled(),
                        sums.highScaled(),
                        sums.lowScaled(),
                        sums.closeScaled(),
                        sums.volume(),
                        sums.notional(),
                        sums.trades(),
                        sums.firstTradeNanos(),
                        sums.lastTradeNanos(),
                        0,
                        RevisionReason.CLOSED,
                        true,
                        sums.digest(),
                        sums.flags(),
                        0),
                P,
                Q,
                "crypto@1");
    }

    private static List<ArchivedTrade> archived(List<Trade> trades) {
        return trades.stream()
                .map(trade -> ArchivedTrade.of("trades", trade, DedupKey.TRADE_ID))
                .toList();
    }

    private static Evidence evidence(PartitionHistories histories, List<Finding> findings) {
        return new Evidence(
                SECOND,
                Interval.SECOND_NANOS,
                10 * Interval.SECOND_NANOS,
                30 * Interval.SECOND_NANOS,
                10 * Interval.SECOND_NANOS,
                DedupKey.TRADE_ID,
                "crypto@1",
                "crypto@1",
                Map.of("candlewick", "1"),
                Map.of("candlewick", "1"),
                findings,
                histories,
                Map.of(),
                new CommitGroups());
    }

    private static Difference diagnose(
            Evidence evidence,
            @Nullable ObservedValue topic,
            @Nullable ObservedValue lake,
            @Nullable ObservedValue truth,
            List<Trade> archive) {
        Difference difference =
                Objects.requireNonNull(new ValueDiffer(5_000_000, topic != null).compare(topic, lake, truth));
        return new Diagnoser(evidence).diagnose(difference, archived(archive));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void tradesThatTheArchiveHasAsLateAreTheCause(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Trade> all = trades(random);
            List<Trade> streamed = new ArrayList<>();
            for (Trade trade : all) {
                trade.late = random.nextBoolean();
                if (!trade.late) {
                    streamed.add(trade);
                }
            }
            if (streamed.size() == all.size()) {
                continue;
            }
            ObservedValue published = value(streamed);
            Difference found =
                    diagnose(evidence(new PartitionHistories(), List.of()), published, published, value(all), all);
            assertThat(found.cause()).as("seed %s round %s", seed, round).isEqualTo(Cause.LATE);
            assertThat(found.healable()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aTradeThatIsNeitherLateNorOfAnIdlePartitionIsNoCause(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Trade> all = trades(random);
            List<Trade> streamed = new ArrayList<>(all);
            streamed.remove(random.nextInt(all.size()));
            ObservedValue published = value(streamed);
            Difference found =
                    diagnose(evidence(new PartitionHistories(), List.of()), published, published, value(all), all);
            assertThat(found.cause()).as("seed %s round %s", seed, round).isEqualTo(Cause.UNKNOWN);
            assertThat(found.healable()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aPartitionThatWasSilentWhileOthersWentOnIsIdleAndOneThatCameLaterIsNew(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            boolean idle = random.nextBoolean();
            List<Trade> all = trades(random);
            Trade turnedAway = trade(random, 1_000, 7);
            turnedAway.ingestTimeNanos = START + 60 * Interval.SECOND_NANOS;
            List<Trade> archive = new ArrayList<>(all);
            archive.add(turnedAway);
            PartitionHistories histories = new PartitionHistories();
            if (idle) {
                histories.add("trades/7", 999, START - 5 * Interval.SECOND_NANOS, START - 5 * Interval.SECOND_NANOS);
            }
            histories.add("trades/0", 1, START, START);
            long ahead = START + 50 * Interval.SECOND_NANOS;
            histories.add("trades/0", 2, ahead, ahead);
            histories.add("trades/7", 1_000, turnedAway.ingestTimeNanos, turnedAway.eventTimeNanos);
            ObservedValue published = value(all);
            Difference found = diagnose(evidence(histories, List.of()), published, published, value(archive), archive);
            assertThat(found.cause())
                    .as("seed %s round %s", seed, round)
                    .isEqualTo(idle ? Cause.IDLE : Cause.NEW_PARTITION);
            assertThat(found.healable()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        // The others went on before the new partition was found, though behind its trade in the log.
        "9, NEW_PARTITION",
        // They went on when it had been found for long: that is no reason.
        "12, UNKNOWN"
    })
    void aNewPartitionIsNotReadBeforeItIsFound(long othersAfterSeconds, Cause expected) {
        Random random = new Random(4);
        List<Trade> all = trades(random);
        Trade turnedAway = trade(random, 1_000, 7);
        turnedAway.ingestTimeNanos = START + 60 * Interval.SECOND_NANOS;
        List<Trade> archive = new ArrayList<>(all);
        archive.add(turnedAway);
        PartitionHistories histories = new PartitionHistories();
        histories.add("trades/0", 1, START, START);
        histories.add(
                "trades/0",
                2,
                turnedAway.ingestTimeNanos + othersAfterSeconds * Interval.SECOND_NANOS,
                START + 50 * Interval.SECOND_NANOS);
        histories.add("trades/7", 1_000, turnedAway.ingestTimeNanos, turnedAway.eventTimeNanos);
        ObservedValue published = value(all);
        Difference found = diagnose(evidence(histories, List.of()), published, published, value(archive), archive);
        assertThat(found.cause()).isEqualTo(expected);
        assertThat(found.healable()).isEqualTo(expected != Cause.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        // Next to each other in whole seconds, but the pause was as long as the timeout.
        "30000, IDLE",
        // The job's clock may be a little ahead of the log's.
        "29100, IDLE",
        // Too short to be left behind: the partition was there all the time.
        "28900, NEW_PARTITION",
    })
    void aPauseIsMeasuredAndNotCountedInWholeSeconds(long pauseMillis, Cause expected) {
        Random random = new Random(5);
        List<Trade> all = trades(random);
        Trade turnedAway = trade(random, 1_000, 7);
        turnedAway.ingestTimeNanos = START + 60 * Interval.SECOND_NANOS;
        List<Trade> archive = new ArrayList<>(all);
        archive.add(turnedAway);
        PartitionHistories histories = new PartitionHistories();
        long ahead = START + 50 * Interval.SECOND_NANOS;
        histories.add("trades/0", 1, START - 60 * Interval.SECOND_NANOS, START);
        histories.add("trades/0", 2, START + 2 * Interval.SECOND_NANOS, ahead);
        long before = turnedAway.ingestTimeNanos - pauseMillis * 1_000_000L;
        histories.add("trades/7", 999, before, START);
        histories.add("trades/7", 1_000, turnedAway.ingestTimeNanos, turnedAway.eventTimeNanos);
        ObservedValue published = value(all);
        Difference found = diagnose(evidence(histories, List.of()), published, published, value(archive), archive);
        assertThat(found.cause()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aTradeThatTheArchiveLacksNeedsAHoleInTheLogToBeLostAndIsNeverHealed(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Trade> streamed = trades(random);
            List<Trade> archive = new ArrayList<>(streamed);
            archive.remove(random.nextInt(archive.size()));
            ObservedValue published = value(streamed);
            Difference without = diagnose(
                    evidence(new PartitionHistories(), List.of()), published, published, value(archive), archive);
            assertThat(without.cause()).as("seed %s round %s", seed, round).isEqualTo(Cause.UNKNOWN);

            PartitionHistories histories = new PartitionHistories();
            histories.add("trades/0", 10, START, START);
            histories.add("trades/0", 12, START, START);
            histories.findHoles();
            histories.neighbour("trades/0", 10, START);
            histories.neighbour("trades/0", 12, START);
            Difference with = diagnose(evidence(histories, List.of()), published, published, value(archive), archive);
            assertThat(with.cause()).isEqualTo(Cause.LOST_IN_ARCHIVE);
            assertThat(with.healable()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anArchivedTradeWithAnotherPriceOrSizeIsFoundAndNotHealed(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Trade> streamed = trades(random);
            List<Trade> archive =
                    new ArrayList<>(streamed.stream().map(Trade::copy).toList());
            Trade changed = archive.get(random.nextInt(archive.size()));
            if (random.nextBoolean()) {
                changed.priceScaled += 1 + random.nextInt(1_000_000);
            } else {
                changed.sizeScaled += 1 + random.nextInt(1_000_000);
            }
            ObservedValue published = value(streamed);
            Difference found = diagnose(
                    evidence(new PartitionHistories(), List.of()), published, published, value(archive), archive);
            assertThat(found.cause()).as("seed %s round %s", seed, round).isEqualTo(Cause.ALTERED);
            assertThat(found.healable()).isFalse();
            assertThat(found.diagnosis().evidence().get(0)).contains("trades/" + changed.readPartition + "@");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void ofTwoValuesOfOneRevisionTheOneThatIsNotRecomputedIsAltered(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<Trade> all = trades(random);
            ObservedValue right = Objects.requireNonNull(value(all));
            ObservedValue wrong = Objects.requireNonNull(value(all.subList(0, all.size() - 1)));
            boolean topic = random.nextBoolean();
            Difference found = diagnose(
                    evidence(new PartitionHistories(), List.of()),
                    topic ? wrong : right,
                    topic ? right : wrong,
                    right,
                    all);
            assertThat(found.kind()).isEqualTo(topic ? DifferenceClass.TOPIC_DIFFERS : DifferenceClass.LAKE_DIFFERS);
            assertThat(found.cause()).as("seed %s round %s", seed, round).isEqualTo(Cause.ALTERED);
            assertThat(found.healable()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nothingIsHealedFromAnArchiveThatIsNotWhole(long seed) {
        Random random = new Random(seed);
        List<Trade> all = trades(random);
        all.get(0).late = true;
        ObservedValue published = value(all.subList(1, all.size()));
        Finding lost = new Finding(
                Finding.Code.FILE_MISSING,
                Cause.LOST_IN_ARCHIVE,
                "trades",
                "p",
                "f.parquet",
                START,
                START + 1,
                1,
                "file f.parquet is gone");
        Difference found =
                diagnose(evidence(new PartitionHistories(), List.of(lost)), published, published, value(all), all);
        assertThat(found.cause()).isEqualTo(Cause.LATE);
        assertThat(found.healable()).isFalse();
        assertThat(found.diagnosis().healReason()).contains("f.parquet");
    }
}

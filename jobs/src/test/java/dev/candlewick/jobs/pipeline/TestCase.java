package dev.candlewick.jobs.pipeline;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.vwap.VwapEmit;
import dev.candlewick.jobs.operators.LiveSettings;
import dev.candlewick.jobs.testing.Message;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.Oracle;
import dev.candlewick.testkit.oracle.OracleInterval;
import dev.candlewick.testkit.oracle.OracleQualitySettings;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.quality.QualityComparison;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Settings drawn from a number, and the histories of some seeds merged under them, with what the oracle says about them.
 *
 * <p>Histories share one job by prefixes of their venues; so a failing job is run again seed by seed.
 */
record TestCase(
        int group,
        List<Long> seeds,
        OracleSettings oracleSettings,
        PipelineSettings pipeline,
        boolean revisionsPossible,
        OracleResult expected,
        List<List<Message>> messages) {
    /**
     * Of ten groups 0 to 7 are all combinations of late, fill and scope; 8 and 9 have nothing that can revise.
     * {@code -Dcandlewick.groups=N} checks more of them.
     */
    static final int GROUPS = Integer.getInteger("candlewick.groups", 20);

    private static final int KINDS = 10;

    static final int SEEDS_PER_GROUP = 20;

    static List<Long> seedsOf(int group) {
        List<Long> seeds = new ArrayList<>();
        for (long i = 1; i <= SEEDS_PER_GROUP; i++) {
            seeds.add((long) group * SEEDS_PER_GROUP + i);
        }
        return seeds;
    }

    static TestCase of(int group, List<Long> seeds) {
        Random random = new Random(group * 7_919L + 1);
        int kind = group % KINDS;
        boolean strict = kind >= 8;
        boolean accept = !strict && (kind & 1) != 0;
        boolean carry = strict ? kind == 9 : (kind & 2) != 0;
        boolean consolidated = !strict && (kind & 4) != 0;
        Duration outOfOrderness = Duration.ofMillis(random.nextInt(4) * 700L);
        Duration lateness = strict ? Duration.ZERO : Duration.ofMillis(random.nextInt(4) * 4_000L);
        Duration horizon = Duration.ofMillis(random.nextInt(4) * 5_500L);
        String intervals = random.nextInt(4) == 0 ? "10s,1m,5m" : "1s,10s,1m,3m,5m,15m";
        int fillMax = random.nextBoolean() ? 7 : 200;
        DedupKey dedup = DedupKey.values()[Math.max(0, random.nextInt(6) - 3)];
        VwapEmit emit = VwapEmit.values()[Math.max(0, random.nextInt(4) - 1)];
        HistoryOptions options = HistoryOptions.defaults()
                .withTrades(100)
                .withPartitions(2 + random.nextInt(3), random.nextBoolean())
                .withInstruments(1 + random.nextInt(2), 1 + random.nextInt(3))
                .withTimes(outOfOrderness, lateness, horizon)
                .withLateTrades(!strict)
                .withZeroSizes(random.nextBoolean())
                .withInvalidTrades(true)
                .withLongGap(Duration.ofMinutes(4))
                .withPlace(HistoryOptions.Place.values()[random.nextInt(3)])
                .withVenuePrefix(true)
                .withIncidents(true);
        OracleQualitySettings quality =
                QualityComparison.drawn(new Random(group * 6_007L + 3)).withLevel(OracleQualitySettings.Level.FULL);
        OracleSettings oracle = options.oracleSettings()
                .withQuality(quality)
                .withIntervals(intervals.split(","))
                .withFill(carry ? OracleSettings.Fill.CARRY : OracleSettings.Fill.OMIT, fillMax)
                .withLate(accept ? OracleSettings.Late.ACCEPT : OracleSettings.Late.APPLY)
                .withDedupKey(OracleSettings.DedupKey.valueOf(dedup.name()))
                .withScope(consolidated ? OracleSettings.Scope.CONSOLIDATED : OracleSettings.Scope.VENUE)
                .withVwapEmit(OracleSettings.VwapEmit.valueOf(emit.name()));
        History history = History.merge(
                seeds.stream().map(seed -> History.random(seed, options)).toList());
        return of(group, seeds, history.partitions(), oracle, !strict && !accept);
    }

    /** Given records under the oracle's settings, which the pipeline gets as well. */
    static TestCase of(
            int group,
            List<Long> seeds,
            List<List<OracleTrade>> partitions,
            OracleSettings oracle,
            boolean revisionsPossible) {
        EngineSettings engine = new EngineSettings(
                Intervals.parse(String.join(
                        ",",
                        oracle.intervals().stream().map(OracleInterval::name).toList())),
                oracle.allowedLatenessNanos(),
                LatePolicy.valueOf(oracle.late().name()),
                DedupKey.valueOf(oracle.dedupKey().name()),
                oracle.conflictHorizonNanos(),
                FillPolicy.valueOf(oracle.fill().name()),
                oracle.fillMax(),
                VwapEmit.valueOf(oracle.vwapEmit().name()),
                QualityComparison.settings(oracle.quality()));
        OracleResult expected = Oracle.run(partitions, oracle);
        return new TestCase(
                group,
                seeds,
                oracle,
                new PipelineSettings(
                        engine, oracle.outOfOrdernessNanos(), List.of("trades"), true, LiveSettings.OFF, 100_000, 128),
                revisionsPossible,
                expected,
                Message.of(expected));
    }

    boolean consolidated() {
        return oracleSettings.scope() == OracleSettings.Scope.CONSOLIDATED;
    }

    @Override
    public String toString() {
        return "group " + group + ", seeds " + seeds + ", " + pipeline.engine() + ", out of order by "
                + pipeline.outOfOrdernessNanos() + " ns, scope " + oracleSettings.scope() + ", "
                + messages.stream().map(List::size).toList() + " messages";
    }
}

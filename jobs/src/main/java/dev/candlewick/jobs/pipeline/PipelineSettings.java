package dev.candlewick.jobs.pipeline;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.jobs.operators.Arrival;
import dev.candlewick.jobs.operators.FeedSettings;
import dev.candlewick.jobs.operators.HealedUntil;
import dev.candlewick.jobs.operators.LiveSettings;
import dev.candlewick.jobs.operators.Uids;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the graph is built from; immutable.
 *
 * @param feeds what decides the results of each feed, in the order of the ordinals that instruments carry; at least one.
 *     Intervals, the policy for late trades, fills, VWAP rows, whether quality rules run, and silence are those of the run
 * @param outOfOrdernessNanos how far behind its partition's high-water mark a trade may come without being disordered,
 *     where the job has one source
 * @param sources names of the sources in the order of their ordinals
 * @param archive whether every valid trade is passed on for the archive
 * @param live how open candles go out
 * @param instrumentsMax how many instruments the job may hold
 * @param maxParallelism maximum parallelism of every operator
 * @param arrival what the input says about the order in which trades arrived
 * @param healed how far heals have replaced what the job has published
 */
public record PipelineSettings(
        List<FeedSettings> feeds,
        long outOfOrdernessNanos,
        List<String> sources,
        boolean archive,
        LiveSettings live,
        int instrumentsMax,
        int maxParallelism,
        Arrival arrival,
        HealedUntil healed) {
    /**
     * Takes copies of the lists.
     *
     * @throws IllegalArgumentException where the feeds do not agree on what the run has once
     */
    public PipelineSettings {
        feeds = List.copyOf(feeds);
        sources = List.copyOf(sources);
        List<String> problems = new ArrayList<>();
        if (feeds.isEmpty()) {
            problems.add("feeds must be at least one, was none");
        }
        Set<String> names = new HashSet<>();
        for (FeedSettings feed : feeds) {
            if (!names.add(feed.name())) {
                problems.add("feeds must have names that are unique, was " + feed.name() + " twice");
            }
            if (!ofRun(feed.engine()).equals(ofRun(feeds.get(0).engine()))) {
                problems.add("feeds must have the same settings of the run, was " + ofRun(feed.engine()) + " in "
                        + feed.name() + " and " + ofRun(feeds.get(0).engine()) + " in "
                        + feeds.get(0).name());
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** Those of a run over a log. */
    public PipelineSettings(
            List<FeedSettings> feeds,
            long outOfOrdernessNanos,
            List<String> sources,
            boolean archive,
            LiveSettings live,
            int instrumentsMax,
            int maxParallelism) {
        this(
                feeds,
                outOfOrdernessNanos,
                sources,
                archive,
                live,
                instrumentsMax,
                maxParallelism,
                Arrival.LOG,
                HealedUntil.NONE);
    }

    /** Those of a run with one feed over a log. */
    public PipelineSettings(
            EngineSettings engine,
            long outOfOrdernessNanos,
            List<String> sources,
            boolean archive,
            LiveSettings live,
            int instrumentsMax,
            int maxParallelism) {
        this(
                List.of(new FeedSettings(Uids.DEFAULT_SOURCE, engine)),
                outOfOrdernessNanos,
                sources,
                archive,
                live,
                instrumentsMax,
                maxParallelism);
    }

    /**
     * The same for a run over an archive.
     *
     * @param otherArchive whether valid trades are passed on for another archive
     */
    public PipelineSettings over(Arrival otherArrival, boolean otherArchive) {
        return new PipelineSettings(
                feeds,
                outOfOrdernessNanos,
                sources,
                otherArchive,
                live,
                instrumentsMax,
                maxParallelism,
                otherArrival,
                healed);
    }

    /** The same for a job that must not publish again what was healed. */
    public PipelineSettings withHealed(HealedUntil until) {
        return new PipelineSettings(
                feeds, outOfOrdernessNanos, sources, archive, live, instrumentsMax, maxParallelism, arrival, until);
    }

    /** The settings of the first feed: all of them where there is one, else to be asked for what the run has once. */
    public EngineSettings engine() {
        return feeds.get(0).engine();
    }

    /** The largest allowed lateness of all feeds: when nothing on time can come any more, whatever the feed. */
    public long allowedLatenessMaxNanos() {
        return feeds.stream()
                .mapToLong(feed -> feed.engine().allowedLatenessNanos())
                .max()
                .orElseThrow();
    }

    private static List<Object> ofRun(EngineSettings engine) {
        return List.of(
                engine.intervals(),
                engine.late(),
                engine.fill(),
                engine.fillMax(),
                engine.vwapEmit(),
                engine.quality().enabled(),
                engine.quality().outliers(),
                engine.quality().silenceSeconds());
    }
}

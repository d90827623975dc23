package dev.candlewick.jobs.pipeline;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.jobs.operators.LiveSettings;
import java.util.List;

/**
 * What the graph is built from; immutable.
 *
 * @param engine what decides the results
 * @param outOfOrdernessNanos how far behind its partition's high-water mark a trade may come without being disordered
 * @param sources names of the sources in the order of their ordinals
 * @param archive whether every valid trade is passed on for the archive
 * @param live how open candles go out
 * @param instrumentsMax how many instruments the job may hold
 * @param maxParallelism maximum parallelism of every operator
 */
public record PipelineSettings(
        EngineSettings engine,
        long outOfOrdernessNanos,
        List<String> sources,
        boolean archive,
        LiveSettings live,
        int instrumentsMax,
        int maxParallelism) {
    /** Takes a copy of the list. */
    public PipelineSettings {
        sources = List.copyOf(sources);
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.EngineSettings;
import java.io.Serializable;

/**
 * What decides the results of one feed of a run; immutable. Its ordinal is its place in the run's list.
 *
 * @param name unique in the run; state speaks of it
 * @param engine what decides the results
 */
public record FeedSettings(String name, EngineSettings engine) implements Serializable {}

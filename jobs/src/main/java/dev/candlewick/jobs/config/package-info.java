/**
 * Configuration as an interface: every option with type, default, description and example, the layers it comes from, and
 * the typed result.
 *
 * <p>Connectors, Kafka and the streaming main must not be imported here; operators and the graph never import this
 * package, they are handed {@link dev.candlewick.core.engine.EngineSettings},
 * {@link dev.candlewick.core.validate.FeedRules} and {@link dev.candlewick.jobs.pipeline.PipelineSettings}.
 */
@NullMarked
package dev.candlewick.jobs.config;

import org.jspecify.annotations.NullMarked;

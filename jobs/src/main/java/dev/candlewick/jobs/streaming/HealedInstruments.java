package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.lake.HealNotes;
import dev.candlewick.connectors.lake.LakeHeals;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.operators.HealedUntil;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * What was healed in the topics that a job is going to write: by the notes in the topic {@code heals}, and by the records
 * in its lake where it has one.
 */
public final class HealedInstruments {
    private HealedInstruments() {}

    /**
     * Reads the notes.
     *
     * @param notes receives a line where a check is left out
     * @return {@link HealedUntil#NONE} where {@code republish} says that it does not matter
     * @throws IllegalStateException where they cannot be read: without them the job may undo heals
     */
    public static HealedUntil read(ResolvedConfiguration config, Consumer<String> notes) {
        String prefix = config.get(CandlewickOptions.TOPIC_PREFIX);
        Map<String, Long> until = new HashMap<>();
        config.find(CandlewickOptions.OUTPUT_LAKE)
                .ifPresent(lake -> LakeHeals.reach(Path.of(lake))
                        .getOrDefault(prefix, Map.of())
                        .forEach((instrument, reach) -> until.merge(instrument, reach.untilNanos(), Math::max)));
        Properties consumer = new Properties();
        consumer.putAll(config.kafkaProperties());
        consumer.setProperty("bootstrap.servers", StreamingStart.bootstrapServers(config));
        HealNotes.read(consumer, new OutputTopics(prefix).heals())
                .forEach((instrument, nanos) -> until.merge(instrument, nanos, Math::max));
        if (until.isEmpty()) {
            return HealedUntil.NONE;
        }
        if (config.get(CandlewickOptions.REPUBLISH)) {
            notes.accept(until.size() + " instruments have healed values; as --republish says, older state may publish"
                    + " them again without what was healed: reconcile and heal afterwards");
            return HealedUntil.NONE;
        }
        return new HealedUntil(until);
    }
}

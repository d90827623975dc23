package dev.candlewick.local.reconcile;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeRunFile;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.IdleTimeout;
import dev.candlewick.jobs.config.Setting;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The settings that a lake's run was made with, as a configuration file: a recomputation goes by them unless told otherwise.
 */
final class RunSettings {
    /** Decide which rows there are or how a cause is judged, without being part of the profile's stamp. */
    private static final Set<String> MORE = Set.of(
            "feed",
            "instruments",
            "intervals",
            "vwap.emit",
            "fill",
            "fill.max",
            "quality",
            "scope",
            "symbols",
            "topic.prefix");

    private static final String DISCOVERY_INTERVAL = "kafka.properties.partition.discovery.interval.ms";
    private static final Duration DISCOVERY_DEFAULT = Duration.ofSeconds(10);
    private static final Duration IDLE_DEFAULT = Duration.ofSeconds(30);

    private RunSettings() {}

    /**
     * The shortest silence after which a start of the lake's run went on without a partition; the default of live jobs
     * where the lake tells of none.
     */
    static Duration idleTimeout(LakeCatalog catalog, Map<String, String> configuration) {
        Stream<String> texts = Stream.concat(
                LakeRunFile.idleTimeouts(catalog).stream(),
                Stream.ofNullable(configuration.get(CandlewickOptions.SOURCE_IDLE_TIMEOUT.key())));
        return texts.map(IdleTimeout::parse)
                .map(IdleTimeout::after)
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(IDLE_DEFAULT);
    }

    /** How long the lake's run may have taken to find a new partition; nothing where it did not look for any. */
    static Duration discovery(Map<String, String> configuration) {
        String millis = configuration.get(DISCOVERY_INTERVAL);
        return millis == null ? DISCOVERY_DEFAULT : Duration.ofMillis(Math.max(0, Long.parseLong(millis)));
    }

    /**
     * Writes the file.
     *
     * @param configuration as {@code run.json} has it
     * @throws CommandFailure where the run had several sources with settings of their own
     */
    static void write(Map<String, String> configuration, Path file) {
        StringBuilder yaml = new StringBuilder();
        for (Map.Entry<String, String> entry : configuration.entrySet()) {
            String key = entry.getKey();
            if (key.startsWith("sources.")) {
                throw CommandFailure.usage(
                        "lake must be of a run with one source, was of one with several: each has settings of its own",
                        key,
                        "reconcile each source's symbols with --config and --symbols");
            }
            Setting<?> setting = CandlewickOptions.find(key);
            if (setting != null && (setting.stamped() || MORE.contains(key))) {
                yaml.append(Output.json(key))
                        .append(": ")
                        .append(Output.json(entry.getValue()))
                        .append('\n');
            }
        }
        // The recomputation writes no archive, and no live candles.
        yaml.append("archive: off\n");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.candlewick.local.reconcile;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.Setting;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

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
            "topic.prefix",
            "source.idle-timeout");

    private RunSettings() {}

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

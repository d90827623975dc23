package dev.candlewick.local.job;

import dev.candlewick.jobs.config.CommandLineArguments;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every job takes, handed on to the job's own reading of its configuration. */
public final class JobArguments {
    @Option(names = "--config", paramLabel = "F", description = "Configuration file (YAML).")
    private @Nullable String config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any option of docs/configuration.md; may be repeated.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--feed", paramLabel = "N", description = "Feed profile: crypto, futures, us-equities, or a file.")
    private @Nullable String feed;

    @Option(names = "--format", paramLabel = "F", description = "Format of the messages: csv, json, avro, binary.")
    private @Nullable String format;

    @Option(
            names = "--preset",
            paramLabel = "V",
            description = "Messages as a venue's web socket sends them: binance, coinbase, kraken.")
    private @Nullable String preset;

    @Option(names = "--fill", paramLabel = "omit|carry", description = "What happens to windows without a trade.")
    private @Nullable String fill;

    @Option(names = "--scope", paramLabel = "venue|consolidated", description = "Candles by venue or over all venues.")
    private @Nullable String scope;

    @Option(names = "--symbols", paramLabel = "S,S…", description = "Only these symbols.")
    private @Nullable String symbols;

    @Option(
            names = "--intervals",
            paramLabel = "I,I…",
            description = "Candle intervals (default: 1s,10s,1m,3m,5m,15m).")
    private @Nullable String intervals;

    /** What {@code --config} says. */
    public @Nullable String config() {
        return config;
    }

    /** Whether any of these options was given. */
    public boolean isGiven() {
        return config != null
                || !settings.isEmpty()
                || feed != null
                || format != null
                || preset != null
                || fill != null
                || scope != null
                || symbols != null
                || intervals != null;
    }

    /** What {@code --format} says. */
    @Nullable
    String format() {
        return format;
    }

    /** The arguments of the job's main. */
    public CommandLineArguments arguments(List<String> more) {
        List<String> all = new ArrayList<>();
        add(all, "--config", config);
        add(all, "--feed", feed);
        add(all, "--format", format);
        add(all, "--preset", preset);
        add(all, "--fill", fill);
        add(all, "--scope", scope);
        add(all, "--symbols", symbols);
        add(all, "--intervals", intervals);
        for (String setting : settings) {
            add(all, "--set", setting);
        }
        all.addAll(more);
        return CommandLineArguments.parse(all.toArray(String[]::new));
    }

    static void add(List<String> arguments, String name, @Nullable String value) {
        if (value != null) {
            arguments.add(name);
            arguments.add(value);
        }
    }
}

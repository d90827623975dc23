package dev.candlewick.local.verify;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What decides the rows of a lake version, as its {@code run.json} tells it; immutable.
 *
 * @param lengths lengths of the intervals in nanoseconds, finest first
 * @param names their names
 * @param bases index of the interval that each is folded from, −1 for the finest
 * @param acceptsLate whether late trades count
 * @param latenessNanos how long after its end a window takes trades
 * @param dedup what makes copies: {@code TRADE_ID}, {@code FINGERPRINT} or {@code NONE}
 * @param horizonNanos within which distance one id with two payloads is a conflict
 * @param carries whether windows without trades are filled
 * @param fillMax how many windows of a gap
 * @param vwap {@code ACTIVE}, {@code EVERY_SECOND} or {@code OFF}
 * @param consolidated whether candles are over all venues
 * @param archived whether the run archived trades of its own
 * @param priceScales decimals of prices by symbol
 * @param profile what candles and VWAP rows carry, null where it cannot be derived
 */
record WitnessSettings(
        List<Long> lengths,
        List<String> names,
        List<Integer> bases,
        boolean acceptsLate,
        long latenessNanos,
        String dedup,
        long horizonNanos,
        boolean carries,
        int fillMax,
        String vwap,
        boolean consolidated,
        boolean archived,
        ScaleRules priceScales,
        @Nullable String profile) {

    /** Length of the rolling VWAP in seconds. */
    static final int VWAP_SECONDS = 300;

    /** Thrown where {@code run.json} does not hold the configuration of a run. */
    static final class UnusableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message);
        }
    }

    /**
     * Reads the settings of a run.
     *
     * @throws UnusableException where they cannot be told
     */
    static WitnessSettings of(LakeCatalog catalog, String run) {
        Map<String, String> configuration = catalog.configuration(run);
        if (configuration.isEmpty()) {
            throw new UnusableException("run.json must hold the configuration of the run, was without one");
        }
        ResolvedConfiguration resolved;
        boolean withFeed = true;
        try {
            resolved = resolve(configuration, true);
        } catch (ConfigurationException first) {
            try {
                resolved = resolve(configuration, false);
                withFeed = false;
            } catch (ConfigurationException e) {
                throw new UnusableException("configuration of run.json must be valid, was: " + e.getMessage());
            }
        }
        List<SourceConfiguration> sources = resolved.sources();
        SourceConfiguration first = sources.get(0);
        for (SourceConfiguration other : sources) {
            if (!rules(first).equals(rules(other))) {
                throw new UnusableException("sources of one version must share scope, dedup.key, conflict.horizon and"
                        + " price.scale to be recomputed, was " + rules(first) + " and " + rules(other));
            }
        }
        List<Long> lengths = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Integer> bases = new ArrayList<>();
        resolved.intervals().asList().forEach(interval -> {
            int base = -1;
            for (int i = 0; i < lengths.size(); i++) {
                if (interval.nanos() % lengths.get(i) == 0) {
                    base = i;
                }
            }
            lengths.add(interval.nanos());
            names.add(interval.name());
            bases.add(base);
        });
        return new WitnessSettings(
                lengths,
                names,
                bases,
                resolved.late().name().equals("ACCEPT"),
                resolved.allowedLatenessNanos(),
                first.get(CandlewickOptions.DEDUP_KEY).name(),
                first.get(CandlewickOptions.CONFLICT_HORIZON).toNanos(),
                resolved.get(CandlewickOptions.FILL).name().equals("CARRY"),
                resolved.get(CandlewickOptions.FILL_MAX),
                resolved.get(CandlewickOptions.VWAP_EMIT).name(),
                String.valueOf(configuration.get("scope")).equals("consolidated"),
                resolved.get(CandlewickOptions.ARCHIVE) && !catalog.isOfArchive(run),
                first.get(CandlewickOptions.PRICE_SCALE),
                withFeed ? resolved.profileStamp() : null);
    }

    private static List<Object> rules(SourceConfiguration source) {
        return List.of(
                source.get(CandlewickOptions.SCOPE),
                source.get(CandlewickOptions.DEDUP_KEY),
                source.get(CandlewickOptions.CONFLICT_HORIZON),
                source.get(CandlewickOptions.PRICE_SCALE));
    }

    private static ResolvedConfiguration resolve(Map<String, String> configuration, boolean withFeed) {
        List<String> arguments = new ArrayList<>();
        configuration.forEach((key, value) -> {
            boolean known = CandlewickOptions.find(key) != null || key.startsWith("sources.");
            if (known && !value.isEmpty() && (withFeed || !key.equals("feed")) && !key.startsWith("kafka.")) {
                arguments.add("--set");
                arguments.add(key + "=" + value);
            }
        });
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(CommandLineArguments.parse(arguments.toArray(String[]::new)))
                .build());
    }

    /** The largest length. */
    long coarsestNanos() {
        return lengths.get(lengths.size() - 1);
    }
}

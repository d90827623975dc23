package dev.candlewick.jobs.config;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.jobs.operators.FeedSettings;
import dev.candlewick.jobs.operators.LiveSettings;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The configuration of a run: every option with its value and where it came from, checked as a whole; immutable. */
public final class ResolvedConfiguration {
    private static final int STAMP_HEX_DIGITS = 12;

    private final String feedName;
    private final Map<Setting<?>, Object> values;
    private final Map<String, ResolvedValue> origins;
    private final Map<String, String> kafkaProperties;
    private final List<SourceConfiguration> sources;

    ResolvedConfiguration(
            String feedName,
            Map<Setting<?>, Object> values,
            Map<Setting<?>, Origin> origins,
            Map<String, RawValue> kafkaProperties,
            List<SourceConfiguration> sources,
            boolean listed) {
        this.sources = List.copyOf(sources);
        this.feedName = listed
                ? sources.stream()
                        .map(SourceConfiguration::feedName)
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining("+"))
                : feedName;
        this.values = new IdentityHashMap<>(values);
        Map<String, ResolvedValue> shown = new LinkedHashMap<>();
        for (Setting<?> setting : CandlewickOptions.all()) {
            shown.put(
                    setting.key(),
                    new ResolvedValue(setting.key(), textOf(setting), origins.getOrDefault(setting, Origin.DEFAULT)));
        }
        Map<String, String> properties = new TreeMap<>();
        kafkaProperties.forEach((key, raw) -> {
            properties.put(key.substring(CandlewickOptions.KAFKA_PROPERTIES_PREFIX.length()), raw.text());
            shown.put(key, new ResolvedValue(key, Secrets.shown(key, raw.text()), raw.origin()));
        });
        for (SourceConfiguration source : sources) {
            shown.putAll(source.shown());
        }
        this.origins = Collections.unmodifiableMap(shown);
        this.kafkaProperties = Collections.unmodifiableMap(SecretReferences.withProviders(properties));
    }

    /**
     * Resolves sources by precedence: command line, environment, file, feed profile, presets of the command, default.
     *
     * @throws ConfigurationException with every problem that there is
     */
    public static ResolvedConfiguration resolve(ConfigurationSources sources) {
        return new Resolver(sources).resolve();
    }

    /**
     * The value of an option.
     *
     * @throws IllegalStateException where it has none: ask {@link #find} for options without a default, or require them
     *     in {@link ConfigurationSources}
     */
    public <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseThrow(() ->
                        new IllegalStateException("option must have a value, had none (key=" + setting.key() + ")"));
    }

    /** The value of an option, if it has one. */
    public <T> Optional<T> find(Setting<T> setting) {
        return Optional.ofNullable(valueOf(setting));
    }

    /** Whether a value other than the default was given, anywhere. */
    public boolean isGiven(Setting<?> setting) {
        return origin(setting).kind() != Origin.Kind.DEFAULT;
    }

    /** Where an option's value came from. */
    public Origin origin(Setting<?> setting) {
        ResolvedValue value = origins.get(setting.key());
        return value == null ? Origin.DEFAULT : value.origin();
    }

    /** Every option in the order of the reference, those without a value included; secrets are replaced. */
    public Map<String, ResolvedValue> origins() {
        return origins;
    }

    /**
     * Every option that has a value, as canonical text by key, for Flink's global job parameters and {@code run.json};
     * secrets are replaced.
     */
    public Map<String, String> asMap() {
        Map<String, String> texts = new LinkedHashMap<>();
        origins.forEach((key, value) -> {
            if (value.value() != null) {
                texts.put(key, value.value());
            }
        });
        return texts;
    }

    // Typed groups

    /** What decides the engine's results; of several sources, those of the first. */
    public EngineSettings engineSettings() {
        return engineSettings(sources.get(0));
    }

    /** What decides the engine's results for a source. */
    public EngineSettings engineSettings(SourceConfiguration source) {
        return new EngineSettings(
                intervals(),
                source.allowedLateness().toNanos(),
                late(),
                source.get(CandlewickOptions.DEDUP_KEY),
                source.get(CandlewickOptions.CONFLICT_HORIZON).toNanos(),
                get(CandlewickOptions.FILL),
                get(CandlewickOptions.FILL_MAX),
                get(CandlewickOptions.VWAP_EMIT),
                qualitySettings(source));
    }

    private QualitySettings qualitySettings(SourceConfiguration source) {
        QualityLevel level = get(CandlewickOptions.QUALITY);
        return new QualitySettings(
                level != QualityLevel.OFF,
                level == QualityLevel.FULL,
                source.get(CandlewickOptions.OUTLIER_RULE),
                source.get(CandlewickOptions.OUTLIER_SCOPE),
                source.get(CandlewickOptions.OUTLIER_THRESHOLD),
                source.get(CandlewickOptions.GAP_SEQUENCE),
                source.get(CandlewickOptions.STALE_TRADES),
                source.get(CandlewickOptions.STALE_DURATION).toNanos(),
                (int) get(CandlewickOptions.SILENCE).toSeconds());
    }

    /** What messages must obey and how instruments are made. */
    public FeedRules feedRules() {
        return feedRules(sources.get(0));
    }

    /** What the messages of a source must obey and how its instruments are made. */
    public FeedRules feedRules(SourceConfiguration source) {
        return source.feedRules(get(CandlewickOptions.SYMBOLS), sources.indexOf(source));
    }

    /** The sources, at least one; a bounded run over files has exactly one. */
    public List<SourceConfiguration> sources() {
        return sources;
    }

    /**
     * What the graph is built from.
     *
     * @param sources names of the sources in the order of their ordinals
     * @param bounded whether the input ends
     * @param live whether this run may have live candles; they also need the option {@code live} and an input without end
     * @throws ConfigurationException where late trades are accepted though the input does not end
     */
    public PipelineSettings pipelineSettings(List<String> sources, boolean bounded, boolean live) {
        if (!bounded && late() == LatePolicy.ACCEPT) {
            throw new ConfigurationException(List.of("late must be apply where the input has no end, was 'accept' ("
                    + origin(CandlewickOptions.LATE) + "; example: late=apply)"));
        }
        boolean isLive = live && !bounded && get(CandlewickOptions.LIVE);
        return new PipelineSettings(
                this.sources.stream()
                        .map(source -> new FeedSettings(source.name(), engineSettings(source)))
                        .toList(),
                outOfOrdernessNanos(),
                sources,
                archive(),
                isLive ? new LiveSettings(true, get(CandlewickOptions.LIVE_MAX_RATE)) : LiveSettings.OFF,
                get(CandlewickOptions.INSTRUMENTS_MAX),
                maxParallelism());
    }

    // Single values that the mains need

    /** The name of the feed profile; of several sources their different ones, joined by {@code +}. */
    public String feedName() {
        return feedName;
    }

    /** Flink's runtime mode. */
    public RunMode mode() {
        return get(CandlewickOptions.MODE);
    }

    /** Whether the input ends: batch mode, files, or an end of the source topics. */
    public boolean isBounded() {
        return mode() == RunMode.BATCH || input().isPresent() || until().kind() != SourceOffsets.Kind.NEVER;
    }

    /** How trades are written in the input. */
    public InputFormat format() {
        return get(CandlewickOptions.FORMAT);
    }

    /** File or folder of a bounded run. */
    public Optional<String> input() {
        return find(CandlewickOptions.INPUT);
    }

    /** The lake that this run writes: that of a bounded run ({@code output}), else that of the streaming job. */
    public Optional<String> lake() {
        return find(CandlewickOptions.OUTPUT).or(() -> find(CandlewickOptions.OUTPUT_LAKE));
    }

    /** Whether valid trades are archived: the option, where the run has a lake. */
    public boolean archive() {
        return get(CandlewickOptions.ARCHIVE) && lake().isPresent();
    }

    /** The candle intervals. */
    public Intervals intervals() {
        return get(CandlewickOptions.INTERVALS);
    }

    /** What the verdict late does. */
    public LatePolicy late() {
        return get(CandlewickOptions.LATE);
    }

    /** How far behind its partition's largest event time a trade may come; of several sources, that of the first. */
    public long outOfOrdernessNanos() {
        return sources.get(0).outOfOrderness().toNanos();
    }

    /** How long after its end a window takes trades; of several sources, that of the first. */
    public long allowedLatenessNanos() {
        return sources.get(0).allowedLateness().toNanos();
    }

    /** Topics with trades that are named in full; further ones may match a pattern. */
    public List<String> sourceTopics() {
        return sources.stream().flatMap(source -> source.namedTopics().stream()).toList();
    }

    /** Where a job without state starts to read. */
    public SourceOffsets startOffsets() {
        return get(CandlewickOptions.SOURCE_START_OFFSETS);
    }

    /** Where the source topics end for this run. */
    public SourceOffsets until() {
        return get(CandlewickOptions.SOURCE_UNTIL);
    }

    /** After which silence a partition no longer holds event time back; empty for never. */
    public Optional<Duration> idleTimeout() {
        return Optional.ofNullable(get(CandlewickOptions.SOURCE_IDLE_TIMEOUT).after());
    }

    /** First nanosecond of the range to publish, if it has a beginning. */
    public Optional<Long> fromNanos() {
        return find(CandlewickOptions.FROM);
    }

    /** First nanosecond behind the range to publish, if it has an end. */
    public Optional<Long> toNanos() {
        return find(CandlewickOptions.TO);
    }

    /**
     * How much before and behind the range to publish is read: what {@code lead-in} says, but never less than lateness and
     * disorder (twice), the conflict horizon, the rolling VWAP, a whole minute of quality and the finest window need.
     */
    public long leadNanos() {
        SourceConfiguration source = sources.get(0);
        Duration least = source.outOfOrderness()
                .plus(source.allowedLateness())
                .multipliedBy(2)
                .plus(source.get(CandlewickOptions.CONFLICT_HORIZON))
                .plus(Duration.ofMinutes(7))
                .plusNanos(intervals().finest().nanos());
        Duration given = get(CandlewickOptions.LEAD_IN);
        return (given.compareTo(least) > 0 ? given : least).toNanos();
    }

    /** How many whole instruments to take, if not all. */
    public Optional<Integer> sample() {
        return find(CandlewickOptions.SAMPLE);
    }

    /** The brokers. */
    public Optional<String> kafkaBootstrapServers() {
        return find(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS);
    }

    /**
     * Properties for the Kafka clients, by their own names: not for display. Secrets are in them as they were given; what is
     * a reference stays one, see {@link SecretReferences}.
     */
    public Map<String, String> kafkaProperties() {
        return kafkaProperties;
    }

    /** The full name of a topic that is written. */
    public String topic(String name) {
        return get(CandlewickOptions.TOPIC_PREFIX) + name;
    }

    /** Decimals of prices in the lake (P). */
    public int lakePriceScale() {
        return largest(Resolver.LAKE_PRICE_SCALE_MIN, CandlewickOptions.PRICE_SCALE);
    }

    /** Decimals of sizes in the lake (Q). */
    public int lakeSizeScale() {
        return largest(Resolver.LAKE_SIZE_SCALE_MIN, CandlewickOptions.SIZE_SCALE);
    }

    private int largest(int least, Setting<ScaleRules> setting) {
        return sources.stream()
                .mapToInt(source -> Resolver.largest(source.get(setting)))
                .reduce(least, Math::max);
    }

    /** Parallelism: what was given, else the number of cores of the machine that resolved this. */
    public int parallelism() {
        return get(CandlewickOptions.PARALLELISM);
    }

    /** The number of key groups. */
    public int maxParallelism() {
        return get(CandlewickOptions.MAX_PARALLELISM);
    }

    // The profile stamp

    /**
     * What every candle carries as {@code profile}: {@code <feed name>@<hash>}, where the hash is the first
     * {@value #STAMP_HEX_DIGITS} hexadecimal digits of SHA-256 over {@link #stampSettings()}, one {@code key=value} a line.
     */
    public String profileStamp() {
        StringBuilder text = new StringBuilder();
        stampSettings()
                .forEach((key, value) ->
                        text.append(key).append('=').append(value).append('\n'));
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return feedName + '@' + HexFormat.of().formatHex(hash).substring(0, STAMP_HEX_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 must exist on every Java platform", e);
        }
    }

    /**
     * The settings that decide what a candle or a VWAP row says, by key.
     *
     * <p>Not among them: what chooses whole rows (symbols, coarser intervals, {@code vwap.emit}), where results go, and
     * how the job runs, so that runs that must agree carry the same stamp. {@code late} is left out as well: the batch
     * truth takes late trades and is compared with the stream that turns them away; {@code run.json} holds it.
     */
    public SortedMap<String, String> stampSettings() {
        SortedMap<String, String> settings = new TreeMap<>();
        for (Setting<?> setting : CandlewickOptions.all()) {
            String text = textOf(setting);
            if (setting.stamped() && text != null) {
                settings.put(setting.key(), text);
            }
        }
        settings.put(
                CandlewickOptions.INSTRUMENTS.key(),
                OptionTypes.joinList(
                        get(CandlewickOptions.INSTRUMENTS).stream().sorted().toList()));
        if (sources.size() > 1) {
            for (Setting<?> setting : SourcesResolver.BY_SOURCE) {
                settings.remove(setting.key());
            }
            for (SourceConfiguration source : sources) {
                source.stampSettings()
                        .forEach((key, value) -> settings.put("sources." + source.name() + '.' + key, value));
            }
        }
        settings.put(
                CandlewickOptions.INTERVALS.key(),
                OptionTypes.format(Duration.ofNanos(intervals().finest().nanos())));
        settings.remove(CandlewickOptions.QUALITY.key());
        for (SourceConfiguration source : sources) {
            settings.put(
                    (sources.size() > 1 ? "sources." + source.name() + '.' : "") + CandlewickOptions.QUALITY.key(),
                    get(CandlewickOptions.QUALITY) == QualityLevel.FULL ? source.outliersText() : "no outliers");
        }
        return settings;
    }

    @SuppressWarnings("unchecked")
    private <T> @Nullable T valueOf(Setting<T> setting) {
        return (T) values.get(setting);
    }

    private <T> @Nullable String textOf(Setting<T> setting) {
        T value = valueOf(setting);
        return value == null
                ? null
                : Secrets.shown(setting.key(), setting.type().format(value));
    }
}

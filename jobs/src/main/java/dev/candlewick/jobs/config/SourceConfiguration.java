package dev.candlewick.jobs.config;

import dev.candlewick.core.validate.FeedRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One source of a job: its topics, how its messages are written, and the rules of its feed; immutable.
 *
 * <p>A job without the key {@code sources} has one, made of the options of the run.
 */
public final class SourceConfiguration {
    /** The name of a source that has none: the only one, or the first of a list. */
    public static final String DEFAULT_NAME = "trades";

    private final String name;
    private final List<String> topics;
    private final String feedName;
    private final Map<Setting<?>, Object> values;
    private final Map<Setting<?>, Origin> origins;
    private final Map<String, ResolvedValue> shown;

    SourceConfiguration(
            String name,
            List<String> topics,
            String feedName,
            Map<Setting<?>, Object> values,
            Map<Setting<?>, Origin> origins,
            Map<String, ResolvedValue> shown) {
        this.name = name;
        this.topics = List.copyOf(topics);
        this.feedName = feedName;
        this.values = new IdentityHashMap<>(values);
        this.origins = new IdentityHashMap<>(origins);
        this.shown = new LinkedHashMap<>(shown);
    }

    /** Its name, from which the uids of its operators are made; unique in the job. */
    public String name() {
        return name;
    }

    /** Its topics; in those with a {@code *} that stands for any text. */
    public List<String> topics() {
        return topics;
    }

    /** The topics that are named in full. */
    public List<String> namedTopics() {
        return topics.stream().filter(topic -> !TopicPattern.isPattern(topic)).toList();
    }

    /** Whether topics may be found while the job runs. */
    public boolean hasPattern() {
        return topics.stream().anyMatch(TopicPattern::isPattern);
    }

    /** The name of its feed profile. */
    public String feedName() {
        return feedName;
    }

    /** How its messages are written. */
    public InputFormat format() {
        return get(CandlewickOptions.FORMAT);
    }

    /** Whose names its messages use. */
    public MessagePreset preset() {
        return get(CandlewickOptions.PRESET);
    }

    /** The venue of messages that do not say it; empty for the preset's own name. */
    public String presetVenue() {
        String venue = find(CandlewickOptions.PRESET_VENUE);
        return venue == null ? "" : venue;
    }

    /** How far behind its partition's largest event time a trade may come. */
    public Duration outOfOrderness() {
        return get(CandlewickOptions.OUT_OF_ORDERNESS);
    }

    /** How long after its end a window takes its trades. */
    public Duration allowedLateness() {
        return get(CandlewickOptions.ALLOWED_LATENESS);
    }

    /**
     * What its messages must obey and how its instruments are made.
     *
     * @param ordinal its place in the list of sources
     */
    FeedRules feedRules(List<String> selectedSymbols, int ordinal) {
        List<String> instruments = get(CandlewickOptions.INSTRUMENTS);
        return FeedRules.builder()
                .priceScales(get(CandlewickOptions.PRICE_SCALE))
                .sizeScales(get(CandlewickOptions.SIZE_SCALE))
                .zeroSizeAllowed(get(CandlewickOptions.SIZE_ZERO))
                .eventTimeRange(get(CandlewickOptions.EVENT_TIME_MIN), get(CandlewickOptions.EVENT_TIME_MAX))
                .futureToleranceNanos(get(CandlewickOptions.FUTURE_TOLERANCE).toNanos())
                .timeJumpNanos(get(CandlewickOptions.TIME_JUMP).toNanos())
                .knownSymbols(instruments.isEmpty() ? null : instruments)
                .selectedSymbols(selectedSymbols.isEmpty() ? null : selectedSymbols)
                .scope(get(CandlewickOptions.SCOPE))
                .messageBytesMax(get(CandlewickOptions.MESSAGE_MAX_BYTES))
                .feed(ordinal)
                .feedName(feedName)
                .build();
    }

    /** The value of an option that each source has its own of. */
    public <T> T get(Setting<T> setting) {
        T value = find(setting);
        if (value == null) {
            throw new IllegalStateException("option must have a value, had none (key=" + setting.key() + ")");
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    <T> @Nullable T find(Setting<T> setting) {
        return (T) values.get(setting);
    }

    Map<Setting<?>, Object> values() {
        return values;
    }

    Origin origin(Setting<?> setting) {
        return origins.getOrDefault(setting, Origin.DEFAULT);
    }

    /** Its options as they are shown, by key behind {@code sources.N.}; empty for the source of the run's own options. */
    Map<String, ResolvedValue> shown() {
        return shown;
    }

    /** What of it decides what a candle says, by key. */
    SortedMap<String, String> stampSettings() {
        SortedMap<String, String> settings = new TreeMap<>();
        values.forEach((setting, value) -> {
            if (setting.stamped() && SourcesResolver.BY_SOURCE.contains(setting)) {
                settings.put(
                        setting.key(),
                        setting == CandlewickOptions.INSTRUMENTS
                                ? OptionTypes.joinList(get(CandlewickOptions.INSTRUMENTS).stream()
                                        .sorted()
                                        .toList())
                                : text(setting, value));
            }
        });
        return settings;
    }

    /** How outliers are looked for in it, for the stamp. */
    String outliersText() {
        return "outliers " + textOf(CandlewickOptions.OUTLIER_RULE) + " " + textOf(CandlewickOptions.OUTLIER_SCOPE)
                + " " + textOf(CandlewickOptions.OUTLIER_THRESHOLD);
    }

    private <T> String textOf(Setting<T> setting) {
        return setting.type().format(get(setting));
    }

    @SuppressWarnings("unchecked")
    private static <T> String text(Setting<T> setting, Object value) {
        return setting.type().format((T) value);
    }

    /**
     * The topics that this source reads, where a topic belongs to the first source that names or matches it and the job
     * never reads what it writes.
     *
     * @param all the sources of the job in their order
     * @param written the topics that the job writes
     */
    public Pattern subscription(List<SourceConfiguration> all, List<String> written) {
        List<String> others = new ArrayList<>(written);
        for (SourceConfiguration other : all) {
            if (other == this) {
                break;
            }
            others.addAll(other.topics);
        }
        // A topic that is named in full belongs there, wherever a pattern that matches it stands.
        for (SourceConfiguration other : all) {
            if (other != this) {
                others.addAll(other.namedTopics());
            }
        }
        List<String> own = namedTopics();
        String patterns = topics.stream()
                .filter(TopicPattern::isPattern)
                .map(TopicPattern::expression)
                .collect(Collectors.joining("|"));
        String excluded = others.stream().map(TopicPattern::expression).collect(Collectors.joining("|"));
        String named = own.stream().map(TopicPattern::expression).collect(Collectors.joining("|"));
        String found = patterns.isEmpty()
                ? ""
                : (excluded.isEmpty() ? "" : "(?!(?:" + excluded + ")$)") + "(?:" + patterns + ")";
        return Pattern.compile(
                named.isEmpty() ? found : found.isEmpty() ? "(?:" + named + ")" : "(?:" + named + ")|" + found);
    }

    @Override
    public String toString() {
        return name + " " + topics;
    }
}

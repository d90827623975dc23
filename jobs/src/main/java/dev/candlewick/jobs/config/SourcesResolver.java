package dev.candlewick.jobs.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sources of a job from keys {@code sources.N.…} and finds everything that is wrong with them; used once.
 *
 * <p>For each source, strongest first: its own keys, the run's command line, environment and file, its feed profile, the
 * command's presets, the defaults.
 */
final class SourcesResolver {
    /** What a source may set beside the options marked F. */
    static final String NAME = "name";

    static final String TOPIC = "topic";

    private static final Pattern KEY = Pattern.compile("sources\\.(0|[1-9][0-9]{0,2})\\.(.+)");
    private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern TOPICS = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._*-]{1,249}");

    /** Options that each source has its own of; a job has one value of all others. */
    static final Set<Setting<?>> BY_SOURCE = Set.of(
            CandlewickOptions.FORMAT,
            CandlewickOptions.PRESET,
            CandlewickOptions.PRESET_VENUE,
            CandlewickOptions.INSTRUMENTS,
            CandlewickOptions.PRICE_SCALE,
            CandlewickOptions.SIZE_SCALE,
            CandlewickOptions.SIZE_ZERO,
            CandlewickOptions.EVENT_TIME_MIN,
            CandlewickOptions.EVENT_TIME_MAX,
            CandlewickOptions.FUTURE_TOLERANCE,
            CandlewickOptions.TIME_JUMP,
            CandlewickOptions.MESSAGE_MAX_BYTES,
            CandlewickOptions.OUT_OF_ORDERNESS,
            CandlewickOptions.SCOPE);

    private final List<String> problems;
    private final Path workingDirectory;
    private final Set<Setting<?>> broken;

    SourcesResolver(List<String> problems, Path workingDirectory, Set<Setting<?>> broken) {
        this.problems = problems;
        this.workingDirectory = workingDirectory;
        this.broken = broken;
    }

    /** Whether a key is one of a source's. */
    static boolean isKey(String key) {
        return KEY.matcher(key).matches();
    }

    /** The part of a source's key behind {@code sources.N.} where it is known; else null. */
    static boolean isKnown(String key) {
        Matcher matcher = KEY.matcher(key);
        return matcher.matches() && subkeys().contains(matcher.group(2));
    }

    static List<String> subkeys() {
        List<String> keys = new ArrayList<>(List.of(NAME, TOPIC, CandlewickOptions.FEED.key()));
        CandlewickOptions.all().stream()
                .filter(Setting::ofFeed)
                .map(Setting::key)
                .forEach(keys::add);
        return keys;
    }

    /**
     * The sources.
     *
     * @param own the layers of the run, strongest first, without profile and presets
     * @param presets of the command
     * @return empty where no source is given
     */
    List<SourceConfiguration> resolve(List<Layer> own, Layer presets) {
        Map<Integer, Layer> bySource = new TreeMap<>();
        for (Layer layer : own) {
            layer.values().forEach((key, raw) -> {
                Matcher matcher = KEY.matcher(key);
                if (matcher.matches()) {
                    Layer source =
                            bySource.computeIfAbsent(Integer.valueOf(matcher.group(1)), index -> new Layer(problems));
                    if (source.get(matcher.group(2)) == null) {
                        source.put(new RawValue(matcher.group(2), raw.text(), raw.origin()));
                    }
                }
            });
        }
        int expected = 0;
        for (int index : bySource.keySet()) {
            if (index != expected++) {
                problems.add("sources must be numbered from 0 on without a hole, was sources." + index
                        + " without sources." + (expected - 1));
                break;
            }
        }
        List<SourceConfiguration> sources = new ArrayList<>();
        bySource.forEach((index, layer) -> sources.add(source(index, layer, own, presets)));
        checkNames(sources);
        checkTopics(sources);
        return sources;
    }

    private SourceConfiguration source(int index, Layer keys, List<Layer> own, Layer presets) {
        String prefix = "sources." + index + ".";
        Map<String, ResolvedValue> shown = new LinkedHashMap<>();
        List<String> topics = topics(prefix, keys);
        RawValue nameGiven = keys.get(NAME);
        String name = nameGiven != null
                ? nameGiven.text()
                : index == 0 || topics.isEmpty()
                        ? SourceConfiguration.DEFAULT_NAME
                        : String.join("+", topics).replace("*", "-").replace("+", "--");
        if (nameGiven != null && !NAMES.matcher(name).matches()) {
            problems.add(prefix + NAME + " must be at most 100 letters, digits, dots, dashes and underscores, was '"
                    + name + "' (" + nameGiven.origin() + "; example: name: binance)");
        }
        shown.put(
                prefix + NAME,
                new ResolvedValue(prefix + NAME, name, nameGiven == null ? Origin.DEFAULT : nameGiven.origin()));
        RawValue topic = keys.get(TOPIC);
        shown.put(
                prefix + TOPIC,
                new ResolvedValue(
                        prefix + TOPIC, OptionTypes.joinList(topics), topic == null ? Origin.DEFAULT : topic.origin()));
        RawValue feed = new RawValue(
                CandlewickOptions.FEED.key(), String.valueOf(CandlewickOptions.FEED.defaultValue()), Origin.DEFAULT);
        List<Layer> before = new ArrayList<>(List.of(keys));
        before.addAll(own);
        before.add(presets);
        for (Layer layer : before) {
            RawValue raw = layer.get(CandlewickOptions.FEED.key());
            if (raw != null && !raw.text().isEmpty()) {
                feed = raw;
                break;
            }
        }
        // Problems of a profile that the run names too have been told.
        boolean known = keys.get(CandlewickOptions.FEED.key()) == null;
        Layer profile = new Layer(known ? new ArrayList<>() : problems);
        String feedName = FeedProfiles.load(feed, workingDirectory, profile);
        if (!known) {
            for (RawValue raw : profile.values().values()) {
                Setting<?> setting = CandlewickOptions.find(raw.key());
                if (setting == null) {
                    problems.add(raw.key() + " must be an option, was unknown (" + raw.origin() + ")");
                } else if (!setting.ofFeed()) {
                    problems.add(raw.key() + " must be set for a run, not in a feed profile, was '"
                            + Secrets.shown(raw.key(), raw.text()) + "' (" + raw.origin() + ")");
                }
            }
        }
        shown.put(
                prefix + CandlewickOptions.FEED.key(),
                new ResolvedValue(prefix + CandlewickOptions.FEED.key(), feed.text(), feed.origin()));
        List<Layer> layers = new ArrayList<>(List.of(keys));
        layers.addAll(own);
        layers.add(profile);
        layers.add(presets);
        Map<Setting<?>, Object> values = new HashMap<>();
        Map<Setting<?>, Origin> origins = new HashMap<>();
        for (Setting<?> setting : CandlewickOptions.all()) {
            if (setting.ofFeed()) {
                resolve(prefix, setting, layers, keys, values, origins, shown);
            }
        }
        SourceConfiguration source = new SourceConfiguration(
                name, topics, feedName == null ? feed.text() : feedName, values, origins, shown);
        checkRelations(prefix, source);
        return source;
    }

    private List<String> topics(String prefix, Layer keys) {
        RawValue topic = keys.get(TOPIC);
        if (topic == null || topic.text().isEmpty()) {
            problems.add(prefix + TOPIC + " must be given, was missing (example: topic: trades.binance.*)");
            return List.of();
        }
        List<String> topics = OptionTypes.splitList(topic.text());
        for (String name : topics) {
            if (!TOPICS.matcher(name).matches()) {
                problems.add(
                        prefix + TOPIC + " must list topics, separated by commas: letters, digits, dots, dashes and"
                                + " underscores, and * for any text, was '" + topic.text() + "' (" + topic.origin()
                                + "; example: topic: trades.binance.*)");
                return List.of();
            }
        }
        return topics;
    }

    private <T> void resolve(
            String prefix,
            Setting<T> setting,
            List<Layer> layers,
            Layer keys,
            Map<Setting<?>, Object> values,
            Map<Setting<?>, Origin> origins,
            Map<String, ResolvedValue> shown) {
        T value = setting.defaultValue();
        Origin origin = Origin.DEFAULT;
        for (int i = layers.size() - 1; i >= 0; i--) {
            RawValue raw = layers.get(i).get(setting.key());
            if (raw == null || (broken.contains(setting) && layers.get(i) != keys)) {
                continue;
            }
            try {
                if (raw.text().isEmpty() && !setting.type().takesEmpty()) {
                    throw new OptionType.InvalidValueException();
                }
                value = setting.type().parse(raw.text(), value);
                origin = raw.origin();
            } catch (OptionType.InvalidValueException e) {
                String suggestion =
                        Suggestions.didYouMean(raw.text(), setting.type().values());
                String problem = prefix + setting.key() + " must "
                        + e.ruleOr(setting.type().rule()) + ", was '" + raw.text() + "' (" + raw.origin()
                        + (suggestion.isEmpty() ? "" : "; " + suggestion) + "; example: " + setting.key() + "="
                        + setting.example() + ")";
                if (!problems.contains(problem)) {
                    problems.add(problem);
                }
            }
        }
        if (value != null) {
            values.put(setting, value);
        }
        origins.put(setting, origin);
        if (BY_SOURCE.contains(setting) || keys.get(setting.key()) != null) {
            String text = value == null ? null : setting.type().format(value);
            shown.put(prefix + setting.key(), new ResolvedValue(prefix + setting.key(), text, origin));
        }
    }

    private void checkRelations(String prefix, SourceConfiguration source) {
        String where = " (source " + source.name() + ")";
        if (source.get(CandlewickOptions.EVENT_TIME_MIN) > source.get(CandlewickOptions.EVENT_TIME_MAX)) {
            problems.add(
                    prefix + CandlewickOptions.EVENT_TIME_MIN.key() + " must not lie after event.time.max" + where);
        }
        if (source.format() == InputFormat.PARQUET) {
            problems.add(prefix + "format must be csv, json, avro or binary for a topic, was 'parquet' ("
                    + source.origin(CandlewickOptions.FORMAT) + "; example: format=binary)");
        }
        if (source.preset() != MessagePreset.NONE && source.format() != InputFormat.JSON) {
            problems.add(prefix + "preset must be none where the format is not json, was '"
                    + CandlewickOptions.PRESET.type().format(source.preset()) + "' with "
                    + CandlewickOptions.FORMAT.type().format(source.format()) + " ("
                    + source.origin(CandlewickOptions.PRESET) + "; example: format=json)");
        }
    }

    private void checkNames(List<SourceConfiguration> sources) {
        Set<String> names = new HashSet<>();
        for (SourceConfiguration source : sources) {
            if (!names.add(source.name())) {
                problems.add("sources must have names that are unique, was '" + source.name()
                        + "' twice (example: name: binance)");
            }
        }
    }

    /** No topic may be read twice: it would be counted twice. */
    private void checkTopics(List<SourceConfiguration> sources) {
        Map<String, SourceConfiguration> owners = new HashMap<>();
        for (SourceConfiguration source : sources) {
            for (String topic : source.topics()) {
                SourceConfiguration owner = owners.putIfAbsent(topic, source);
                if (owner != null) {
                    problems.add("sources must not share a topic, was '" + topic + "' in " + owner.name() + " and "
                            + source.name());
                }
            }
        }
    }

    /**
     * The value that all sources must agree on, since the job keeps one state for all.
     *
     * @return the first source, whose value counts; null where there is none, or where they differ, which is told
     */
    @Nullable
    SourceConfiguration agreed(Setting<?> setting, List<SourceConfiguration> sources) {
        if (sources.isEmpty()) {
            return null;
        }
        SourceConfiguration first = sources.get(0);
        for (SourceConfiguration other : sources) {
            Object value = other.values().get(setting);
            if (value != null && !value.equals(first.values().get(setting))) {
                problems.add(setting.key() + " must be the same for all sources of a job, was " + told(setting, first)
                        + " and " + told(setting, other) + "; set it for the run (example: " + setting.key() + "="
                        + setting.example() + ")");
                return null;
            }
        }
        return first;
    }

    private static <T> String told(Setting<T> setting, SourceConfiguration source) {
        T value = source.find(setting);
        return "'" + (value == null ? "" : setting.type().format(value)) + "' in " + source.name() + " ("
                + source.origin(setting) + ")";
    }
}

package dev.candlewick.jobs.config;

import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.validate.ScaleRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings the layers together and finds everything that is wrong; used once, by one thread. */
final class Resolver {
    /** Least decimals of prices and sizes in a lake, and the most of their product (design section 3). */
    static final int LAKE_PRICE_SCALE_MIN = 12;

    static final int LAKE_SIZE_SCALE_MIN = 8;
    private static final int LAKE_NOTIONAL_SCALE_MAX = 30;

    /** How long a restart may take within the transaction timeout. */
    private static final Duration RESTART_MAX = Duration.ofMinutes(1);

    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);

    /** Variables that belong to the launcher and to the command line. */
    private static final Set<String> RESERVED_VARIABLES = Set.of(
            "CANDLEWICK_HOME",
            "CANDLEWICK_CONFIG",
            "CANDLEWICK_JAVA_OPTS",
            "CANDLEWICK_KAFKA",
            "CANDLEWICK_KAFKA_OPTS",
            "CANDLEWICK_LOG",
            "CANDLEWICK_MAVEN_OPTS",
            "CANDLEWICK_SKIP_BUILD");
    /** Kubernetes puts these into every container of a namespace with a service whose name begins with candlewick. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("CANDLEWICK_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_.*)?)?)");

    private static final String CONFIG_VARIABLE = "CANDLEWICK_CONFIG";

    /** Properties of the Kafka clients that belong to the job, and what to set instead. */
    private static final Map<String, String> OWN_KAFKA_PROPERTIES = Map.ofEntries(
            Map.entry("bootstrap.servers", "kafka.bootstrap.servers"),
            Map.entry("group.id", "kafka.group.id"),
            Map.entry("transactional.id", "kafka.transactional-id-prefix"),
            Map.entry("transaction.timeout.ms", "kafka.transaction.timeout"),
            Map.entry("auto.offset.reset", "source.start-offsets"),
            Map.entry("isolation.level", ""),
            Map.entry("enable.auto.commit", ""),
            Map.entry("enable.idempotence", ""),
            Map.entry("acks", ""),
            Map.entry("key.deserializer", ""),
            Map.entry("value.deserializer", ""),
            Map.entry("key.serializer", ""),
            Map.entry("value.serializer", ""));

    private final ConfigurationSources sources;
    private final List<String> problems = new ArrayList<>();
    /** Strongest first. */
    private final List<Layer> layers = new ArrayList<>();

    private final Map<Setting<?>, Object> values = new LinkedHashMap<>();
    private final Map<Setting<?>, Origin> origins = new LinkedHashMap<>();
    private final Map<String, RawValue> kafkaProperties = new TreeMap<>();
    /** The sources that are given one by one. */
    private List<SourceConfiguration> listed = List.of();
    /** Options with a problem of their own: nothing is said about their relations. */
    private final Set<Setting<?>> broken = new HashSet<>();

    Resolver(ConfigurationSources sources) {
        this.sources = sources;
    }

    ResolvedConfiguration resolve() {
        problems.addAll(sources.commandLine().problems());
        Layer presets = new Layer(problems);
        sources.presets()
                .forEach((key, text) -> presets.put(new RawValue(key, text, new Origin(Origin.Kind.COMMAND, null))));
        layers.add(sources.commandLine().layer());
        layers.add(environmentLayer());
        layers.add(fileLayer());
        layers.add(presets);
        for (Layer layer : layers) {
            checkKeys(layer);
        }
        List<Layer> own = List.copyOf(layers.subList(0, layers.indexOf(presets)));
        String feedName = resolveFeed(presets);
        for (Setting<?> setting : CandlewickOptions.all()) {
            resolve(setting);
        }
        resolveSources(own, presets);
        resolveKafkaProperties();
        deriveDefaults();
        checkRequired();
        checkRelations();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return new ResolvedConfiguration(feedName, values, origins, kafkaProperties, sourceList(feedName), isList());
    }

    /** Makes the sources; what they agree on counts for the run, and so does all of a single one. */
    private void resolveSources(List<Layer> own, Layer presets) {
        SourcesResolver resolver = new SourcesResolver(problems, sources.workingDirectory(), broken);
        listed = resolver.resolve(own, presets);
        for (Setting<?> setting : CandlewickOptions.all()) {
            if (!setting.ofFeed() || listed.isEmpty()) {
                continue;
            }
            SourceConfiguration agreed = SourcesResolver.BY_SOURCE.contains(setting)
                    ? listed.size() == 1 ? listed.get(0) : null
                    : resolver.agreed(setting, listed);
            Object value = agreed == null ? null : agreed.values().get(setting);
            if (agreed != null && value != null && !broken.contains(setting)) {
                values.put(setting, value);
                origins.put(setting, agreed.origin(setting));
            }
        }
    }

    private boolean isList() {
        return !listed.isEmpty();
    }

    private List<SourceConfiguration> sourceList(String feedName) {
        return listed.isEmpty()
                ? List.of(new SourceConfiguration(
                        SourceConfiguration.DEFAULT_NAME,
                        get(CandlewickOptions.SOURCE_TOPIC),
                        feedName,
                        values,
                        origins,
                        Map.of()))
                : listed;
    }

    private Layer environmentLayer() {
        Layer layer = new Layer(problems);
        Map<String, String> keyByVariable = new TreeMap<>();
        CandlewickOptions.all().forEach(setting -> keyByVariable.put(setting.environmentVariable(), setting.key()));
        String propertiesPrefix = Setting.environmentVariable(CandlewickOptions.KAFKA_PROPERTIES_PREFIX);
        new TreeMap<>(sources.environment()).forEach((variable, given) -> {
            String text = given.strip();
            if (!variable.startsWith(ConfigurationSources.ENVIRONMENT_PREFIX)
                    // What compose files make of a variable that is not set.
                    || text.isEmpty()
                    || RESERVED_VARIABLES.contains(variable)
                    || SERVICE_LINK.matcher(variable).matches()) {
                return;
            }
            Origin origin = new Origin(Origin.Kind.ENVIRONMENT, variable);
            String key = keyByVariable.get(variable);
            if (key != null) {
                layer.put(new RawValue(key, text, origin));
            } else if (variable.startsWith(propertiesPrefix) && variable.length() > propertiesPrefix.length()) {
                String property = variable.substring(propertiesPrefix.length());
                layer.put(new RawValue(
                        CandlewickOptions.KAFKA_PROPERTIES_PREFIX
                                + property.toLowerCase(Locale.ROOT).replace('_', '.'),
                        text,
                        origin));
            } else {
                String suggestion = Suggestions.didYouMean(variable, keyByVariable.keySet());
                problems.add(variable + " must be the variable of an option, was unknown (environment variable"
                        + (suggestion.isEmpty() ? "" : "; " + suggestion) + "; example: "
                        + CandlewickOptions.ALLOWED_LATENESS.environmentVariable() + ")");
            }
        });
        return layer;
    }

    private Layer fileLayer() {
        Layer layer = new Layer(problems);
        String path = sources.commandLine().configFile();
        String where = "command line";
        String variable =
                sources.environment().getOrDefault(CONFIG_VARIABLE, "").strip();
        if (path == null && !variable.isEmpty()) {
            path = variable;
            where = "environment variable " + CONFIG_VARIABLE;
        }
        if (path == null && sources.file() != null) {
            path = sources.file().toString();
            where = "default";
        }
        if (path != null && !path.isEmpty()) {
            String name = path;
            String text = FeedProfiles.readFile("config", path, where, sources.workingDirectory(), layer);
            if (text != null) {
                YamlSettings.read(text, layer, line -> new Origin(Origin.Kind.FILE, name + " line " + line));
            }
        }
        return layer;
    }

    private void checkKeys(Layer layer) {
        layer.values().forEach((key, raw) -> {
            if (CandlewickOptions.find(key) == null
                    && !CommandLineArguments.isKafkaProperty(key)
                    && !SourcesResolver.isKnown(key)) {
                unknown(raw, raw.origin().kind() == Origin.Kind.COMMAND_LINE);
            }
        });
    }

    private void unknown(RawValue raw, boolean commandLine) {
        List<String> names = new ArrayList<>(CandlewickOptions.keys());
        if (SourcesResolver.isKey(raw.key())) {
            String prefix = raw.key().replaceFirst("^(sources\\.[0-9]+\\.).*", "$1");
            names.clear();
            SourcesResolver.subkeys().forEach(key -> names.add(prefix + key));
            String near = Suggestions.didYouMean(raw.key(), names);
            problems.add(raw.key() + " must be name, topic, feed or an option marked F, was another (" + raw.origin()
                    + (near.isEmpty() ? "" : "; " + near) + ")");
            return;
        }
        if (commandLine) {
            names.addAll(CommandLineArguments.extraNames());
        }
        String suggestion = Suggestions.didYouMean(raw.key(), names);
        if (suggestion.isEmpty() && raw.key().startsWith("kafka.")) {
            suggestion = "did you mean " + CandlewickOptions.KAFKA_PROPERTIES_PREFIX
                    + raw.key().substring("kafka.".length()) + "?";
        }
        problems.add(raw.key() + " must be an option, was unknown (" + raw.origin()
                + (suggestion.isEmpty() ? "" : "; " + suggestion) + ")");
    }

    /** Loads the profile and puts its layer in front of the presets; returns its name. */
    private String resolveFeed(Layer presets) {
        Setting<String> feed = CandlewickOptions.FEED;
        String defaultName = String.valueOf(feed.defaultValue());
        RawValue chosen = new RawValue(feed.key(), defaultName, Origin.DEFAULT);
        for (Layer layer : layers) {
            RawValue raw = layer.get(feed.key());
            if (raw != null) {
                chosen = raw;
                break;
            }
        }
        Layer profile = new Layer(problems);
        if (chosen.text().isEmpty()) {
            // Reported with the option.
            return defaultName;
        }
        String name = FeedProfiles.load(chosen, sources.workingDirectory(), profile);
        if (name == null) {
            broken.add(feed);
            return defaultName;
        }
        for (RawValue raw : List.copyOf(profile.values().values())) {
            Setting<?> setting = CandlewickOptions.find(raw.key());
            if (setting == null) {
                unknown(raw, false);
            } else if (!setting.ofFeed()) {
                problems.add(raw.key() + " must be set for a run, not in a feed profile, was '"
                        + Secrets.shown(raw.key(), raw.text()) + "' (" + raw.origin() + ")");
            }
        }
        profile.values().keySet().removeIf(key -> {
            Setting<?> setting = CandlewickOptions.find(key);
            return setting == null || !setting.ofFeed();
        });
        layers.add(layers.indexOf(presets), profile);
        return name;
    }

    private <T> void resolve(Setting<T> setting) {
        T value = setting.defaultValue();
        Origin origin = Origin.DEFAULT;
        for (int i = layers.size() - 1; i >= 0; i--) {
            RawValue raw = layers.get(i).get(setting.key());
            if (raw == null) {
                continue;
            }
            try {
                if (raw.text().isEmpty() && !setting.type().takesEmpty()) {
                    throw new OptionType.InvalidValueException();
                }
                value = setting.type().parse(raw.text(), value);
                origin = raw.origin();
            } catch (OptionType.InvalidValueException e) {
                broken.add(setting);
                String suggestion =
                        Suggestions.didYouMean(raw.text(), setting.type().values());
                problem(
                        setting,
                        e.ruleOr(setting.type().rule()),
                        "'" + Secrets.shown(setting.key(), raw.text()) + "'",
                        raw.origin() + (suggestion.isEmpty() ? "" : "; " + suggestion));
            }
        }
        if (value != null) {
            values.put(setting, value);
        }
        origins.put(setting, origin);
    }

    private void resolveKafkaProperties() {
        for (int i = layers.size() - 1; i >= 0; i--) {
            layers.get(i).values().forEach((key, raw) -> {
                if (CommandLineArguments.isKafkaProperty(key)) {
                    kafkaProperties.put(key, raw);
                }
            });
        }
        kafkaProperties.forEach((key, raw) -> {
            String instead =
                    OWN_KAFKA_PROPERTIES.get(key.substring(CandlewickOptions.KAFKA_PROPERTIES_PREFIX.length()));
            if (instead != null) {
                problems.add(key + " must be left to the job, was '" + Secrets.shown(key, raw.text()) + "' ("
                        + raw.origin() + (instead.isEmpty() ? "" : "; set " + instead) + ")");
            }
            if (raw.origin().kind() == Origin.Kind.COMMAND_LINE && Secrets.isBetrayed(key, raw.text())) {
                problems.add(key + " must not be an argument, which other users and Flink's web UI see, was "
                        + Secrets.REDACTED + " (" + raw.origin() + "; example: " + key + "="
                        + (key.endsWith("jaas.config")
                                ? "org.apache.kafka.common.security.scram.ScramLoginModule required"
                                        + " username=\"candlewick\" password=\"${dir:/run/secrets:kafka-password}\";)"
                                : "${dir:/run/secrets:kafka-password})"));
            }
        });
    }

    private void deriveDefaults() {
        boolean bounded = isBounded();
        derive(
                CandlewickOptions.LATE,
                get(CandlewickOptions.MODE) == RunMode.BATCH ? LatePolicy.ACCEPT : LatePolicy.APPLY,
                get(CandlewickOptions.MODE) == RunMode.BATCH ? "of batch mode" : null);
        if (bounded) {
            // A file of options serves the live job and bounded runs alike.
            force(CandlewickOptions.LIVE, false);
            force(CandlewickOptions.SOURCE_IDLE_TIMEOUT, IdleTimeout.OFF);
        } else {
            derive(CandlewickOptions.LIVE, true, null);
            derive(CandlewickOptions.SOURCE_IDLE_TIMEOUT, new IdleTimeout(IDLE_TIMEOUT), null);
        }
        derive(
                CandlewickOptions.PARALLELISM,
                Math.min(Runtime.getRuntime().availableProcessors(), get(CandlewickOptions.MAX_PARALLELISM)),
                "of this machine");
        derive(
                CandlewickOptions.KAFKA_TRANSACTIONAL_ID_PREFIX,
                "cw." + get(CandlewickOptions.KAFKA_GROUP_ID) + "~",
                null);
    }

    private <T> void derive(Setting<T> setting, T value, @Nullable String detail) {
        if (!values.containsKey(setting)) {
            values.put(setting, value);
            origins.put(setting, new Origin(Origin.Kind.DEFAULT, detail));
        }
    }

    private <T> void force(Setting<T> setting, T value) {
        values.put(setting, value);
        origins.put(setting, new Origin(Origin.Kind.DEFAULT, "of bounded runs"));
    }

    private boolean isBounded() {
        return get(CandlewickOptions.MODE) == RunMode.BATCH
                || values.containsKey(CandlewickOptions.INPUT)
                || get(CandlewickOptions.SOURCE_UNTIL).kind() != SourceOffsets.Kind.NEVER;
    }

    private void checkRequired() {
        for (Setting<?> setting : sources.required()) {
            if (!values.containsKey(setting) && !broken.contains(setting)) {
                problems.add(setting.key() + " must be given, was missing (example: " + example(setting) + ")");
            }
        }
    }

    private void checkRange() {
        if (values.containsKey(CandlewickOptions.FROM)
                && values.containsKey(CandlewickOptions.TO)
                && sound(CandlewickOptions.FROM, CandlewickOptions.TO)
                && get(CandlewickOptions.FROM) >= get(CandlewickOptions.TO)) {
            problem(
                    CandlewickOptions.FROM,
                    "lie before to",
                    text(CandlewickOptions.FROM) + " and " + text(CandlewickOptions.TO),
                    originsOf(CandlewickOptions.FROM, CandlewickOptions.TO),
                    "from=2024-03-04, to=2024-03-05");
        }
    }

    private void checkRelations() {
        if (sound(
                        CandlewickOptions.LATE,
                        CandlewickOptions.MODE,
                        CandlewickOptions.SOURCE_UNTIL,
                        CandlewickOptions.INPUT)
                && get(CandlewickOptions.LATE) == LatePolicy.ACCEPT
                && !isBounded()) {
            problem(
                    CandlewickOptions.LATE,
                    "be apply where the input has no end",
                    "'accept'",
                    originOf(CandlewickOptions.LATE),
                    "late=apply, or source.until=latest");
        }
        if (sound(CandlewickOptions.EVENT_TIME_MIN, CandlewickOptions.EVENT_TIME_MAX)
                && get(CandlewickOptions.EVENT_TIME_MIN) > get(CandlewickOptions.EVENT_TIME_MAX)) {
            problem(
                    CandlewickOptions.EVENT_TIME_MIN,
                    "not lie after event.time.max",
                    text(CandlewickOptions.EVENT_TIME_MIN) + " and " + text(CandlewickOptions.EVENT_TIME_MAX),
                    originsOf(CandlewickOptions.EVENT_TIME_MIN, CandlewickOptions.EVENT_TIME_MAX));
        }
        checkRange();
        int priceScale = LAKE_PRICE_SCALE_MIN;
        int sizeScale = LAKE_SIZE_SCALE_MIN;
        for (SourceConfiguration source : sourceList("")) {
            priceScale = Math.max(priceScale, largest(source.get(CandlewickOptions.PRICE_SCALE)));
            sizeScale = Math.max(sizeScale, largest(source.get(CandlewickOptions.SIZE_SCALE)));
        }
        if (sound(CandlewickOptions.PRICE_SCALE, CandlewickOptions.SIZE_SCALE)
                && priceScale + sizeScale > LAKE_NOTIONAL_SCALE_MAX) {
            problem(
                    CandlewickOptions.PRICE_SCALE,
                    "leave P + Q at most " + LAKE_NOTIONAL_SCALE_MAX
                            + ", P the largest price scale and at least " + LAKE_PRICE_SCALE_MIN
                            + ", Q the largest size scale and at least " + LAKE_SIZE_SCALE_MIN,
                    priceScale + " + " + sizeScale,
                    originsOf(CandlewickOptions.PRICE_SCALE, CandlewickOptions.SIZE_SCALE),
                    "price.scale=12, size.scale=8");
        }
        if (!isList()) {
            // Sources of a list have been looked at one by one.
            checkSymbols();
            checkPreset();
        } else {
            checkList();
        }
        checkSilence();
        checkSource();
        checkKafka();
        if (sound(CandlewickOptions.PARALLELISM, CandlewickOptions.MAX_PARALLELISM)
                && get(CandlewickOptions.PARALLELISM) > get(CandlewickOptions.MAX_PARALLELISM)) {
            problem(
                    CandlewickOptions.PARALLELISM,
                    "be at most max-parallelism",
                    text(CandlewickOptions.PARALLELISM) + " of " + text(CandlewickOptions.MAX_PARALLELISM),
                    originsOf(CandlewickOptions.PARALLELISM, CandlewickOptions.MAX_PARALLELISM));
        }
    }

    private void checkSymbols() {
        List<String> known = get(CandlewickOptions.INSTRUMENTS);
        if (known.isEmpty() || !sound(CandlewickOptions.INSTRUMENTS, CandlewickOptions.SYMBOLS)) {
            return;
        }
        List<String> others = get(CandlewickOptions.SYMBOLS).stream()
                .filter(symbol -> !known.contains(symbol))
                .toList();
        if (!others.isEmpty()) {
            String suggestion = Suggestions.didYouMean(others.get(0), known);
            problem(
                    CandlewickOptions.SYMBOLS,
                    "be among instruments",
                    "'" + String.join("', '", others) + "'",
                    originOf(CandlewickOptions.SYMBOLS) + (suggestion.isEmpty() ? "" : "; " + suggestion),
                    "symbols=" + known.get(0));
        }
    }

    private void checkPreset() {
        if (sound(CandlewickOptions.PRESET, CandlewickOptions.FORMAT)
                && get(CandlewickOptions.PRESET) != MessagePreset.NONE
                && get(CandlewickOptions.FORMAT) != InputFormat.JSON) {
            problem(
                    CandlewickOptions.PRESET,
                    "be none where the format is not json",
                    "'" + text(CandlewickOptions.PRESET) + "' with format=" + text(CandlewickOptions.FORMAT),
                    originsOf(CandlewickOptions.PRESET, CandlewickOptions.FORMAT),
                    "preset=binance, format=json");
        }
    }

    private void checkList() {
        if (!origins.getOrDefault(CandlewickOptions.SOURCE_TOPIC, Origin.DEFAULT)
                .equals(Origin.DEFAULT)) {
            problem(
                    CandlewickOptions.SOURCE_TOPIC,
                    "not be given beside sources",
                    "'" + text(CandlewickOptions.SOURCE_TOPIC) + "'",
                    originOf(CandlewickOptions.SOURCE_TOPIC),
                    "sources.0.topic=trades");
        }
        if (values.containsKey(CandlewickOptions.INPUT) && listed.size() > 1) {
            problem(
                    CandlewickOptions.INPUT,
                    "have one source",
                    listed.size() + " sources",
                    originOf(CandlewickOptions.INPUT),
                    "--format csv --feed crypto without the file that lists sources");
        }
    }

    private void checkSilence() {
        if (get(CandlewickOptions.SILENCE).toMillis() % 1_000 != 0) {
            problem(
                    CandlewickOptions.SILENCE,
                    "be whole seconds",
                    text(CandlewickOptions.SILENCE),
                    originOf(CandlewickOptions.SILENCE));
        }
    }

    private void checkSource() {
        List<String> topics = isList()
                ? listed.stream().flatMap(source -> source.topics().stream()).toList()
                : get(CandlewickOptions.SOURCE_TOPIC);
        if (!sound(CandlewickOptions.SOURCE_TOPIC) || (isList() && topics.isEmpty())) {
            return;
        }
        if (topics.isEmpty()) {
            problem(
                    CandlewickOptions.SOURCE_TOPIC,
                    "name at least one topic",
                    "an empty list",
                    originOf(CandlewickOptions.SOURCE_TOPIC));
            return;
        }
        for (Setting<SourceOffsets> setting :
                List.of(CandlewickOptions.SOURCE_START_OFFSETS, CandlewickOptions.SOURCE_UNTIL)) {
            for (SourceOffsets.PartitionOffset offset : get(setting).offsets()) {
                String topic = offset.topic();
                if (topic == null
                        ? topics.size() > 1 || TopicPattern.isPattern(topics.get(0))
                        : topics.stream().noneMatch(pattern -> TopicPattern.matches(pattern, topic))) {
                    problem(
                            setting,
                            isList()
                                    ? "name a topic of the sources for each partition"
                                    : "name a topic of source.topic for each partition",
                            "'" + offset + "' with " + String.join(",", topics),
                            originsOf(setting, CandlewickOptions.SOURCE_TOPIC),
                            setting.key() + "=" + topics.get(0) + ":0:1500");
                    break;
                }
            }
        }
        List<String> written = sound(CandlewickOptions.TOPIC_PREFIX, CandlewickOptions.INTERVALS)
                ? writtenTopics(get(CandlewickOptions.TOPIC_PREFIX))
                : List.of();
        for (String topic : topics) {
            if (written.contains(topic)) {
                problem(
                        CandlewickOptions.SOURCE_TOPIC,
                        "not be a topic that the job writes",
                        "'" + topic + "'",
                        originsOf(CandlewickOptions.SOURCE_TOPIC, CandlewickOptions.TOPIC_PREFIX),
                        "source.topic=trades");
            }
        }
        if (!isList()
                && get(CandlewickOptions.FORMAT) == InputFormat.PARQUET
                && !values.containsKey(CandlewickOptions.INPUT)
                && sources.required().contains(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS)) {
            problem(
                    CandlewickOptions.FORMAT,
                    "be csv, json, avro or binary for a topic",
                    "'parquet'",
                    originOf(CandlewickOptions.FORMAT),
                    "format=binary");
        }
    }

    private List<String> writtenTopics(String prefix) {
        return Stream.concat(
                        get(CandlewickOptions.INTERVALS).asList().stream()
                                .map(Interval::name)
                                .map(name -> "candles." + name),
                        Stream.of(
                                "candles.live",
                                "vwap.5m",
                                "quality.events",
                                "quality.reports",
                                "trades.rejected",
                                "drift.alerts"))
                .map(name -> prefix + name)
                .toList();
    }

    private void checkKafka() {
        Duration least = get(CandlewickOptions.CHECKPOINT_INTERVAL)
                .plus(get(CandlewickOptions.CHECKPOINT_TIMEOUT))
                .multipliedBy(get(CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES) + 1L)
                .plus(RESTART_MAX);
        boolean writesTopics = !values.containsKey(CandlewickOptions.INPUT) || get(CandlewickOptions.PUBLISH);
        if (writesTopics
                && sound(
                        CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT,
                        CandlewickOptions.CHECKPOINT_INTERVAL,
                        CandlewickOptions.CHECKPOINT_TIMEOUT,
                        CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES)
                && get(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT).compareTo(least) < 0) {
            problem(
                    CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT,
                    "be at least " + OptionTypes.format(least) + ", which is (checkpoint.tolerable-failures + 1) ×"
                            + " (checkpoint.interval + checkpoint.timeout) + " + OptionTypes.format(RESTART_MAX),
                    text(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT),
                    originsOf(
                            CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT,
                            CandlewickOptions.CHECKPOINT_INTERVAL,
                            CandlewickOptions.CHECKPOINT_TIMEOUT,
                            CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES),
                    "kafka.transaction.timeout=" + OptionTypes.format(least) + ", or a shorter checkpoint.timeout");
        }
    }

    /** Whether the options have no problem of their own, so that their relation means something. */
    private boolean sound(Setting<?>... settings) {
        return Stream.of(settings).noneMatch(broken::contains);
    }

    static int largest(ScaleRules scales) {
        int largest = scales.defaultScale();
        for (ScaleRules.Entry entry : scales.entries()) {
            largest = Math.max(largest, entry.scale());
        }
        return largest;
    }

    /** The value of an option that has one by now. */
    @SuppressWarnings("unchecked")
    private <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        if (value == null) {
            throw new IllegalStateException("option must have a value here, had none (key=" + setting.key() + ")");
        }
        return (T) value;
    }

    private <T> String text(Setting<T> setting) {
        return setting.type().format(get(setting));
    }

    private String originOf(Setting<?> setting) {
        return String.valueOf(origins.get(setting));
    }

    /** The places of several options; defaults are no places. */
    private String originsOf(Setting<?>... settings) {
        List<String> places = new ArrayList<>();
        for (Setting<?> setting : settings) {
            Origin origin = origins.get(setting);
            if (origin != null && origin.kind() != Origin.Kind.DEFAULT) {
                places.add(setting.key() + ": " + origin);
            }
        }
        return places.isEmpty() ? Origin.DEFAULT.toString() : String.join(", ", places);
    }

    private void problem(Setting<?> setting, String rule, String was, String where) {
        problem(setting, rule, was, where, example(setting));
    }

    private void problem(Setting<?> setting, String rule, String was, String where, String example) {
        problems.add(setting.key() + " must " + rule + ", was " + was + " (" + where + "; example: " + example + ")");
    }

    private static String example(Setting<?> setting) {
        return setting.key() + "=" + setting.example();
    }
}

package dev.candlewick.jobs.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a job's main, read strictly: {@code --key value}, {@code --key=value}, {@code --set key=value} any
 * number of times, {@code --config file}, {@code --help}; immutable.
 *
 * <p>A key is any option's key or {@code --kafka} for {@code kafka.bootstrap.servers}; true-or-false options may stand
 * without a value. A key that is given twice is a problem, and so is anything else.
 */
public final class CommandLineArguments {
    /** Names that stand for other keys. */
    private static final Map<String, String> ALIASES = Map.of("kafka", CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS.key());

    private static final String CONFIG = "config";
    private static final String SET = "set";
    private static final String HELP = "help";
    private static final Origin ORIGIN = new Origin(Origin.Kind.COMMAND_LINE, null);

    private final List<String> problems = new ArrayList<>();
    private final Layer layer = new Layer(problems);
    private @Nullable String configFile;
    private boolean help;

    private CommandLineArguments() {}

    /** Reads arguments; what is wrong is reported when the configuration is resolved. */
    public static CommandLineArguments parse(String... arguments) {
        CommandLineArguments result = new CommandLineArguments();
        result.read(arguments);
        return result;
    }

    /** The file given by {@code --config}; null where there is none. */
    public @Nullable String configFile() {
        return configFile;
    }

    /** Whether {@code --help} was given. */
    public boolean isHelp() {
        return help;
    }

    /** What was given, by key; texts as written. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        layer.values().forEach((key, value) -> settings.put(key, value.text()));
        return settings;
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    Layer layer() {
        return layer;
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i].strip();
            if (!argument.startsWith("--") || argument.length() == 2) {
                problems.add("argument must be --key value, --key=value or --set key=value, was '" + arguments[i]
                        + "' (command line)");
                continue;
            }
            int equals = argument.indexOf('=');
            String name = argument.substring(2, equals < 0 ? argument.length() : equals)
                    .strip();
            String value = equals < 0 ? null : argument.substring(equals + 1).strip();
            if (name.equals(HELP)) {
                help = true;
                continue;
            }
            String key = ALIASES.getOrDefault(name, name);
            Setting<?> setting = CandlewickOptions.find(key);
            boolean isFlag = setting != null && setting.type().isFlag();
            if (value == null) {
                String next = i + 1 < arguments.length ? arguments[i + 1].strip() : null;
                boolean taken = next != null
                        && !next.startsWith("--")
                        && (!isFlag || List.of("true", "false", "on", "off").contains(next));
                if (taken) {
                    value = next;
                    i++;
                } else if (isFlag) {
                    value = "true";
                } else if (setting == null && !extraNames().contains(name) && !isKafkaProperty(key)) {
                    // Reported as unknown, with a suggestion.
                    value = "";
                } else {
                    problems.add("--" + name + " must have a value, was given without one (command line"
                            + (setting == null ? "" : "; example: --" + name + ' ' + setting.example()) + ')');
                    continue;
                }
            }
            take(name, key, value);
        }
    }

    private void take(String name, String key, @Nullable String value) {
        String text = value == null ? "" : value;
        if (name.equals(CONFIG)) {
            if (configFile != null) {
                problems.add("--config must be given once, was given twice (command line)");
            } else if (text.isEmpty()) {
                problems.add("--config must have a value, was empty (command line; example: --config candlewick.yaml)");
            }
            configFile = text;
        } else if (name.equals(SET)) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                problems.add("--set must be followed by key=value, was '" + Secrets.shown(text, text)
                        + "' (command line; example: --set allowed-lateness=30s)");
                return;
            }
            String setKey = text.substring(0, equals).strip();
            layer.put(new RawValue(
                    ALIASES.getOrDefault(setKey, setKey),
                    text.substring(equals + 1).strip(),
                    ORIGIN));
        } else {
            layer.put(new RawValue(key, text, ORIGIN));
        }
    }

    static boolean isKafkaProperty(String key) {
        return key.startsWith(CandlewickOptions.KAFKA_PROPERTIES_PREFIX)
                && key.length() > CandlewickOptions.KAFKA_PROPERTIES_PREFIX.length();
    }

    /** Names that may stand behind {@code --} without being an option. */
    static List<String> extraNames() {
        return List.of("kafka", CONFIG, SET, HELP);
    }
}

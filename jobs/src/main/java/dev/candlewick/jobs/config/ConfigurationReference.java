package dev.candlewick.jobs.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes what users read about configuration from the options themselves, so that it cannot disagree with them. */
public final class ConfigurationReference {
    /** Makes {@code docs/configuration.md} and {@code conf/candlewick.yaml} again. */
    public static final String COMMAND =
            "mvn -pl jobs -am test -Dtest=ConfigurationReferenceTest -Dcandlewick.reference.write=true";

    private static final int WIDTH = 118;

    private ConfigurationReference() {}

    /** The page {@code docs/configuration.md}. */
    public static String markdown() {
        StringBuilder page = new StringBuilder();
        page.append("""
                # Configuration

                <!-- Made from the options in the code; a test fails when they differ. To make it again:
                     %s -->

                Every option has one name. It is set on the command line, in the environment, in a file or by the feed profile:

                <!-- not run: needs a Flink distribution -->
                ```sh
                flink run candlewick-jobs-0.1.0-all.jar --kafka broker:9092 --feed futures --allowed-lateness 1m --set fill=carry
                CANDLEWICK_ALLOWED_LATENESS=1m flink run candlewick-jobs-0.1.0-all.jar --config conf/candlewick.yaml
                ```

                What a job with these options would run with:

                <!-- runs: configuration -->
                ```sh
                ./candlewick config show --origin --config conf/candlewick.yaml
                ```

                **Precedence**, strongest first: command line, environment, file, feed profile, presets of a command (a demo has
                shorter checkpoint intervals), default. `candlewick config show --origin` prints every value and where it came from.

                **Command line**: `--key value`, `--key=value`, `--set key=value` any number of times, `--config FILE`. `--kafka` is
                short for `kafka.bootstrap.servers`. Options that are true or false may stand without a value. An option stands once.

                **Environment**: `CANDLEWICK_` and the name in capitals, with `_` for dots and dashes: `%s` is
                `%s`. `CANDLEWICK_CONFIG` names the file. An empty variable is none. `CANDLEWICK_KAFKA` names the
                broker for all commands. `CANDLEWICK_HOME`, `CANDLEWICK_JAVA_OPTS`, `CANDLEWICK_KAFKA_OPTS`, `CANDLEWICK_MAVEN_OPTS` and
                `CANDLEWICK_SKIP_BUILD` belong to the launcher, `CANDLEWICK_LOG=json` makes logs of one JSON object a line.

                **File**: YAML, dotted or nested (`source.until: latest`, or `until: latest` below `source:`); values are taken as they
                stand there. `conf/candlewick.yaml` lists all options. Relative paths start from the working directory.

                **Sources**: `sources:` in a file is a list of mappings, one for each source of the job, with `topic` (names, or patterns with
                `*`), `name`, `feed` and any option marked F; on the command line `--set sources.0.topic=trades`. Without it the options
                below make the only source. See [feeds](feeds.md#several-feeds-in-one-job).

                **Feed profiles** (`conf/feeds/`) hold what differs between markets; `--feed` takes one by name, or your own by path.
                They may set the options marked F. What the profiles that come with Candlewick set differently:

                """.formatted(
                        COMMAND,
                        CandlewickOptions.ALLOWED_LATENESS.key(),
                        CandlewickOptions.ALLOWED_LATENESS.environmentVariable()));
        appendProfiles(page);
        page.append("""

                **Mistakes** are all told at once, with exit code 2: unknown names and values come with a suggestion, and each line says
                option, rule, value, place and a valid example.

                **Units**: a length of time is a whole number and `ms`, `s`, `m`, `h` or `d`; a time is a date or a time in UTC. In lists
                and patterns, `\\` stands before a comma, an equals sign or a backslash that belongs to the text.

                **Profile stamp**: candles and VWAP rows carry `profile`, the feed's name and a hash of the options that decide what they
                say, marked S (for example `%s`). Of `intervals` only the finest counts, of `quality` only whether outliers are
                looked for. `late` is not part of it, because the batch truth, which takes late trades, is compared with the stream.

                **Secrets**: values of options whose names speak of passwords, secrets, tokens or keys of stores are shown as `%s`.
                """.formatted(stampOf("crypto"), Secrets.REDACTED));
        for (SettingGroup group : SettingGroup.values()) {
            page.append("\n## ").append(group.title()).append("\n\n");
            page.append("| option | type | default | | what it does | example |\n|---|---|---|---|---|---|\n");
            for (Setting<?> setting : CandlewickOptions.all()) {
                if (setting.group() == group) {
                    appendRow(page, setting);
                }
            }
            if (group == SettingGroup.KAFKA) {
                page.append("| `")
                        .append(CandlewickOptions.KAFKA_PROPERTIES_PREFIX)
                        .append("*` | text | | | ")
                        .append(cell(CandlewickOptions.KAFKA_PROPERTIES_DESCRIPTION))
                        .append(" | `kafka.properties.security.protocol=SASL_SSL` |\n");
            }
        }
        return page.toString();
    }

    /** The file {@code conf/candlewick.yaml}: every option, commented out, at its default. */
    public static String sampleFile() {
        StringBuilder file = new StringBuilder("""
                # The configuration of a Candlewick job: every option at its default. Remove the # in front of an option to set it.
                # Options marked F come from the feed profile where it sets them; what stands here is stronger than the profile.
                # Made from the options in the code; a test fails when they differ. To make it again:
                #   %s
                #
                # Several sources in one job, each with name, topic, feed and any option marked F; without them the options below make
                # the only source:
                #sources:
                #  - topic: trades
                #    format: json
                #  - name: binance
                #    topic: trades.binance.*
                #    preset: binance
                """.formatted(COMMAND));
        for (SettingGroup group : SettingGroup.values()) {
            file.append("\n# ---- ").append(group.title()).append(" ----\n");
            for (Setting<?> setting : CandlewickOptions.all()) {
                if (setting.group() == group) {
                    appendSample(file, setting);
                }
            }
            if (group == SettingGroup.KAFKA) {
                file.append('\n');
                wrap(file, CandlewickOptions.KAFKA_PROPERTIES_DESCRIPTION + " No default; for example:");
                file.append("#")
                        .append(CandlewickOptions.KAFKA_PROPERTIES_PREFIX)
                        .append("security.protocol: SASL_SSL\n");
            }
        }
        return file.toString();
    }

    /** What a main prints for {@code --help}. */
    public static String help() {
        StringBuilder text = new StringBuilder(
                "Options: --key value, --key=value, --set key=value, --config FILE, or CANDLEWICK_KEY in the environment.\n");
        int width =
                CandlewickOptions.keys().stream().mapToInt(String::length).max().orElse(0);
        for (SettingGroup group : SettingGroup.values()) {
            text.append('\n').append(group.title()).append(":\n");
            for (Setting<?> setting : CandlewickOptions.all()) {
                if (setting.group() == group) {
                    text.append("  --")
                            .append(setting.key())
                            .append(" ".repeat(width - setting.key().length() + 2));
                    text.append(setting.type().name());
                    if (!setting.defaultText().isEmpty()) {
                        text.append(" (default: ").append(setting.defaultText()).append(')');
                    }
                    text.append('\n');
                }
            }
        }
        return text.append('\n')
                .append("Any property of the Kafka clients: --set ")
                .append(CandlewickOptions.KAFKA_PROPERTIES_PREFIX)
                .append("NAME=VALUE\n")
                .toString();
    }

    private static void appendProfiles(StringBuilder page) {
        Map<String, ResolvedConfiguration> profiles = profiles();
        page.append("| option | ").append(String.join(" | ", profiles.keySet())).append(" |\n|---|");
        page.append("---|".repeat(profiles.size())).append('\n');
        for (Setting<?> setting : CandlewickOptions.all()) {
            List<String> values = profiles.values().stream()
                    .map(profile -> profile.asMap().getOrDefault(setting.key(), ""))
                    .toList();
            if (setting.ofFeed() && values.stream().distinct().count() > 1) {
                page.append("| `").append(setting.key()).append("` | ");
                page.append(values.stream().map(ConfigurationReference::code).collect(Collectors.joining(" | ")));
                page.append(" |\n");
            }
        }
    }

    private static Map<String, ResolvedConfiguration> profiles() {
        Map<String, ResolvedConfiguration> profiles = new LinkedHashMap<>();
        for (String name : FeedProfiles.NAMES) {
            profiles.put(
                    name,
                    ResolvedConfiguration.resolve(ConfigurationSources.builder()
                            .commandLine("--feed", name)
                            .build()));
        }
        return profiles;
    }

    private static String stampOf(String feed) {
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                        .commandLine("--feed", feed)
                        .build())
                .profileStamp();
    }

    private static void appendRow(StringBuilder page, Setting<?> setting) {
        String defaultText =
                setting.derivedDefault() != null ? cell(setting.derivedDefault()) : code(setting.defaultText());
        page.append("| `").append(setting.key()).append("` | ");
        page.append(cell(setting.type().name())).append(" | ");
        page.append(defaultText).append(" | ");
        page.append(marks(setting)).append(" | ");
        page.append(cell(setting.description())).append(" | ");
        page.append(code(setting.example())).append(" |\n");
    }

    private static void appendSample(StringBuilder file, Setting<?> setting) {
        file.append('\n');
        String marks = marks(setting).contains("F") ? " [F]" : "";
        if (setting.defaultValue() != null) {
            wrap(file, setting.description() + marks);
            file.append('#')
                    .append(setting.key())
                    .append(": ")
                    .append(yaml(setting.defaultText()))
                    .append('\n');
        } else {
            String words = setting.derivedDefault() == null ? "No default" : "Default: " + setting.derivedDefault();
            wrap(file, setting.description() + marks + " " + words + "; for example:");
            file.append('#')
                    .append(setting.key())
                    .append(": ")
                    .append(yaml(setting.example()))
                    .append('\n');
        }
    }

    private static String yaml(String text) {
        return text.isEmpty() ? "\"\"" : text;
    }

    private static void wrap(StringBuilder file, String text) {
        StringBuilder line = new StringBuilder("#");
        for (String word : text.split(" ", -1)) {
            if (line.length() + 1 + word.length() > WIDTH) {
                file.append(line).append('\n');
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        file.append(line).append('\n');
    }

    private static String marks(Setting<?> setting) {
        List<String> marks = new ArrayList<>();
        if (setting.ofFeed()) {
            marks.add("F");
        }
        if (setting.stamped()) {
            marks.add("S");
        }
        return String.join(" ", marks);
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : '`' + text.replace("|", "\\|") + '`';
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*");
    }
}

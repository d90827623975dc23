package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.YamlParserUtils;
import org.jspecify.annotations.Nullable;

/** Flink's configuration as the repository ships it: {@code conf/config.yaml}, and a profile laid over it. */
public final class FlinkConfigurationFiles {
    /** What JobManager, TaskManagers and command line log by. */
    static final List<String> LOGGING = List.of("log4j.properties", "log4j-console.properties", "log4j-cli.properties");

    /** The forms of a log: lines for people, or one JSON object a line. */
    static final List<String> LOGS = List.of("text", "json");

    /** Where the logging files choose. */
    private static final String LOG_CHOICE = "${env:CANDLEWICK_LOG:-text}";

    private final Path conf;

    /**
     * The files of an installation.
     *
     * @param root the directory of the launcher
     */
    FlinkConfigurationFiles(@Nullable Path root) {
        // The property is the launcher's too; tests set it alone.
        String property = System.getProperty(CliContext.ROOT_PROPERTY);
        if (root == null && property == null) {
            throw CommandFailure.environment(
                    "the installation must be known, was not", null, "start through ./candlewick", null);
        }
        conf = (root == null ? Path.of(Objects.requireNonNull(property)) : root).resolve("conf");
    }

    /** Keys and values of the base with a profile over it, flat. */
    Map<String, String> resolve(String profile) {
        Map<String, String> values = flat(conf.resolve("config.yaml"));
        values.putAll(flat(profile(profile)));
        return values;
    }

    private Path profile(String profile) {
        Path file = profile.endsWith(".yaml") ? Path.of(profile) : conf.resolve("profiles/" + profile + ".yaml");
        if (!Files.isRegularFile(file)) {
            throw CommandFailure.usage(
                    "profile must be one of " + String.join(", ", profiles()) + " or a YAML file, was " + profile,
                    file.toString(),
                    "for example --profile local");
        }
        return file;
    }

    /** The names of the profiles that there are. */
    List<String> profiles() {
        try (Stream<Path> files = Files.list(conf.resolve("profiles"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .map(name -> name.substring(0, name.length() - ".yaml".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes one directory that Flink's processes read: {@code config.yaml} with these values, and the logging files. */
    void write(Path directory, Map<String, String> values) {
        write(directory, values, null);
    }

    /**
     * The same with logs of one form.
     *
     * @param log of {@link #LOGS}; null for what {@code CANDLEWICK_LOG} of the processes says
     */
    void write(Path directory, Map<String, String> values, @Nullable String log) {
        if (log != null && !LOGS.contains(log)) {
            throw CommandFailure.usage(
                    "logs must be " + String.join(" or ", LOGS) + ", was " + log, "--log", "--log json");
        }
        try {
            Files.createDirectories(directory);
            List<String> lines = YamlParserUtils.convertAndDumpYamlFromFlatMap(new LinkedHashMap<>(values));
            Path config = directory.resolve("config.yaml");
            if (values.keySet().stream().anyMatch(GlobalConfiguration::isSensitive)) {
                keepForOwner(config);
            }
            Files.writeString(config, String.join("\n", lines) + "\n", StandardCharsets.UTF_8);
            for (String file : LOGGING) {
                String text = Files.readString(conf.resolve(file), StandardCharsets.UTF_8);
                Files.writeString(
                        directory.resolve(file),
                        log == null ? text : text.replace(LOG_CHOICE, log),
                        StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "the configuration must be writable, was refused: " + e, directory.toString(), null, e);
        }
    }

    /** Passwords of stores stand in it: nobody else may read it, from its first byte on. */
    private static void keepForOwner(Path file) throws IOException {
        if (Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix")) {
            if (!Files.exists(file)) {
                Files.createFile(file);
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    /** A nested YAML file as keys with dots. */
    public static Map<String, String> flat(Path file) {
        try {
            Map<String, String> values = new TreeMap<>();
            flatten("", YamlParserUtils.loadYamlFile(file.toFile()), values);
            return values;
        } catch (Exception e) {
            throw CommandFailure.usage(
                    "configuration must be YAML, was refused: " + e.getMessage(), file.toString(), "mend the file");
        }
    }

    private static void flatten(String prefix, Map<?, ?> nested, Map<String, String> values) {
        nested.forEach((name, value) -> {
            String key = prefix.isEmpty() ? String.valueOf(name) : prefix + "." + name;
            if (value instanceof Map<?, ?> map) {
                flatten(key, map, values);
            } else {
                values.put(key, String.valueOf(value));
            }
        });
    }
}

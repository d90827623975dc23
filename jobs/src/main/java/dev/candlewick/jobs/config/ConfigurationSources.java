package dev.candlewick.jobs.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where configuration comes from; immutable.
 *
 * <p>Strongest first: command line, environment, file, feed profile, presets of the command, default.
 *
 * @param commandLine arguments
 * @param environment all variables of the process; only {@code CANDLEWICK_…} is looked at
 * @param file the configuration file where neither {@code --config} nor {@code CANDLEWICK_CONFIG} names one
 * @param presets what a command puts in the place of defaults, by key
 * @param required options that must have a value in this run
 * @param workingDirectory what relative paths start from
 */
public record ConfigurationSources(
        CommandLineArguments commandLine,
        Map<String, String> environment,
        @Nullable Path file,
        Map<String, String> presets,
        List<Setting<?>> required,
        Path workingDirectory) {
    /** What the names of variables begin with. */
    public static final String ENVIRONMENT_PREFIX = "CANDLEWICK_";

    /** Copies the collections. */
    public ConfigurationSources {
        environment = Map.copyOf(environment);
        presets = new LinkedHashMap<>(presets);
        required = List.copyOf(required);
    }

    /** The sources of a job's main: its arguments and the environment of this process. */
    public static ConfigurationSources ofMain(String... arguments) {
        return builder().commandLine(arguments).environment(System.getenv()).build();
    }

    /** Collects sources; there are none at first. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects sources; not thread-safe. */
    public static final class Builder {
        private CommandLineArguments commandLine = CommandLineArguments.parse();
        private Map<String, String> environment = Map.of();
        private @Nullable Path file;
        private final Map<String, String> presets = new LinkedHashMap<>();
        private final List<Setting<?>> required = new ArrayList<>();
        private Path workingDirectory = Path.of("");

        private Builder() {}

        /** The arguments of the program. */
        public Builder commandLine(String... arguments) {
            return commandLine(CommandLineArguments.parse(arguments));
        }

        /** The arguments of the program, read before. */
        public Builder commandLine(CommandLineArguments arguments) {
            this.commandLine = arguments;
            return this;
        }

        /** The variables of the process. */
        public Builder environment(Map<String, String> variables) {
            this.environment = variables;
            return this;
        }

        /** The configuration file where neither arguments nor environment name one; null for none. */
        public Builder file(@Nullable Path path) {
            this.file = path;
            return this;
        }

        /** A value that the command puts in the place of the default. */
        public <T> Builder preset(Setting<T> setting, T value) {
            presets.put(setting.key(), setting.type().format(value));
            return this;
        }

        /** Options that must have a value in this run. */
        public Builder require(Setting<?>... settings) {
            required.addAll(List.of(settings));
            return this;
        }

        /** What relative paths start from (default: the working directory of the process). */
        public Builder workingDirectory(Path directory) {
            this.workingDirectory = directory;
            return this;
        }

        /** The sources. */
        public ConfigurationSources build() {
            return new ConfigurationSources(commandLine, environment, file, presets, required, workingDirectory);
        }
    }
}

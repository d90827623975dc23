package dev.candlewick.local.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The option {@code --metrics}: leaves what a run found for the textfile collector of Prometheus' node exporter; one use.
 *
 * <p>A command declares it as a mixin, returns it from {@link CandlewickCommand#metrics()}, and gives it text while it
 * works. When and how the run ended is added by itself, also where it failed: {@code
 * candlewick_<command>_last_run_timestamp_seconds} and {@code candlewick_<command>_exit_code}. The file appears whole or not
 * at all, and is readable for everybody. One that cannot be written is a warning and never changes the exit code: an alert
 * sees that the last run is old.
 */
public final class MetricsOption {
    @Option(
            names = "--metrics",
            paramLabel = "FILE",
            description =
                    "At the end, write what was found to this file in Prometheus' text format; its name ends in .prom"
                            + " for the node exporter's textfile collector.")
    private @Nullable Path file;

    private final Text text = new Text();

    /** Metrics in Prometheus' text format, each with its help in front of its first value; not safe for threads. */
    public static final class Text {
        private final Map<String, StringBuilder> metrics = new LinkedHashMap<>();

        /** Begins a gauge, of which there may be no value. */
        public Text gauge(String name, String help) {
            metrics.computeIfAbsent(
                    name, key -> new StringBuilder("# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n"));
            return this;
        }

        /**
         * Adds a value of a gauge that was begun.
         *
         * @param labels names and values in turn; any text is a value
         */
        public Text value(String name, long value, String... labels) {
            StringBuilder metric = metrics.get(name);
            if (metric == null) {
                throw new IllegalArgumentException("a gauge must be begun before it has values, was not: " + name);
            }
            metric.append(name);
            for (int i = 0; i < labels.length; i += 2) {
                metric.append(i == 0 ? '{' : ',')
                        .append(labels[i])
                        .append("=\"")
                        .append(labels[i + 1]
                                .replace("\\", "\\\\")
                                .replace("\"", "\\\"")
                                .replace("\r", "")
                                .replace("\n", "\\n"))
                        .append('"');
            }
            metric.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
            return this;
        }

        @Override
        public String toString() {
            return String.join("", metrics.values());
        }
    }

    /** Whether somebody wants it. */
    public boolean isGiven() {
        return file != null;
    }

    /** What goes into the file. */
    public Text text() {
        return text;
    }

    /** Writes the file, where the user asked for it. */
    void write(CliContext context, String command, Instant ended, ExitCode exit) {
        if (file == null) {
            return;
        }
        String time = "candlewick_" + command + "_last_run_timestamp_seconds";
        String code = "candlewick_" + command + "_exit_code";
        text.gauge(time, "When the last run of " + command + " ended.").value(time, ended.getEpochSecond());
        text.gauge(code, "Exit code of the last run of " + command + ".").value(code, exit.code());
        Path target = context.resolve(file);
        // Beside it, so that it can be moved in one step; its name does not end in .prom.
        Path part = target.resolveSibling(
                "." + target.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.writeString(part, text.toString());
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            context.err().println("warning: metrics could not be written to " + target + ": " + e);
            try {
                Files.deleteIfExists(part);
            } catch (IOException left) {
                context.err().println("warning: " + part + " stays: " + left);
            }
        }
    }
}

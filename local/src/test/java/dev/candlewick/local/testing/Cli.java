package dev.candlewick.local.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs commands in this JVM as a user would, in a directory and an environment of their own. */
public final class Cli {

    private final Path directory;
    private final Map<String, String> environment = new HashMap<>();

    /** Commands that work in a directory, without a known broker. */
    public Cli(Path directory) {
        this.directory = directory;
    }

    /** Commands that use a broker unless told otherwise. */
    public Cli(Path directory, TestKafka kafka) {
        this(directory);
        environment.put("CANDLEWICK_KAFKA", kafka.bootstrapServers());
    }

    /** Sets an environment variable. */
    public Cli with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** What a command did. */
    public record Result(int code, String out, String err) {
        /** The lines of standard output. */
        public List<String> lines() {
            return out.lines().toList();
        }

        /** Of what {@code reconcile -o csv} printed, the rows of interval, class, cause, values … that are not equal. */
        public List<String[]> differences() {
            return out.lines()
                    .skip(1)
                    .map(line -> line.split(",", -1))
                    .filter(row -> !row[1].equals("EQUAL"))
                    .toList();
        }
    }

    /** The surroundings of the commands. */
    public CliContext context(ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return new CliContext(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                directory,
                null,
                false);
    }

    /** Runs a command to its end, which must be this exit code. */
    public Result runTo(int code, String... arguments) {
        Result result = run(arguments);
        assertThat(result.code())
                .as(String.join(" ", arguments) + "\n" + result.err() + result.out())
                .isEqualTo(code);
        return result;
    }

    /** Runs a command to its end. */
    public Result run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(context(out, err), arguments);
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}

package dev.candlewick.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.testing.Cli;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

final class MainTest {

    @TempDir
    private Path directory;

    @AfterEach
    void logAsBefore() {
        // -v is for a process; this one runs other tests too.
        Configurator.reconfigure();
    }

    @Test
    void printsTheVersionsOfWhatIsLoaded() {
        Cli.Result json = cli().run("version", "-o", "json");
        assertThat(json.code()).isEqualTo(0);
        assertThat(json.out())
                .contains("\"flink\":\"" + System.getProperty("candlewick.flink.version", "2."))
                .contains("\"kafka\":\"4.2.")
                .contains("\"parquet\":\"1.15.2\"")
                .contains("\"java\":\"" + Runtime.version())
                .contains("\"commit\":\"");
        assertThat(json.lines()).hasSize(1);
        Cli.Result table = cli().run("version");
        assertThat(table.lines()).anyMatch(line -> line.matches("kafka +4\\.2\\..*"));
        assertThat(table.err()).isEmpty();
        assertThat(cli().run("-o", "csv", "version").lines()).hasSize(2);
    }

    @Test
    void suggestsWhatWasMeant() {
        Cli.Result command = cli().run("kafak", "up");
        assertThat(command.code()).isEqualTo(2);
        assertThat(command.out()).isEmpty();
        assertThat(command.err()).contains("did you mean: kafka").contains("--help");

        Cli.Result subcommand = cli().run("kafka", "pu");
        assertThat(subcommand.code()).isEqualTo(2);
        assertThat(subcommand.err()).contains("up");

        // The misspelled option is the reason why a required one is missing.
        Cli.Result option = cli().run("produce", "--inptu", "x", "--topic", "t");
        assertThat(option.code()).isEqualTo(2);
        assertThat(option.err()).contains("--inptu").contains("did you mean: --input");

        Cli.Result format = cli().run("version", "-o", "xml");
        assertThat(format.code()).isEqualTo(2);
        assertThat(format.err()).contains("xml").containsIgnoringCase("table, json, csv");
    }

    @Test
    void asksForACommandAndAnswersHelp() {
        assertThat(cli().run().code()).isEqualTo(2);
        assertThat(cli().run("kafka").code()).isEqualTo(2);
        for (String[] arguments :
                List.of(new String[] {"--help"}, new String[] {"help"}, new String[] {"tail", "--help"}, new String[] {
                    "help", "produce"
                })) {
            Cli.Result help = cli().run(arguments);
            assertThat(help.code()).isEqualTo(0);
            assertThat(help.out()).contains("Usage: candlewick");
            assertThat(help.err()).isEmpty();
        }
    }

    @Test
    void writesNoColoursWhereNoTerminalIs() {
        assertThat(cli().with("NO_COLOR", "1").run("--help").out()).doesNotContain("\u001b");
        assertThat(cli().run("--help").out()).doesNotContain("\u001b");
    }

    @Test
    void mapsEveryFailureToItsExitCodeAndShowsStacksWithVerboseOnly() {
        Map<RuntimeException, Integer> expected = Map.of(
                new IllegalStateException("broken invariant"),
                1,
                CommandFailure.usage("option must be x, was y", "--option", "write x"),
                2,
                CommandFailure.dataMismatch("manifest must match, was other", "lake/candles", null),
                3,
                CommandFailure.environment("disk must have room, was full", "/data", "free some", null),
                4,
                CommandFailure.jobFailed("job must finish, has failed", null, null, new RuntimeException("deep")),
                5);
        expected.forEach((failure, code) -> {
            Cli.Result plain = fail(failure);
            assertThat(plain.code()).isEqualTo(code);
            assertThat(plain.err()).contains("error: ").doesNotContain("\tat ");
            assertThat(plain.err()).contains(String.valueOf(failure.getMessage()));
            Cli.Result verbose = fail(failure, "-v");
            assertThat(verbose.code()).isEqualTo(code);
            assertThat(verbose.err()).contains("\tat ");
        });
        assertThat(fail(CommandFailure.usage("option must be x, was y", "--option", "write x"))
                        .err())
                .isEqualTo("error: option must be x, was y (--option)" + System.lineSeparator() + "  fix: write x"
                        + System.lineSeparator());
    }

    private Cli.Result fail(RuntimeException failure, String... options) {
        Failing.next.set(failure);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CommandLine line = Main.commandLine(cli().context(out, err));
        line.addSubcommand(new Failing());
        String[] arguments = new String[options.length + 1];
        System.arraycopy(options, 0, arguments, 0, options.length);
        arguments[options.length] = "failing";
        int code = line.execute(arguments);
        return new Cli.Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private Cli cli() {
        return new Cli(directory);
    }

    /** Fails as told. */
    @Command(name = "failing")
    static final class Failing extends CandlewickCommand {
        static final AtomicReference<RuntimeException> next = new AtomicReference<>();

        @Override
        protected ExitCode run() {
            throw next.get();
        }
    }

    @Test
    void whatStandsBehindFlinkIsNotReadHere() {
        assertThat(Main.passingOn("-q", "-o", "json", "flink", "run", "-v", "x.jar", "-o", "csv", "--help"))
                .containsExactly("-q", "-o", "json", "flink", "--", "run", "-v", "x.jar", "-o", "csv", "--help");
        assertThat(Main.passingOn("run", "--set", "flink")).containsExactly("run", "--set", "flink");
        assertThat(Main.passingOn("-o", "flink", "run")).containsExactly("-o", "flink", "run");
    }
}

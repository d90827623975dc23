package dev.candlewick.local.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Programs of others, such as Prometheus, which a test runs where they are on the PATH and is skipped where not. */
public final class Programs {
    private Programs() {}

    /**
     * The first of these names that is on the PATH; without any the test is skipped and says so.
     *
     * @param names one program under the names that it has in different packages
     */
    public static Path require(String... names) {
        @Nullable
        Path found = Stream.of(names)
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(":"))
                        .map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeThat(found)
                .as("skipped: " + names[0] + " must be on the PATH (Debian: apt-get install prometheus"
                        + " prometheus-alertmanager), was not")
                .isNotNull();
        return found;
    }

    /** Runs a program to its end and returns what it printed; fails, with that, where its exit code is not 0. */
    public static String run(Path program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("%s has ended", program)
                .isTrue();
        assertThat(process.exitValue()).as("%s %s\n%s", program, command, text).isZero();
        return text;
    }
}

package dev.candlewick.local.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.candlewick.local.testing.JobJar;
import dev.candlewick.local.testing.ShellBlock;
import dev.candlewick.local.testing.ShellBlock.When;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The shell blocks of the documents do what they say, typed into a shell as a user would, with the launcher as it was built.
 *
 * <p>{@code -Dcandlewick.documents=all} runs those too that take longer, {@code -Dcandlewick.documents=NAME,NAME} only the
 * named scenarios. Every command with its output is in {@code local/target/documents}.
 */
@Timeout(value = 40, unit = TimeUnit.MINUTES)
final class DocumentBlocksIT {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final String CHOICE = System.getProperty("candlewick.documents", "");

    @TempDir
    private static Path directory;

    // Commands wait for brokers and clusters half of their time: two scenarios share the processors well. Those on
    // demand have clusters under load, and commands that promise times: one after the other.
    private static final ExecutorService USERS = Executors.newFixedThreadPool(CHOICE.isEmpty() ? 2 : 1);
    private static final Map<String, Future<List<String>>> RUNS = new LinkedHashMap<>();

    @BeforeAll
    static void start() throws IOException {
        try (var files = Files.list(ROOT.resolve("local/target"))) {
            assumeTrue(
                    files.anyMatch(file -> file.getFileName().toString().matches("candlewick-local-[0-9.]+\\.jar")),
                    "needs the command as it is built by mvn package");
        }
        JobJar.require();
        for (String scenario : scenarios()) {
            RUNS.put(scenario, USERS.submit(() -> walk(scenario)));
        }
    }

    @AfterAll
    static void end() {
        USERS.shutdownNow();
    }

    static List<String> scenarios() throws IOException {
        List<String> chosen = new ArrayList<>();
        for (String scenario : Scenarios.names()) {
            When when = Scenarios.when(scenario);
            boolean named = List.of(CHOICE.split(",")).contains(scenario);
            boolean byProperty = CHOICE.equals("all") && when == When.ON_DEMAND;
            boolean always = (CHOICE.isEmpty() || CHOICE.equals("all")) && when == When.EVERY_BUILD;
            if (named || byProperty || always) {
                chosen.add(scenario);
            }
        }
        return chosen;
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void theBlocksDoWhatTheySay(String scenario) throws Exception {
        assertThat(RUNS.get(scenario).get())
                .as("blocks of scenario " + scenario)
                .isEmpty();
    }

    private static List<String> walk(String scenario) throws IOException, InterruptedException {
        Path place = Files.createDirectories(directory.resolve(scenario));
        try (Walk walk = new Walk(place, ROOT.resolve("local/target/documents/" + scenario + ".txt"))) {
            walk.prepare(Scenarios.preparation(scenario));
            boolean ran = false;
            for (ShellBlock block : ShellBlock.all()) {
                ShellBlock.Mark mark = block.mark();
                if (block.isShell()) {
                    ran = mark != null && mark.name().equals(scenario);
                    if (ran) {
                        walk.run(block);
                    }
                } else if (ran && block.isPrinted()) {
                    walk.printed(block);
                }
            }
            return walk.failures();
        }
    }
}

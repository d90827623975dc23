package dev.candlewick.local.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.ShellBlock;
import dev.candlewick.local.testing.ShellBlock.Mark;
import dev.candlewick.local.testing.ShellBlock.When;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every shell block of the documents says whether it runs, and what it says is so. */
final class DocumentBlocksTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Pattern TEST = Pattern.compile("([A-Z]\\w+)\\.(\\w+)");
    private static final Pattern COMMAND_OUTSIDE =
            Pattern.compile("(?: {4}|\\t)(?:\\$ )?(\\./candlewick|kubectl|docker|mvn|curl"
                    + "|promtool|amtool|java|flink|cp|mv|install|systemctl|export|openssl|git|apt-get) .*");

    @Test
    void everyShellBlockHasAMark() throws IOException {
        List<String> problems = new ArrayList<>();
        Map<When, Integer> blocks = new EnumMap<>(When.class);
        for (ShellBlock block : ShellBlock.all()) {
            if (block.isShell()) {
                problems.addAll(problems(block, Scenarios.names()));
                if (block.mark() != null) {
                    blocks.merge(Objects.requireNonNull(block.mark()).when(), 1, Integer::sum);
                }
            } else if (block.language().isEmpty()) {
                problems.add(block.place()
                        + ": a block must name its language (sh for commands, text for output), names none");
            }
        }
        assertThat(problems).as("blocks by mark: " + blocks).isEmpty();
        assertThat(blocks.get(When.EVERY_BUILD)).isGreaterThan(20);
        System.out.println("shell blocks of the documents: " + blocks);
    }

    @Test
    void noCommandStandsOutsideOfABlock() throws IOException {
        List<String> problems = new ArrayList<>();
        for (String document : ShellBlock.documents()) {
            boolean inside = false;
            boolean comment = false;
            int number = 0;
            for (String line : Files.readAllLines(ROOT.resolve(document))) {
                number++;
                comment |= line.contains("<!--");
                if (line.strip().startsWith("```")) {
                    inside = !inside;
                } else if (!inside && !comment && COMMAND_OUTSIDE.matcher(line).matches()) {
                    problems.add(
                            document + ":" + number + ": must stand in a block ```sh, was indented: " + line.strip());
                }
                comment &= !line.contains("-->");
            }
        }
        assertThat(problems).isEmpty();
    }

    /** A scenario runs in every build or on demand as a whole: otherwise a block would miss what those before it have made. */
    @Test
    void everyScenarioIsUsedAndIsOfOneKind() throws IOException {
        Map<String, When> kinds = new HashMap<>();
        List<String> problems = new ArrayList<>();
        for (ShellBlock block : ShellBlock.all()) {
            Mark mark = block.mark();
            if (block.isShell() && mark != null && Scenarios.names().contains(mark.name())) {
                When before = kinds.putIfAbsent(mark.name(), mark.when());
                if (before != null && before != mark.when()) {
                    problems.add(block.place() + ": scenario " + mark.name() + " must run " + before + ", was "
                            + mark.when());
                }
            }
        }
        assertThat(problems).isEmpty();
        assertThat(kinds.keySet()).containsExactlyInAnyOrderElementsOf(Scenarios.names());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "''~must have a mark",
                "<!-- runs: -->~no scenario",
                "<!-- runs: nowhere -->~no scenario",
                "<!-- runs: a; exits x -->~must have a mark",
                "<!-- not run: -->~must say why",
                "<!-- runs: .ci/run -->~.ci/run has no step",
                "<!-- runs: RunbooksTest.nothing -->~no test",
                "<!-- runs: DocumentsTest.everyLinkHasItsFile -->~must take its commands from",
                "<!-- runs: a; exits 0, 0 -->~more exit codes than commands",
            })
    void aMarkThatDoesNotHoldIsFound(String comment, String problem) {
        assertThat(problems(new ShellBlock("README.md", 1, "sh", comment, "./candlewick nothing\n"), List.of("a")))
                .singleElement()
                .asString()
                .contains(problem);
    }

    @ParameterizedTest
    @CsvSource({
        "<!-- runs: a -->, EVERY_BUILD",
        "<!-- runs with candlewick.documents=all: a -->, ON_DEMAND",
        "<!-- not run: needs Docker -->, NEVER",
    })
    void aMarkSaysWhen(String comment, When when) {
        ShellBlock block = new ShellBlock("README.md", 1, "sh", comment, "./candlewick nothing\n");

        assertThat(problems(block, List.of("a"))).isEmpty();
        assertThat(Objects.requireNonNull(block.mark()).when()).isEqualTo(when);
    }

    @Test
    void commandsAreTakenWholeWithTheirExitCodes() {
        ShellBlock block = new ShellBlock(
                "README.md",
                1,
                "sh",
                "<!-- runs: a; exits 0, 0, 2|4 -->",
                "cat > f <<'EOF'\none 'line\nEOF\n./candlewick a \\\n  b\nawk '{\n  print }' f\n./candlewick c # exit 3\n");

        assertThat(block.commands())
                .extracting(command -> command.text() + command.exits())
                .containsExactly(
                        "cat > f <<'EOF'\none 'line\nEOF\n[0]",
                        "./candlewick a \\\n  b\n[0]",
                        "awk '{\n  print }' f\n[2, 4]",
                        "./candlewick c # exit 3\n[3]");
    }

    private static List<String> problems(ShellBlock block, List<String> scenarios) {
        List<String> problems = new ArrayList<>();
        Mark mark = block.mark();
        if (mark == null) {
            return List.of(block.place() + ": a shell block must have a mark (<!-- runs: NAME -->, <!-- runs with"
                    + " candlewick.documents=all: NAME -->, <!-- not run: REASON -->), was '" + block.comment() + "'");
        }
        List<ShellBlock.Command> commands = block.commands();
        if (mark.exits().size() > commands.size()) {
            problems.add(block.place() + ": more exit codes than commands");
        }
        Matcher test = TEST.matcher(mark.name());
        if (mark.when() == When.NEVER) {
            if (mark.name().isBlank()) {
                problems.add(block.place() + ": must say why it is not run");
            }
        } else if (mark.name().equals(".ci/run")) {
            String script = read(ROOT.resolve(".ci/run"));
            for (ShellBlock.Command command : commands) {
                if (!script.contains("step \"build and test: " + command.text().strip() + "\"")
                        && !Pattern.compile("(?m)^ +step \"[^\"]+\" "
                                        + Pattern.quote(command.text().strip()) + "$")
                                .matcher(script)
                                .find()) {
                    problems.add(block.place() + ": .ci/run has no step "
                            + command.text().strip());
                }
            }
        } else if (test.matches()) {
            String source = source(test.group(1));
            if (!source.contains(" void " + test.group(2) + "(")) {
                problems.add(block.place() + ": no test " + mark.name());
            } else if (!Pattern.compile("(ranBy\\(\\s*\"" + block.document() + "|follow\\(\\s*\""
                            + Path.of(block.document()).getFileName() + ")\"")
                    .matcher(source)
                    .find()) {
                problems.add(
                        block.place() + ": " + mark.name() + " must take its commands from the document, does not");
            }
        } else if (!scenarios.contains(mark.name())) {
            problems.add(block.place() + ": no scenario '" + mark.name() + "'");
        }
        return problems;
    }

    private static String source(String test) {
        try (Stream<Path> files = Files.walk(ROOT.resolve("local/src/test/java"))) {
            return files.filter(file -> file.getFileName().toString().equals(test + ".java"))
                    .findFirst()
                    .map(DocumentBlocksTest::read)
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

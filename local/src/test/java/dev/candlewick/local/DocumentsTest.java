package dev.candlewick.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What the documents say exists: linked files, tests named as proof, commands with their options. */
final class DocumentsTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Pattern CRON_COMMAND = Pattern.compile("[0-9*].*/candlewick ((?:verify|lake) .*)");
    private static final Pattern LINK = Pattern.compile("\\[([^\\]\\[]+)\\]\\(([^)\\s]+)\\)|src=\"([^\"]+)\"");
    private static final Pattern TEST = Pattern.compile("([A-Z]\\w*)(?:\\.(\\w+))?");
    private static final Pattern ANNOTATION = Pattern.compile("@(Parameterized|Repeated)?Test\\b");
    private static final Pattern OPERATOR = Pattern.compile("[#|>&;].*");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    /** Not on this class path: of the benchmarks, which this module must not see. */
    private static final Set<String> ELSEWHERE = Set.of("bench");

    @Test
    void theTestCommandOfTheReadmeIsThatOfCi() throws IOException {
        String script = Files.readString(ROOT.resolve(".ci/run"));
        Matcher step =
                Pattern.compile("step \"build and test: ([^\"]+)\" verify").matcher(script);
        assertThat(step.find()).as("the step of .ci/run that tests").isTrue();
        String command = step.group(1);
        Matcher call =
                Pattern.compile("(?s)verify\\(\\) \\{\n\\s+(mvn [^>]*?) 2>").matcher(script);
        assertThat(call.find()).as("the call of Maven in .ci/run").isTrue();

        assertThat(call.group(1).replaceAll("\"?-D\\S+ ", "")).isEqualTo(command);
        assertThat(commandLines(ROOT.resolve("README.md"), "mvn ")).contains(command);
    }

    @Test
    void everyLinkHasItsFile() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents()) {
            Matcher matcher = LINK.matcher(withoutCode(Files.readString(document)));
            while (matcher.find()) {
                String target = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
                if (target.startsWith("#") || URI.create(target).isAbsolute()) {
                    continue;
                }
                links++;
                Path file = document.resolveSibling(target.replaceFirst("#.*", ""));
                if (!Files.exists(file)) {
                    broken.add(ROOT.relativize(document) + " -> " + target);
                }
            }
        }
        assertThat(broken).as("links without their file").isEmpty();
        assertThat(links).as("links looked at").isPositive();
    }

    @Test
    void everyTestNamedAsProofExists() throws IOException {
        List<String> missing = new ArrayList<>();
        int proofs = 0;
        for (Path document : documents()) {
            Matcher matcher = LINK.matcher(withoutCode(Files.readString(document)));
            while (matcher.find()) {
                String target = matcher.group(2);
                if (target == null || !target.endsWith(".java")) {
                    continue;
                }
                Matcher name = TEST.matcher(matcher.group(1));
                Path file = document.resolveSibling(target).normalize();
                boolean found = name.matches()
                        && file.getFileName().toString().equals(name.group(1) + ".java")
                        && Files.exists(file)
                        && (name.group(2) == null || isTest(Files.readString(file), name.group(2)));
                if (!found) {
                    missing.add(ROOT.relativize(document) + ": " + matcher.group(1) + " -> " + target);
                }
                proofs += name.matches() && name.group(2) != null ? 1 : 0;
            }
        }
        assertThat(missing).as("tests that are not there").isEmpty();
        assertThat(proofs).as("proofs looked at").isPositive();
    }

    /** The places that know one field of a candle are those that a new one has to come to. */
    @Test
    void theWorkedExampleNamesEveryPlaceOfACandlesField() throws IOException {
        String upgrades = Files.readString(ROOT.resolve("docs/operating/upgrades.md"));
        Pattern field = Pattern.compile("firstTradeNanos|first_trade_ns");
        List<String> places = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String module : List.of("core", "connectors", "jobs", "jobs-batch", "savepoints", "local", "testkit")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String path = ROOT.relativize(file).toString();
                    if (path.contains("/released/") || !path.matches(".*\\.(java|json|avsc|sql)")) {
                        continue;
                    }
                    if (field.matcher(Files.readString(file)).find()) {
                        places.add(path);
                        if (!upgrades.contains("(../../" + path + ")")) {
                            missing.add(path);
                        }
                    }
                }
            }
        }
        assertThat(places).as("places that know the field").hasSizeGreaterThan(10);
        assertThat(missing)
                .as("places that the worked example of docs/operating/upgrades.md does not name")
                .isEmpty();
    }

    /** Whether a source has a test method of the given name, not just any method or call. */
    private static boolean isTest(String source, String method) {
        int at = source.indexOf(" void " + method + "(");
        return at >= 0
                && ANNOTATION
                        .matcher(source.substring(Math.max(0, source.lastIndexOf("}\n", at)), at))
                        .find();
    }

    @Test
    void everyCommandIsOneOfTheCommandLine() throws IOException {
        List<String> problems = new ArrayList<>();
        int commands = 0;
        for (Path document : documents()) {
            for (String line : commandLines(document, "./candlewick ")) {
                List<String> words = words(line);
                List<String> arguments = words.subList(1, words.size());
                CommandLine commandLine = commandLine();
                if (ELSEWHERE.contains(arguments.get(0))
                        && !commandLine.getSubcommands().containsKey(arguments.get(0))) {
                    continue;
                }
                commands++;
                try {
                    commandLine.parseArgs(arguments.toArray(String[]::new));
                } catch (ParameterException e) {
                    problems.add(ROOT.relativize(document) + ": " + line + ": " + e.getMessage());
                }
                for (int i = 1; i < arguments.size(); i++) {
                    String key = arguments.get(i).replaceFirst("=.*", "");
                    if (arguments.get(i - 1).equals("--set")
                            && !CandlewickOptions.keys().contains(key)) {
                        problems.add(ROOT.relativize(document) + ": " + line + ": no option " + key);
                    }
                }
            }
        }
        assertThat(problems).as("commands that the command line does not take").isEmpty();
        assertThat(commands).as("commands looked at").isPositive();
    }

    @Test
    void everyStepOfTheExampleSchedulesIsOneOfTheCommandLine(@TempDir Path directory) throws Exception {
        Path recorder = directory.resolve("candlewick");
        Path record = directory.resolve("steps");
        Files.writeString(
                recorder,
                "#!/usr/bin/env bash\nprintf '%s ' \"$@\" >> '" + record + "'\necho >> '" + record
                        + "'\n[[ $1 != daily ]] || exit 3\n");
        assertThat(recorder.toFile().setExecutable(true)).isTrue();
        ProcessBuilder night = new ProcessBuilder(
                        "bash",
                        ROOT.resolve("conf/examples/candlewick-nightly.sh").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile());
        night.environment()
                .putAll(Map.of(
                        "CANDLEWICK", recorder.toString(),
                        "LAKE", "lake",
                        "KAFKA", "localhost:9092",
                        "HEAL", "yes",
                        "METRICS", "metrics",
                        "NOTIFY", "mail -s candlewick operator"));
        assertThat(night.start().waitFor())
                .as(Files.readString(directory.resolve("out")))
                .isEqualTo(3);
        List<String> steps = new ArrayList<>();
        for (String line : Files.readAllLines(record)) {
            steps.add(line.replace("mail -s candlewick operator", "mail"));
        }
        for (String line : Files.readAllLines(ROOT.resolve("conf/examples/candlewick.crontab"))) {
            Matcher job = CRON_COMMAND.matcher(line);
            if (job.matches()) {
                steps.add(job.group(1));
            }
        }
        assertThat(steps).hasSizeGreaterThan(7).anyMatch(step -> step.startsWith("heal "));
        for (String step : steps) {
            assertThatCode(() -> commandLine().parseArgs(step.strip().split(" ")))
                    .as(step)
                    .doesNotThrowAnyException();
        }
    }

    private static CommandLine commandLine() {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
        CliContext context = new CliContext(nowhere, nowhere, Map.of(), ROOT, ROOT, false);
        return new CommandLine(new Candlewick(context)).setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** README and everything below docs, as Markdown. */
    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        documents.add(ROOT.resolve("README.md"));
        documents.add(ROOT.resolve("SECURITY.md"));
        documents.sort(null);
        return documents;
    }

    /** The text without blocks and spans of code, in which brackets are no links. */
    private static String withoutCode(String text) {
        return text.replaceAll("(?ms)^```.*?^```", "").replaceAll("`[^`\n]*`", "");
    }

    /** Lines of shell blocks that begin with the given text, continued lines joined. */
    private static List<String> commandLines(Path document, String start) throws IOException {
        List<String> commands = new ArrayList<>();
        Matcher block = Pattern.compile("(?ms)^```sh\n(.*?)^```").matcher(Files.readString(document));
        while (block.find()) {
            String shell =
                    block.group(1).replaceAll("(?ms)<<'EOF'\n.*?^EOF$", "").replaceAll("\\\\\n\\s*", "");
            for (String line : shell.lines().toList()) {
                if (line.startsWith(start)) {
                    commands.add(line.strip());
                }
            }
        }
        return commands;
    }

    /** The words of a command up to a comment, a pipe or a redirection. */
    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            String quoted = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            String word = quoted == null ? Objects.requireNonNull(matcher.group(3)) : quoted;
            if (quoted == null && OPERATOR.matcher(word).matches()) {
                break;
            }
            words.add(word);
        }
        return words;
    }
}

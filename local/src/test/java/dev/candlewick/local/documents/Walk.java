package dev.candlewick.local.documents;

import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.testing.ShellBlock;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A user who types the commands of documents into one bash, in a directory that looks like a clone and has a home of its own.
 *
 * <p>What documents cannot know is filled in: the addresses of the broker and of the cluster's web UI in place of
 * {@code 127.0.0.1:9092} and {@code http://127.0.0.1:8081}; the last job and the last savepoint that a command has told in
 * place of JOB and SAVEPOINT; and a folder {@code elsewhere} of the directory in front of {@code /data}, {@code /etc},
 * {@code /srv} and {@code /var}.
 */
final class Walk implements AutoCloseable {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Duration LIMIT = Duration.ofMinutes(8);
    private static final String ENDLESS = "# until Ctrl-C";
    private static final Pattern TAKES_PORTS = Pattern.compile("candlewick (kafka|cluster) up");
    private static final ReentrantLock PORTS = new ReentrantLock();
    private static final Pattern JOB = Pattern.compile("JobID ([0-9a-f]{32})");
    private static final Pattern SAVEPOINT = Pattern.compile("Savepoint completed\\. Path: (\\S+)");
    private static final Pattern ELSEWHERE = Pattern.compile("(?<=[ =\"'])/(data|etc|srv|var)(?=/)");

    private final Path directory;
    private final Path protocol;
    private final CandlewickHome home;
    private final Process shell;
    private final Writer keyboard;
    private final List<String> failures = new ArrayList<>();
    private String said = "";
    private String saidByPage = "";
    private String job = "JOB";
    private String savepoint = "SAVEPOINT";
    private String page = "";
    private int typed;

    /**
     * Opens the shell.
     *
     * @param directory empty
     * @param protocol gets every command with its output and the time that it took
     */
    Walk(Path directory, Path protocol) throws IOException {
        this.directory = directory;
        this.protocol = protocol;
        home = new CandlewickHome(directory.resolve(".candlewick"));
        Files.createSymbolicLink(directory.resolve("candlewick"), ROOT.resolve("candlewick"));
        Files.createSymbolicLink(directory.resolve("jobs"), ROOT.resolve("jobs"));
        ProcessBuilder builder = new ProcessBuilder("bash", "--noprofile", "--norc")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("shell.log").toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(variable -> variable.startsWith("CANDLEWICK_"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("CANDLEWICK_HOME", home.directory().toString());
        // The build that this test belongs to has just made it.
        environment.put("CANDLEWICK_SKIP_BUILD", "1");
        environment.put("CANDLEWICK_JAVA_OPTS", "-Xmx768m -XX:+UseSerialGC -XX:TieredStopAtLevel=1");
        environment.put("CANDLEWICK_KAFKA_OPTS", "-Xmx384m");
        Files.createDirectories(protocol.getParent());
        Files.writeString(protocol, "");
        shell = builder.start();
        keyboard = shell.outputWriter(StandardCharsets.UTF_8);
        type("cp -r '" + ROOT.resolve("conf") + "' conf");
    }

    /** Brings about what the documents take for granted; each command must end with 0. */
    void prepare(String script) throws IOException, InterruptedException {
        for (String command : ShellBlock.split(script)) {
            int code = execute(command, Optional.empty());
            if (code != 0) {
                throw new AssertionError("preparation must end with 0, ended with " + code + ":\n" + command + said);
            }
        }
    }

    /** Types the commands of a block and notes each that does not end as it says. */
    void run(ShellBlock block) throws IOException, InterruptedException {
        if (!page.equals(block.document())) {
            page = block.document();
            saidByPage = "";
        }
        ShellBlock.Mark mark = block.mark();
        List<ShellBlock.Command> commands = block.commands();
        for (int i = 0; i < commands.size(); i++) {
            ShellBlock.Command command = commands.get(i);
            boolean endless =
                    block.text().contains(ENDLESS) ? command.text().contains(ENDLESS) : i == commands.size() - 1;
            Optional<String> interruptAfter =
                    endless && mark != null ? Optional.ofNullable(mark.interruptAfter()) : Optional.empty();
            int code = execute(command.text(), interruptAfter);
            saidByPage += said;
            boolean interrupted = interruptAfter.isPresent();
            if (interrupted ? code != 130 : !command.exits().contains(code)) {
                failures.add(block.place() + ": must end with " + (interrupted ? "130" : command.exits())
                        + ", ended with " + code + "\n$ " + command.text() + said);
            }
        }
    }

    /** Looks for lines that a document shows in what its commands have printed; … stands for anything. */
    void printed(ShellBlock block) {
        String output = plain(saidByPage);
        for (String line : block.text().lines().toList()) {
            Pattern pattern = Pattern.compile(Pattern.quote(plain(line)).replace("…", "\\E.*\\Q"));
            if (!line.isBlank() && !pattern.matcher(output).find()) {
                failures.add(block.place() + ": must be printed, was not: " + line.strip() + " (" + protocol + ")");
            }
        }
    }

    /** What was not as the documents say. */
    List<String> failures() {
        return failures;
    }

    private static String plain(String text) {
        return text.replaceAll("[ \t]+", " ").replaceAll("(?m)^ | $", "");
    }

    private int execute(String command, Optional<String> interruptAfter) throws IOException, InterruptedException {
        if (!TAKES_PORTS.matcher(command).find()) {
            return typeAndWait(command, interruptAfter);
        }
        // Each looks for its usual port first, and takes another where that is taken: not in the same moment.
        PORTS.lock();
        try {
            return typeAndWait(command, interruptAfter);
        } finally {
            PORTS.unlock();
        }
    }

    private int typeAndWait(String command, Optional<String> interruptAfter) throws IOException, InterruptedException {
        if (!shell.isAlive()) {
            throw new AssertionError("the shell must live, has ended (before " + command + ")");
        }
        typed++;
        Path out = directory.resolve("typed-" + typed + ".out");
        Path code = directory.resolve("typed-" + typed + ".code");
        String filled = fill(command);
        long start = System.nanoTime();
        type("{\n" + filled + "} </dev/null >'" + out + "' 2>&1\necho $? >'" + code + ".part' && mv '" + code
                + ".part' '" + code + "'");
        String text;
        try {
            if (interruptAfter.isPresent()) {
                String sign = interruptAfter.get();
                long patience = sign.matches("[0-9]+ s") ? Long.parseLong(sign.replace(" s", "")) : LIMIT.toSeconds();
                Awaitility.await()
                        .atMost(LIMIT)
                        .until(() -> Files.exists(code)
                                || System.nanoTime() - start > patience * 1_000_000_000L
                                || (Files.exists(out) && Files.readString(out).contains(sign)));
                if (!Files.exists(code)) {
                    for (ProcessHandle child : shell.children().toList()) {
                        new ProcessBuilder("bash", "-c", "kill -INT " + child.pid())
                                .start()
                                .waitFor();
                    }
                }
            }
            Awaitility.await()
                    .atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> Files.exists(code) || !shell.isAlive());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "a command must end within " + LIMIT + ", did not:\n$ " + filled + Files.readString(out), e);
        } finally {
            text = Files.exists(out) ? Files.readString(out) : "";
            said = text;
            Matcher job = JOB.matcher(text);
            while (job.find()) {
                this.job = job.group(1);
            }
            Matcher savepoint = SAVEPOINT.matcher(text);
            while (savepoint.find()) {
                this.savepoint = savepoint.group(1);
            }
            Files.writeString(
                    protocol,
                    String.format(
                            Locale.ROOT,
                            "[%.1f s, exit %s] $ %s%s%n",
                            (System.nanoTime() - start) / 1e9,
                            Files.exists(code) ? Files.readString(code).strip() : "none",
                            filled,
                            text),
                    StandardOpenOption.APPEND);
        }
        return Files.exists(code) ? Integer.parseInt(Files.readString(code).strip()) : -1;
    }

    private String fill(String command) {
        String filled = ELSEWHERE.matcher(command).replaceAll(directory + "/elsewhere/$1");
        Optional<BrokerState> broker = BrokerState.running(home);
        if (broker.isPresent()) {
            filled = filled.replace("127.0.0.1:9092", broker.get().address());
        }
        Optional<ClusterState> cluster = ClusterState.running(home);
        if (cluster.isPresent()) {
            filled = filled.replace("http://127.0.0.1:8081", cluster.get().webUi());
        }
        return filled.replaceAll("\\bJOB\\b", job).replaceAll("\\bSAVEPOINT\\b", savepoint);
    }

    private void type(String line) throws IOException {
        keyboard.write(line + "\n");
        keyboard.flush();
    }

    /** Ends what the commands have left running, then the shell. */
    @Override
    public void close() throws IOException, InterruptedException {
        try {
            if (shell.isAlive()) {
                shell.children().forEach(ProcessHandle::destroyForcibly);
                if (ClusterState.running(home).isPresent()) {
                    execute("./candlewick cluster down\n", Optional.empty());
                }
                if (BrokerState.running(home).isPresent()) {
                    execute("./candlewick kafka down\n", Optional.empty());
                }
            }
        } finally {
            keyboard.close();
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly().waitFor();
        }
    }
}

package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Logs;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.cli.ProcessMark;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The local broker as a process of its own, which outlives the command that started it.
 *
 * <p>At most one for each home. Its port stays the same from one start to the next where that port is free, so that
 * running clients find it again.
 */
public final class BrokerProcess {

    /** The port that is tried first in a new home. */
    public static final int PREFERRED_PORT = 9092;

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final long END_CHECK_NANOS = Duration.ofMillis(20).toNanos();
    private static final int LOG_LINES_SHOWN = 12;
    private static final long LOG_BYTES_MAX = 16L << 20;

    private final CandlewickHome home;

    /** The broker process of a home. */
    public BrokerProcess(CandlewickHome home) {
        this.home = home;
    }

    /**
     * What {@link #start} did.
     *
     * @param state the broker that runs now
     * @param startedNow false if it ran before
     */
    public record Started(BrokerState state, boolean startedNow) {}

    /**
     * Starts the broker, or finds the one that runs.
     *
     * @param port the port to listen on, {@link EmbeddedBroker#ANY_PORT} for any, or null for the usual one
     * @throws CommandFailure if it does not start
     */
    public Started start(@Nullable Integer port) {
        try {
            Files.createDirectories(home.kafkaDirectory());
            // Two commands started together must not start two brokers.
            try (FileChannel channel = FileChannel.open(
                            home.kafkaDirectory().resolve("start.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                Optional<BrokerState> running = BrokerState.running(home);
                if (running.isPresent()) {
                    return new Started(running.get(), false);
                }
                if (port != null) {
                    return new Started(launch(port), true);
                }
                try (PortClaim usual = usualPort()) {
                    return new Started(launch(usual.port()), true);
                }
            }
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "the broker's directory must be writable, was refused: " + e,
                    home.kafkaDirectory().toString(),
                    "free or repair the disk, or set CANDLEWICK_HOME to another directory",
                    e);
        }
    }

    /**
     * Stops the broker that {@code kafka up} started: asks it to end, and kills it if it does not.
     *
     * @return the broker that was stopped, or nothing if none ran
     * @throws CommandFailure if the broker belongs to another command that still runs
     */
    public Optional<BrokerState> stop() {
        Optional<BrokerState> published = BrokerState.read(home);
        ProcessHandle process = published.isPresent() ? published.get().process() : null;
        if (process == null) {
            published.ifPresent(stale -> stale.withdraw(home));
            return Optional.empty();
        }
        BrokerState state = published.get();
        if (!state.owner().equals(BrokerState.OWNER_KAFKA_UP)) {
            throw CommandFailure.environment(
                    "the broker must have been started by kafka up to be stopped, was started by " + state.owner(),
                    "process " + state.pid(),
                    "end that command with Ctrl-C",
                    null);
        }
        process.destroy();
        if (!awaitEnd(process)) {
            process.destroyForcibly();
            awaitEnd(process);
        }
        state.withdraw(home);
        return Optional.of(state);
    }

    /** Where the broker writes what happens. */
    public Path logFile() {
        return home.kafkaDirectory().resolve("broker.log");
    }

    private BrokerState launch(int port) throws IOException {
        Path log = logFile();
        if (Files.exists(log) && Files.size(log) > LOG_BYTES_MAX) {
            Files.move(log, log.resolveSibling("broker.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        long logStart = Files.exists(log) ? Files.size(log) : 0;
        ProcessBuilder builder =
                new ProcessBuilder(command(port, log)).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Process process = builder.start();
        CompletableFuture<@Nullable String> answer = CompletableFuture.supplyAsync(() -> firstLine(process));
        String line;
        try {
            line = answer.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw failure("the broker must start within " + START_LIMIT.toSeconds() + " s, was not ready", logStart, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw failure("the start of the broker was interrupted", logStart, e);
        } catch (ExecutionException | CompletionException e) {
            process.destroyForcibly();
            throw failure("the broker must answer, was silent", logStart, e);
        }
        if (line != null && line.startsWith(BrokerMain.READY)) {
            rememberPort(line.substring(line.lastIndexOf(':') + 1));
            return BrokerState.running(home)
                    .orElseThrow(() -> failure("the broker must run, ended right after its start", logStart, null));
        }
        String reason = line != null && line.startsWith(BrokerMain.FAILED)
                ? line.substring(BrokerMain.FAILED.length())
                : "it ended without an answer";
        throw failure("the broker did not start: " + reason, logStart, null);
    }

    private List<String> command(int port, Path log) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx768m", "-Xms64m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"));
        command.add("-Dfile.encoding=UTF-8");
        command.add("-D" + Logs.PROPERTY + "=" + Logs.CONFIGURATION);
        command.add("-D" + Logs.LEVEL_PROPERTY + "=INFO");
        String opts = System.getenv("CANDLEWICK_KAFKA_OPTS");
        if (opts != null && !opts.isBlank()) {
            command.addAll(List.of(opts.trim().split("\\s+")));
        }
        command.add("-cp");
        command.add(Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator)));
        command.add(BrokerMain.class.getName());
        command.add(home.directory().toString());
        command.add(home.kafkaDirectory().resolve("data").toString());
        command.add(Integer.toString(port));
        command.add(log.toString());
        return command;
    }

    private PortClaim usualPort() throws IOException {
        Optional<PortClaim> last = Optional.empty();
        try {
            last = PortClaim.of(Integer.parseInt(Files.readString(portFile()).trim()));
        } catch (NoSuchFileException | NumberFormatException e) {
            // Never started here, or nothing usable remembered.
        }
        return last.or(() -> PortClaim.of(PREFERRED_PORT)).orElseGet(PortClaim::any);
    }

    private void rememberPort(String port) throws IOException {
        Files.writeString(portFile(), port + "\n");
    }

    private Path portFile() {
        return home.kafkaDirectory().resolve("port");
    }

    private CommandFailure failure(String what, long logStart, @Nullable Throwable cause) {
        return CommandFailure.environment(
                what + lastLines(logStart),
                logFile().toString(),
                "read the log; for a taken port choose another with --port",
                cause);
    }

    private String lastLines(long logStart) {
        try {
            byte[] log = Files.readAllBytes(logFile());
            int from = (int) Math.min(logStart, log.length);
            List<String> lines = new String(log, from, log.length - from, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.contains("ERROR") || line.contains("FATAL"))
                    .limit(LOG_LINES_SHOWN)
                    .toList();
            return lines.isEmpty() ? "" : System.lineSeparator() + String.join(System.lineSeparator(), lines);
        } catch (IOException e) {
            return "";
        }
    }

    private static @Nullable String firstLine(Process process) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith(BrokerMain.READY) || line.startsWith(BrokerMain.FAILED)) {
                    return line;
                }
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean awaitEnd(ProcessHandle process) {
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        while (ProcessMark.runs(process)) {
            if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(END_CHECK_NANOS);
        }
        return true;
    }
}

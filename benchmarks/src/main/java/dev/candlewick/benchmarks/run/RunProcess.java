package dev.candlewick.benchmarks.run;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Logs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs one contender in a fresh JVM on the class path of this one, so that no run profits from another's compiled code.
 *
 * <p>All contenders get the same heap, collector and options.
 */
public final class RunProcess {
    /** What the names of contenders on Kafka Streams begin with. */
    public static final String KAFKA_STREAMS = "kafka-streams";

    private static final long LIMIT_MINUTES = 30;
    private static final int LOG_LINES_SHOWN = 15;

    private final Class<?> main;
    private final @Nullable Path argumentFile;
    private final String heap;
    private final Path logs;
    private volatile @Nullable Process running;

    /**
     * A launcher.
     *
     * @param main the class with the main method of the run's process
     * @param argumentFile options of the JVM that Flink needs, or null
     * @param heap size of the heap as {@code -Xmx} takes it
     * @param logs directory of the logs, one for each contender, which stay; exists
     */
    public RunProcess(Class<?> main, @Nullable Path argumentFile, String heap, Path logs) {
        this.main = main;
        this.argumentFile = argumentFile;
        this.heap = heap;
        this.logs = logs;
    }

    /**
     * Runs to the end.
     *
     * @param recording where a flight recording goes, or null for none
     * @throws CommandFailure where the run fails
     */
    public RunResult run(RunRequest request, @Nullable Path recording) throws IOException, InterruptedException {
        Path log = logs.resolve(request.contender() + ".log");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command(request, recording))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        running = process;
        try {
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                throw failure(request, log, "must end within " + LIMIT_MINUTES + " min, was still running");
            }
        } finally {
            running = null;
            process.destroyForcibly();
        }
        long wallNanos = System.nanoTime() - start;
        if (process.exitValue() != 0) {
            throw failure(request, log, "must end with 0, was " + process.exitValue());
        }
        return RunResult.read(request.resultFile(), request.contender(), wallNanos);
    }

    /** Ends the run that is under way, if one is; may be called from any thread. */
    public void stop() {
        Process process = running;
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private List<String> command(RunRequest request, @Nullable Path recording) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (argumentFile != null) {
            command.add("@" + argumentFile);
        }
        command.addAll(List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+UseParallelGC", "-Dfile.encoding=UTF-8"));
        command.add("-D" + Logs.PROPERTY + "=" + Logs.CONFIGURATION);
        command.add("-Djava.io.tmpdir=" + request.directory());
        if (recording != null) {
            // Without these, samples are attributed to the nearest safepoint.
            command.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints"));
            command.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
        }
        command.add("-cp");
        command.add(request.contender().startsWith(KAFKA_STREAMS) ? ClassPath.ofKafkaStreams() : ClassPath.ofFlink());
        command.add(main.getName());
        command.addAll(request.toArguments());
        return command;
    }

    private static CommandFailure failure(RunRequest request, Path log, String rule) throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log, StandardCharsets.UTF_8) : List.of();
        String shown = lines.stream()
                .filter(line -> line.contains("ERROR") || line.contains("Caused by") || line.contains("Exception"))
                .limit(LOG_LINES_SHOWN)
                .collect(Collectors.joining(System.lineSeparator()));
        return CommandFailure.jobFailed(
                "run " + request.contender() + " " + rule + System.lineSeparator() + shown,
                log.toString(),
                "read the log",
                null);
    }
}

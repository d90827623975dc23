package dev.candlewick.benchmarks.backfill;

import dev.candlewick.benchmarks.run.ClassPath;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One {@code backfill} in a fresh JVM, with what it took. */
final class BackfillProcess {
    private static final Pattern HEAP = Pattern.compile("Pause Full .* ([0-9]+)M->([0-9]+)M\\(");
    private static final Pattern RESIDENT = Pattern.compile("VmHWM:\\s+([0-9]+) kB");
    private static final Pattern SUMMARY =
            Pattern.compile("(\\d+) trades read in ([0-9]+)\\.([0-9]{3}) s(?: .* residual (\\d+))?");
    private static final long POLL_MILLIS = 250;

    private BackfillProcess() {}

    /**
     * What a run took.
     *
     * @param read trades that its jobs read, lead-in and lead-out included
     * @param jobSeconds of its jobs
     * @param wallSeconds of the process, start of the JVM and publication included
     * @param processorSeconds of all threads of the process, compiler and collector included
     * @param residentMebibytes the largest resident memory of the process; -1 where the system does not say
     * @param heapMebibytes the largest heap after a full collection: what is really held; 0 where there was none
     */
    record Took(
            long read,
            double jobSeconds,
            double wallSeconds,
            double processorSeconds,
            long residentMebibytes,
            long heapMebibytes) {}

    /** @param main of the process; Candlewick tells a residual, a peer does not */
    static Took run(
            Class<?> main,
            @Nullable Path argumentFile,
            String heap,
            Path log,
            @Nullable Path recording,
            List<String> arguments)
            throws IOException, InterruptedException {
        Path collections = log.resolveSibling(log.getFileName() + ".gc");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (argumentFile != null) {
            command.add("@" + argumentFile);
        }
        command.addAll(List.of("-Xmx" + heap, "-XX:+UseParallelGC", "-Dfile.encoding=UTF-8"));
        command.add("-Xlog:gc:file=" + collections + "::filecount=0");
        if (recording != null) {
            command.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints"));
            command.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
        }
        command.add("-cp");
        command.add(ClassPath.ofFlink());
        command.add(main.getName());
        command.addAll(arguments);
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long resident = -1;
        Duration processor = Duration.ZERO;
        try {
            while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                resident = Math.max(resident, resident(process.pid()));
                processor = process.info().totalCpuDuration().orElse(processor);
            }
        } finally {
            process.destroyForcibly();
        }
        double wall = (System.nanoTime() - start) / 1e9;
        String said = Files.readString(log);
        Matcher summary = SUMMARY.matcher(said);
        if (process.exitValue() != 0 || !summary.find() || (main == Main.class) != "0".equals(summary.group(4))) {
            throw CommandFailure.jobFailed(
                    "backfill must end well, was\n" + said, log.toString(), "read the log", null);
        }
        long after = 0;
        for (String line : Files.readAllLines(collections)) {
            Matcher pause = HEAP.matcher(line);
            if (pause.find()) {
                after = Math.max(after, Long.parseLong(pause.group(2)));
            }
        }
        return new Took(
                Long.parseLong(summary.group(1)),
                Long.parseLong(summary.group(2)) + Long.parseLong(summary.group(3)) / 1e3,
                wall,
                processor.toMillis() / 1e3,
                resident,
                after);
    }

    private static long resident(long pid) {
        try {
            Matcher matcher = RESIDENT.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return matcher.find() ? Long.parseLong(matcher.group(1)) / 1024 : -1;
        } catch (IOException e) {
            return -1;
        }
    }
}

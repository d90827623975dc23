package dev.candlewick.local.upgrade;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cluster.JobSubmission;
import dev.candlewick.local.cluster.JsonFiles;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks a {@link JobJudge} in a process of its own; close it to end that. One thread. */
final class Judgement implements AutoCloseable {
    private static final String END = "";
    private static final int LOG_LINES_SHOWN = 5;
    private static final long POLL_MILLIS = 100;

    private final Process process;
    private final Path log;
    private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(16);
    private final BooleanSupplier interrupted;
    private int slots;
    private Map<String, String> parameters = Map.of();

    /**
     * What was found.
     *
     * @param restorable whether the job may start from it
     * @param findings for people; those that refuse first
     */
    record Findings(boolean restorable, List<String> findings) {
        /** Why not, one line. */
        String reasons() {
            return findings.stream()
                    .filter(finding -> !finding.startsWith("note"))
                    .collect(Collectors.joining("; "));
        }
    }

    /** The jar or its arguments do not make a job; nothing was stopped for it. */
    static final class NoJobException extends Exception {
        private static final long serialVersionUID = 1L;

        NoJobException(String message) {
            super(message);
        }
    }

    private Judgement(Process process, Path log, BooleanSupplier interrupted) {
        this.process = process;
        this.log = log;
        this.interrupted = interrupted;
        Thread reader = new Thread(this::read, "candlewick-judge");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts the judge of a job and waits until it has the graph.
     *
     * @param configuration directory of the cluster's configuration
     * @param log receives what the jar prints
     * @param interrupted ends the waiting
     * @throws NoJobException where there is no graph within the time
     */
    static Judgement of(JobSubmission job, Path configuration, Path log, Duration limit, BooleanSupplier interrupted)
            throws NoJobException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List<String> inherited = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-") || option.startsWith("-Xmx"))
                .toList();
        command.addAll(List.of("-Xmx2g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
        // A heap that the user has asked for is stronger: the last one counts.
        command.addAll(inherited);
        command.addAll(List.of("-cp", classPath(), JobJudge.class.getName(), configuration.toString()));
        command.add(job.jarPath().toString());
        command.addAll(job.program());
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(job.directory().toFile())
                    .redirectError(ProcessBuilder.Redirect.to(log.toFile()));
            builder.environment().keySet().removeIf(variable -> variable.startsWith("CANDLEWICK_"));
            builder.environment().putAll(job.environment());
            Judgement judgement = new Judgement(builder.start(), log, interrupted);
            try {
                Map<String, Json.Value> graph = judgement.answer(limit);
                judgement.slots = Integer.parseInt(JsonFiles.text(graph, "slots"));
                Map<String, String> read = new TreeMap<>();
                Map<String, Json.Value> told = JsonFiles.object(graph, "parameters");
                if (told != null) {
                    told.forEach((key, value) -> read.put(key, value.text()));
                }
                judgement.parameters = read;
                return judgement;
            } catch (NoJobException | RuntimeException e) {
                judgement.close();
                throw e;
            }
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "a process that judges the jar must start, was refused: " + e, null, null, e);
        }
    }

    /** The slots that the job needs. */
    int slots() {
        return slots;
    }

    /** An option of the job as it was resolved, null where it has none. */
    @Nullable
    String parameter(String key) {
        return parameters.get(key);
    }

    /** Judges a savepoint. */
    Findings verify(String savepoint, Duration limit) throws NoJobException {
        try {
            BufferedWriter questions =
                    new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
            questions.write(savepoint + "\n");
            questions.flush();
        } catch (IOException e) {
            throw new NoJobException("the process that judges the jar ended" + lastLines());
        }
        Map<String, Json.Value> answer = answer(limit);
        List<String> findings = new ArrayList<>();
        for (String severity : List.of("refused", "differs", "note")) {
            for (Map<String, Json.Value> finding : JsonFiles.objects(answer, "findings")) {
                if (JsonFiles.text(finding, "severity").equals(severity)) {
                    findings.add(severity + ": " + JsonFiles.text(finding, "text"));
                }
            }
        }
        return new Findings(Boolean.parseBoolean(JsonFiles.text(answer, "restorable")), findings);
    }

    private Map<String, Json.Value> answer(Duration limit) throws NoJobException {
        long start = System.nanoTime();
        try {
            while (System.nanoTime() - start < limit.toNanos()) {
                String line = answers.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (interrupted.getAsBoolean()) {
                    throw new Upgrade.InterruptedUpgradeException();
                }
                if (line == null) {
                    continue;
                }
                Map<String, Json.Value> fields =
                        line.equals(END) ? null : Json.object(line.getBytes(StandardCharsets.UTF_8));
                if (fields == null) {
                    throw new NoJobException(
                            "the main of the jar must build its graph, ended its process" + lastLines());
                }
                Json.Value error = fields.get("error");
                if (error != null) {
                    throw new NoJobException(error.text());
                }
                return fields;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Upgrade.InterruptedUpgradeException();
        }
        throw new NoJobException("the jar must be judged within " + limit.toSeconds() + " s, was not");
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isEmpty()) {
                    answers.put(line);
                }
            }
            answers.put(END);
        } catch (IOException | InterruptedException e) {
            if (!answers.offer(END)) {
                process.destroyForcibly();
            }
        }
    }

    private String lastLines() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
            return last.isEmpty() ? "" : ": " + String.join(" | ", last);
        } catch (IOException e) {
            return "";
        }
    }

    private static String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.isEmpty()) {
                entries.add(new File(entry).getAbsolutePath());
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

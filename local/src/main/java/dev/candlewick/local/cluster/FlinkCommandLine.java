package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CommandFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Flink's own command line against the local cluster: same arguments, same output, same exit code. What {@code run} submits
 * is remembered, so that the supervisor can submit it again.
 */
public final class FlinkCommandLine {
    private static final Pattern SUBMITTED = Pattern.compile("JobID ([0-9a-f]{32})");

    private final ClusterState cluster;
    private final ClusterFiles files;

    /**
     * The command line of the cluster that runs in a home.
     *
     * @throws CommandFailure with exit code 4 if none runs
     */
    public FlinkCommandLine(CandlewickHome home) {
        cluster = ClusterState.running(home)
                .orElseThrow(() -> CommandFailure.environment(
                        "a local Flink cluster must run, none does",
                        home.directory().toString(),
                        "start one with ./candlewick cluster up",
                        null));
        files = ClusterFiles.of(home);
    }

    /**
     * What a call did.
     *
     * @param exitCode Flink's own
     * @param jobId of the first job that it has submitted, null for none
     */
    public record Result(int exitCode, @Nullable String jobId) {}

    /**
     * Submits a job, detached, under an id that is known before.
     *
     * @param id 32 hexadecimal digits
     * @param from the savepoint or checkpoint to start from
     * @param output receives what the client says, standard error too
     * @param limit after which the client is ended: what it has submitted by then runs
     * @return the exit code of the client; empty where it was ended
     */
    public OptionalInt submit(JobSubmission job, String id, String from, OutputStream output, Duration limit)
            throws IOException, InterruptedException {
        FlinkProcesses flink = new FlinkProcesses(files);
        List<String> arguments = job.arguments(id, from);
        ProcessBuilder builder = new ProcessBuilder(flink.commandLine("flink-cli", arguments))
                .directory(job.directory().toFile())
                .redirectErrorStream(true);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("CANDLEWICK_"));
        builder.environment().putAll(job.environment());
        builder.environment().putAll(flink.environment());
        // Remembered before it can run: where this process dies in between, the supervisor knows the job.
        remember(id, arguments, job.directory(), job.environment());
        Process process = builder.start();
        Thread end = new Thread(process::destroyForcibly, "flink-cli-end");
        Runtime.getRuntime().addShutdownHook(end);
        Thread copy = new Thread(
                () -> {
                    try (InputStream said = process.getInputStream()) {
                        said.transferTo(output);
                    } catch (IOException e) {
                        // It has ended.
                    }
                },
                "flink-cli-output");
        copy.setDaemon(true);
        copy.start();
        try {
            if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                copy.join(1_000);
                return OptionalInt.of(process.exitValue());
            }
            return OptionalInt.empty();
        } finally {
            process.destroyForcibly();
            try {
                Runtime.getRuntime().removeShutdownHook(end);
            } catch (IllegalStateException e) {
                // This process ends already, and the hook runs.
            }
        }
    }

    /** The cluster that it talks to. */
    public ClusterState cluster() {
        return cluster;
    }

    /**
     * Runs Flink's command line to its end.
     *
     * @param directory where it is called: relative paths start there
     * @param environment variables of the call
     * @param out receives its standard output byte by byte as it comes
     * @param err where its standard error goes
     */
    public Result run(
            List<String> arguments,
            Path directory,
            Map<String, String> environment,
            OutputStream out,
            ProcessBuilder.Redirect err)
            throws IOException, InterruptedException {
        FlinkProcesses flink = new FlinkProcesses(files);
        ProcessBuilder builder = new ProcessBuilder(flink.commandLine("flink-cli", arguments))
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(err);
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().putAll(flink.environment());
        Process process = builder.start();
        Thread end = new Thread(process::destroy, "flink-cli-end");
        Runtime.getRuntime().addShutdownHook(end);
        try {
            String job = copy(process.getInputStream(), out, arguments, directory, environment);
            return new Result(process.waitFor(), job);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(end);
            } catch (IllegalStateException e) {
                // This process ends already, and the hook runs.
            }
        }
    }

    private @Nullable String copy(
            InputStream from, OutputStream out, List<String> arguments, Path directory, Map<String, String> environment)
            throws IOException {
        boolean submits = !arguments.isEmpty() && arguments.get(0).equals("run");
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        String job = null;
        byte[] buffer = new byte[8192];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            out.write(buffer, 0, read);
            out.flush();
            for (int i = 0; submits && job == null && i < read; i++) {
                if (buffer[i] != '\n') {
                    line.write(buffer[i]);
                    continue;
                }
                job = submitted(line.toString(StandardCharsets.UTF_8)).orElse(null);
                line.reset();
                if (job != null) {
                    remember(job, arguments, directory, environment);
                }
            }
        }
        return job;
    }

    private static Optional<String> submitted(String line) {
        Matcher matcher = SUBMITTED.matcher(line);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private void remember(String id, List<String> arguments, Path directory, Map<String, String> environment) {
        Map<String, String> variables = new TreeMap<>(environment);
        variables.keySet().removeIf(name -> !name.startsWith("CANDLEWICK_") || name.equals("CANDLEWICK_HOME"));
        String jar = JobSubmission.jar(arguments)
                .flatMap(given -> new KeptJars(files).keepIfReadable(directory.resolve(given)))
                .map(Path::toString)
                .orElse("");
        new SubmittedJob(id, arguments, directory, variables, SubmittedJob.SUBMITTED, "", 0, "", jar).write(files);
    }
}

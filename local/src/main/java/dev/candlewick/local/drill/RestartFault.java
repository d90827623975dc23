package dev.candlewick.local.drill;

import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stops the jobs with a savepoint and starts them from it with another parallelism, 1 to 4 in turn; once with another
 * version of the job, after {@code savepoint verify} has accepted it.
 */
final class RestartFault implements Fault {
    private static final Pattern PATH = Pattern.compile("Savepoint completed\\. Path: (\\S+)");
    private static final int PARALLELISM_MAX = 4;
    /** Two operators more than before, a map and a sink; what they write is compared by nobody. */
    private static final List<String> MORE_OPERATORS = List.of("live=on");

    private final int changedAt;
    private final @Nullable Path changedJar;
    private int done;

    /**
     * Restarts.
     *
     * @param changedAt which restart, from 1, starts the other version; 0 for none
     * @param changedJar the other version; null for the same job under another version number with two operators more
     */
    RestartFault(int changedAt, @Nullable Path changedJar) {
        this.changedAt = changedAt;
        this.changedJar = changedJar;
    }

    @Override
    public int slots(int lanes) {
        return lanes * PARALLELISM_MAX / 2;
    }

    @Override
    public Drill.Done disturb(Drill drill, int number) throws Exception {
        long start = System.nanoTime();
        done++;
        boolean changes = done == changedAt;
        // 1, 2, 3, 4 and so on, from anywhere.
        int first = Math.floorMod(drill.options().seed(), PARALLELISM_MAX);
        int parallelism = 1 + (first + done) % PARALLELISM_MAX;
        for (Lane lane : List.copyOf(drill.jobs().keySet())) {
            drill.flink(List.of("stop", drill.jobs().get(lane)));
            Matcher path = PATH.matcher(drill.lastOutput());
            if (!path.find()) {
                throw CommandFailure.jobFailed(
                        "flink stop must tell the savepoint, said: " + drill.lastOutput(), null, null, null);
            }
            String savepoint = path.group(1);
            if (changes) {
                drill.change(
                        lane,
                        changedJar != null ? changedJar : nextVersion(drill.options()),
                        changedJar != null ? List.of() : MORE_OPERATORS);
                verify(drill.options(), savepoint, drill.job(lane, Drill.DISTURBED, parallelism, "never"));
            }
            drill.submit(lane, parallelism, savepoint);
        }
        String what = "stopped with a savepoint, started with ";
        return new Drill.Done(
                what + (changes ? "another version" : "another parallelism"),
                what + "parallelism " + parallelism + (changes ? " and another version of the job" : ""),
                "while trades flow",
                start);
    }

    /**
     * Asks {@code savepoint verify}, in a process of its own: this one has loaded Kafka's classes, of which those of the jar
     * would be others.
     */
    private static void verify(Drill.Options options, String savepoint, List<String> job)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-") || option.startsWith("-Dcandlewick."))
                .forEach(command::add);
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of("savepoint", "verify", savepoint, "--jar", job.get(0)));
        // What stands in front of the options is the broker, which verify does not ask for.
        command.addAll(job.subList(job.indexOf("--set"), job.size()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(options.directory().toFile())
                .redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != ExitCode.OK.code()) {
            throw CommandFailure.usage(
                    "the other version must be able to start from the savepoint, was refused: " + said,
                    job.get(0),
                    "see ./candlewick savepoint verify");
        }
    }

    /** A copy of the job jar whose manifest tells another version. */
    private static Path nextVersion(Drill.Options options) throws IOException {
        Path next = options.directory().resolve("candlewick-jobs-next-all.jar");
        if (Files.exists(next)) {
            return next;
        }
        Files.copy(options.jar(), next);
        try (FileSystem jar = FileSystems.newFileSystem(next)) {
            Path file = jar.getPath("META-INF", "MANIFEST.MF");
            Manifest manifest;
            try (InputStream in = Files.newInputStream(file)) {
                manifest = new Manifest(in);
            }
            manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, "next");
            try (OutputStream out = Files.newOutputStream(file)) {
                manifest.write(out);
            }
        }
        return next;
    }
}

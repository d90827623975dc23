package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.savepoints.NewJob;
import dev.candlewick.savepoints.SavepointVerification;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
                verify(savepoint, drill.job(lane, Drill.DISTURBED, parallelism, "never"));
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

    private static void verify(String savepoint, List<String> job) {
        List<SavepointVerification.Finding> findings;
        try (NewJob next = NewJob.ofJar(job.get(0), job.subList(1, job.size()))) {
            findings = SavepointVerification.verify(savepoint, next);
        }
        if (!SavepointVerification.isRestorable(findings)) {
            throw CommandFailure.usage(
                    "the other version must be able to start from the savepoint, was refused: " + findings,
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

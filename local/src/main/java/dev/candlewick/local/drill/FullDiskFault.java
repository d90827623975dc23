package dev.candlewick.local.drill;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cluster.JobManagerApi;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Fills the file system of the checkpoints to its last byte and frees it again: by turns for fewer failed checkpoints than
 * the job tolerates, after which it must not have been restarted, and for more.
 *
 * <p>The file system is one of the drill's own, mounted for it in memory: nothing else is filled.
 */
final class FullDiskFault implements Fault {
    private static final Duration FAIL_LIMIT = Duration.ofMinutes(3);
    private static final String SIZE = "96m";
    private static final int CHUNK = 64 * 1024;
    private static final String FILLER = "filler";

    /** How many checkpoints in a row may fail before the job is restarted. */
    private static final int TOLERATED =
            Objects.requireNonNull(CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES.defaultValue());

    private boolean mounted;
    private int done;

    /** Mounts a file system that can be filled; what is said where it is refused, nothing where it is not. */
    static String mount(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        return call("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "candlewick-drill", directory.toString());
    }

    /** Unmounts it again; what is said where it is refused, nothing where it is not. */
    static String unmount(Path directory) throws IOException, InterruptedException {
        return call("umount", directory.toString());
    }

    @Override
    public void prepare(Drill drill) throws Exception {
        Path directory = drill.checkpoints();
        String said = mount(directory);
        if (!said.isEmpty()) {
            throw CommandFailure.environment(
                    "a file system of the drill's own must be mounted to be filled, was refused: " + said,
                    directory.toString(),
                    "run it as root, or in a name space of its own: unshare --map-root-user --mount ./candlewick drill"
                            + " full-disk",
                    null);
        }
        mounted = true;
    }

    @Override
    public Drill.Done disturb(Drill drill, int number) throws Exception {
        boolean brief = ++done % 2 == 1;
        Map<Lane, Long> failedBefore = new HashMap<>();
        for (Map.Entry<Lane, String> job : drill.jobs().entrySet()) {
            failedBefore.put(job.getKey(), failed(drill, job.getValue()));
        }
        long restartsBefore = drill.lastFailureMillis();
        Path filler = drill.checkpoints().resolve(FILLER);
        long start = System.nanoTime();
        long bytes = fill(filler);
        long wanted = brief ? 1 : TOLERATED + 1L;
        StringBuilder signs = new StringBuilder();
        try {
            drill.await(
                    wanted + " failed checkpoints of each job while the disk is full",
                    FAIL_LIMIT,
                    () -> drill.jobs().entrySet().stream()
                            .allMatch(job -> failed(drill, job.getValue())
                                    >= failedBefore.getOrDefault(job.getKey(), 0L) + wanted));
            if (!brief) {
                drill.await(
                        "the restart that follows " + wanted + " failed checkpoints",
                        FAIL_LIMIT,
                        () -> drill.lastFailureMillis() > restartsBefore);
            }
            for (String job : drill.jobs().values()) {
                signs.append(drill.api()
                        .checkpoints(job)
                        .filter(JobManagerApi.Checkpoints::failing)
                        .map(JobManagerApi.Checkpoints::lastFailure)
                        .orElse(""));
            }
        } finally {
            Files.deleteIfExists(filler);
        }
        if (signs.isEmpty()) {
            throw CommandFailure.dataMismatch(
                    "a failed checkpoint must be told with its cause, was told without",
                    "REST endpoint of the job",
                    null);
        }
        boolean restarted = drill.lastFailureMillis() > restartsBefore;
        if (brief && restarted) {
            throw CommandFailure.dataMismatch(
                    "a job must survive " + wanted + " failed checkpoints of " + TOLERATED
                            + " tolerated ones, was restarted",
                    drill.options().directory().toString(),
                    null);
        }
        return new Drill.Done(
                "filled the disk of the checkpoints, " + (brief ? "briefly" : "for long"),
                "filled the disk of the checkpoints (" + bytes / 1024 / 1024 + " MiB) until " + wanted
                        + " checkpoints had failed",
                restarted ? "the job was restarted meanwhile" : "without a restart",
                start);
    }

    private static long failed(Drill drill, String job) {
        return drill.api()
                .checkpoints(job)
                .map(JobManagerApi.Checkpoints::failed)
                .orElse(0L);
    }

    /** Writes until nothing more fits. */
    static long fill(Path filler) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long bytes = 0;
        try (OutputStream out = Files.newOutputStream(filler)) {
            int size = CHUNK;
            while (size > 0) {
                try {
                    out.write(chunk, 0, size);
                    bytes += size;
                } catch (IOException e) {
                    // Down to the last byte: what is left is less than this.
                    size /= 2;
                }
            }
        }
        return bytes;
    }

    @Override
    public void close(Drill drill) {
        if (mounted) {
            try {
                String said = unmount(drill.checkpoints());
                if (said.isEmpty()) {
                    mounted = false;
                } else {
                    drill.note("must be unmounted by hand: " + drill.checkpoints() + " (" + said + ")");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs a program; what it says where it fails, nothing where it does not. */
    static String call(String... command) throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return "";
            }
            return said.isEmpty() ? command[0] + " failed" : said;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}

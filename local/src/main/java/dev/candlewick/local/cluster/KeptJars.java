package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Copies of the jars that jobs were submitted with, named by their SHA-256: a job that is submitted again must not get what
 * was built under the same name since. Those of jobs that run and of the last few that have ended are kept.
 */
final class KeptJars {
    private static final int ENDED_JOBS_KEPT = 5;

    private final ClusterFiles files;

    KeptJars(ClusterFiles files) {
        this.files = files;
    }

    /** {@link #keep}, or nothing where the file cannot be read: Flink tells why. */
    Optional<Path> keepIfReadable(Path jar) {
        return Files.isRegularFile(jar) ? Optional.of(keep(jar)) : Optional.empty();
    }

    /** The copy of a jar, made where there is none. */
    Path keep(Path jar) {
        try {
            Path kept = files.jars().resolve(hash(jar) + ".jar");
            if (!Files.isRegularFile(kept)) {
                Files.createDirectories(files.jars());
                Path next = Files.createTempFile(files.jars(), ".", ".next");
                Files.copy(jar, next, StandardCopyOption.REPLACE_EXISTING);
                try {
                    Files.move(next, kept, StandardCopyOption.ATOMIC_MOVE);
                } catch (AtomicMoveNotSupportedException e) {
                    Files.move(next, kept, StandardCopyOption.REPLACE_EXISTING);
                }
                forget(kept);
            }
            return kept;
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "the job jar must be readable, and a copy of it writable, was refused: " + e,
                    jar.toString(),
                    null,
                    e);
        }
    }

    /** Deletes the copies that no job needs. */
    private void forget(Path newest) throws IOException {
        Set<String> needed = new HashSet<>(Set.of(newest.toString()));
        List<SubmittedJob> jobs = SubmittedJob.all(files);
        jobs.stream().filter(job -> !job.isOver()).forEach(job -> needed.add(job.jar()));
        jobs.stream()
                .filter(SubmittedJob::isOver)
                .sorted(Comparator.comparingLong(this::millis).reversed())
                .limit(ENDED_JOBS_KEPT)
                .forEach(job -> needed.add(job.jar()));
        try (Stream<Path> kept = Files.list(files.jars())) {
            for (Path jar : kept.filter(file -> file.toString().endsWith(".jar"))
                    .filter(file -> !needed.contains(file.toString()))
                    .toList()) {
                Files.deleteIfExists(jar);
            }
        }
    }

    private long millis(SubmittedJob job) {
        try {
            return Files.getLastModifiedTime(files.jobs().resolve(job.id() + ".json"))
                    .toMillis();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(Path jar) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(jar), MessageDigest.getInstance("SHA-256"))) {
            InputStream whole = in;
            whole.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

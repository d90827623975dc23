package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.jobs.operators.Uids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A savepoint with one flipped bit is refused, or means the same: never another thing. With the hash manifest that holds
 * for every bit; without it for every bit of Candlewick's own state, which carries checksums of its own.
 *
 * <p>{@code -Dcandlewick.flips=1000} tries more bits.
 */
class CorruptionTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    private static final int FLIPS = Integer.getInteger("candlewick.flips", 100);

    @TempDir
    Path directory;

    private record Flip(Path file, int at, int bit) {
        void apply() throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            bytes[at] ^= (byte) (1 << bit);
            Files.write(file, bytes);
        }

        @Override
        public String toString() {
            return file.getFileName() + " byte " + at + " bit " + bit;
        }

        boolean isMetadata() {
            return file.getFileName().toString().equals(SavepointFiles.METADATA);
        }
    }

    /** Any byte of any file, but the manifest's. */
    private static Flip drawn(Path savepoint, SplittableRandom random, boolean metadata) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(savepoint)) {
            files = all.filter(file -> !file.getFileName().toString().equals(HashManifest.NAME))
                    .filter(file -> metadata || !file.getFileName().toString().equals(SavepointFiles.METADATA))
                    .sorted()
                    .toList();
        }
        long total = files.stream().mapToLong(file -> file.toFile().length()).sum();
        long at = random.nextLong(total);
        for (Path file : files) {
            if (at < file.toFile().length()) {
                return new Flip(file, (int) at, random.nextInt(8));
            }
            at -= file.toFile().length();
        }
        throw new IllegalStateException("a byte must lie in a file, was at " + at);
    }

    private enum Outcome {
        REFUSED,
        EQUAL,
        DIFFERENT
    }

    @ParameterizedTest
    @EnumSource(SavepointFormatType.class)
    void aFlippedBitIsRefusedOrMeansTheSame(SavepointFormatType format) throws Exception {
        Path savepoint = stop(TestJob.How.heap(2), format);
        Savepoint original = Savepoint.open(savepoint.toString());
        Map<String, Integer> counts = new TreeMap<>();
        for (int seed = 1; seed <= FLIPS; seed++) {
            Path copy = copy(savepoint);
            Flip flip = drawn(copy, new SplittableRandom(seed), true);
            flip.apply();
            List<String> changed = new ArrayList<>();
            Outcome outcome = read(original, copy, changed);
            counts.merge((flip.isMetadata() ? "metadata " : "state ") + outcome, 1, Integer::sum);
            if (!flip.isMetadata()) {
                // Also Flink's own bytes around the values: a key group or an entry that is not found is a timer
                // without
                // its instrument.
                assertThat(outcome)
                        .as("seed %s: %s changed %s", seed, flip, changed)
                        .isNotEqualTo(Outcome.DIFFERENT);
            }
            delete(copy);
        }
        System.out.println(format + " savepoint without manifest, one bit flipped " + FLIPS + " times: " + counts);
        assertThat(counts.keySet()).anyMatch(outcome -> outcome.startsWith("state"));
        assertThat(counts).containsKey("state " + Outcome.REFUSED);
    }

    @Test
    void withTheManifestEveryFlippedBitIsRefused() throws Exception {
        Path savepoint = stop(TestJob.How.rocksDb(2), SavepointFormatType.NATIVE);
        org.apache.flink.core.fs.Path location = SavepointFiles.resolve(savepoint.toString());
        assertThat(HashManifest.write(location)).isPositive();
        assertThat(HashManifest.check(location)).isEmpty();
        for (int seed = 1; seed <= FLIPS; seed++) {
            Path copy = copy(savepoint);
            Flip flip = drawn(copy, new SplittableRandom(seed), true);
            flip.apply();
            assertThat(HashManifest.check(SavepointFiles.resolve(copy.toString())))
                    .as("seed %s: %s", seed, flip)
                    .hasSize(1);
            delete(copy);
        }
    }

    /** The job itself, and not only the tool, refuses what was flipped in state. */
    @Test
    void theJobRefusesAFlippedBitOrPublishesTheSame() throws Exception {
        List<String> expected;
        try (TestJob job = new TestJob()) {
            job.stoppedAt(1_500, TestJob.How.heap(2), directory, SavepointFormatType.CANONICAL);
            expected = VerificationMatrixTest.lines(job.output());
        }
        Path savepoint = stop(TestJob.How.heap(2), SavepointFormatType.CANONICAL);
        List<String> rest = rest(savepoint);
        assertThat(rest).isNotEmpty().isNotEqualTo(expected);
        int refused = 0;
        for (int seed = 1; seed <= Math.max(10, FLIPS / 10); seed++) {
            Path copy = copy(savepoint);
            Flip flip = drawn(copy, new SplittableRandom(seed), false);
            flip.apply();
            List<String> published;
            try {
                published = rest(copy);
            } catch (Exception e) {
                refused++;
                continue;
            } finally {
                delete(copy);
            }
            assertThat(published).as("seed %s: %s", seed, flip).isEqualTo(rest);
        }
        assertThat(refused).as("restores that were refused").isPositive();
    }

    private static List<String> rest(Path savepoint) throws Exception {
        try (TestJob job = new TestJob()) {
            job.finish(TestJob.How.heap(1).from(savepoint.toUri().toString()));
            return VerificationMatrixTest.lines(job.output());
        }
    }

    /** Judges as verify does, and compares all that is remembered. */
    private static Outcome read(Savepoint original, Path copy, List<String> changed) {
        try (TestJob job = new TestJob()) {
            TestJob.How how = TestJob.How.heap(2);
            List<SavepointVerification.Finding> findings = SavepointVerification.verify(
                    copy.toString(),
                    NewJob.of(
                            job.graph(how).getStreamGraph(false),
                            new NewJob.Settings(how.engine().intervals(), false, List.of(Uids.DEFAULT_SOURCE))));
            if (!SavepointVerification.isRestorable(findings)) {
                return Outcome.REFUSED;
            }
            long differences = SavepointDiff.compare(
                    original,
                    Savepoint.open(copy.toString()),
                    difference -> changed.add(difference.part() + ' ' + difference.key()));
            return differences == 0 ? Outcome.EQUAL : Outcome.DIFFERENT;
        } catch (RuntimeException e) {
            return Outcome.REFUSED;
        }
    }

    private Path stop(TestJob.How how, SavepointFormatType format) throws Exception {
        try (TestJob job = new TestJob()) {
            return Path.of(java.net.URI.create(job.stoppedAt(1_500, how, directory, format)));
        }
    }

    private Path copy(Path savepoint) throws IOException {
        Path copy = Files.createTempDirectory(directory, "copy");
        try (Stream<Path> files = Files.list(savepoint)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName().toString()));
            }
        }
        return copy;
    }

    private static void delete(Path copy) throws IOException {
        try (Stream<Path> files = Files.list(copy)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(copy);
    }
}

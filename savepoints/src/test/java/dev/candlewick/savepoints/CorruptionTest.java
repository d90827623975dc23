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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A savepoint with one flipped bit is refused, or means the same: never another thing. That holds without the hash
 * manifest too: states carry checksums of their own, and what Flink writes around them must agree with itself and with what
 * the stages counted.
 *
 * <p>{@code -Dcandlewick.flips=1000} tries more bits.
 */
class CorruptionTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    private static final int FLIPS = Integer.getInteger("candlewick.flips", 40);

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

    /** Any byte of any file but the manifest's, or of the metadata alone. */
    private static Flip drawn(Path savepoint, SplittableRandom random, boolean metadataAlone) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(savepoint)) {
            files = all.filter(file -> !file.getFileName().toString().equals(HashManifest.NAME))
                    .filter(file ->
                            !metadataAlone || file.getFileName().toString().equals(SavepointFiles.METADATA))
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

    private record Base(SavepointFormatType format, boolean rocksDb) {
        TestJob.How how(int parallelism) {
            return rocksDb ? TestJob.How.rocksDb(parallelism) : TestJob.How.heap(parallelism);
        }

        @Override
        public String toString() {
            return (rocksDb ? "rocksdb " : "heap ") + format;
        }
    }

    private static final List<Base> BASES = List.of(
            new Base(SavepointFormatType.CANONICAL, false),
            new Base(SavepointFormatType.NATIVE, false),
            new Base(SavepointFormatType.NATIVE, true));

    static Stream<Base> bases() {
        return BASES.stream();
    }

    @ParameterizedTest
    @MethodSource("bases")
    void aFlippedBitIsRefusedOrMeansTheSame(Base base) throws Exception {
        flip(base, false, FLIPS);
    }

    /** The metadata is a small part of a savepoint, and all of it is Flink's: who keeps what, where, and up to which place. */
    @ParameterizedTest
    @MethodSource("bases")
    void aFlippedBitInTheMetadataIsRefusedOrMeansTheSame(Base base) throws Exception {
        flip(base, true, FLIPS);
    }

    private void flip(Base base, boolean metadataAlone, int flips) throws Exception {
        Path savepoint = stop(base.how(2), base.format());
        Savepoint original = Savepoint.open(savepoint.toString());
        Map<String, Integer> counts = new TreeMap<>();
        List<String> different = new ArrayList<>();
        for (int seed = 1; seed <= flips; seed++) {
            Path copy = copy(savepoint);
            Flip flip = drawn(copy, new SplittableRandom(seed), metadataAlone);
            flip.apply();
            List<String> changed = new ArrayList<>();
            Outcome outcome = read(original, copy, base, changed);
            counts.merge((flip.isMetadata() ? "metadata " : "state ") + outcome, 1, Integer::sum);
            if (outcome == Outcome.DIFFERENT) {
                different.add("seed " + seed + ": " + flip + " changed " + changed);
            }
            delete(copy);
        }
        System.out.println(base + " savepoint without manifest, one bit flipped " + flips + " times"
                + (metadataAlone ? " in the metadata: " : ": ") + counts);
        assertThat(different).as("%s", base).isEmpty();
        assertThat(counts).containsKey((metadataAlone ? "metadata " : "state ") + Outcome.REFUSED);
    }

    @Test
    void withTheManifestEveryFlippedBitIsRefused() throws Exception {
        Path savepoint = stop(TestJob.How.rocksDb(2), SavepointFormatType.NATIVE);
        org.apache.flink.core.fs.Path location = SavepointFiles.resolve(savepoint.toString());
        assertThat(HashManifest.write(location)).isPositive();
        assertThat(HashManifest.check(location)).isEmpty();
        for (int seed = 1; seed <= FLIPS; seed++) {
            Path copy = copy(savepoint);
            Flip flip = drawn(copy, new SplittableRandom(seed), false);
            flip.apply();
            assertThat(HashManifest.check(SavepointFiles.resolve(copy.toString())))
                    .as("seed %s: %s", seed, flip)
                    .hasSize(1);
            delete(copy);
        }
    }

    /** A plain start of the job, and not only the tool, refuses what was flipped. */
    @ParameterizedTest
    @MethodSource("starts")
    void theJobRefusesAFlippedBitOrPublishesTheSame(Base base, boolean metadataAlone) throws Exception {
        Path savepoint = stop(base.how(2), base.format());
        List<String> rest = rest(savepoint, base);
        assertThat(rest).isNotEmpty();
        Map<Outcome, Integer> counts = new TreeMap<>();
        List<String> different = new ArrayList<>();
        for (int seed = 1; seed <= Math.max(5, FLIPS / 10); seed++) {
            Path copy = copy(savepoint);
            Flip flip = drawn(copy, new SplittableRandom(seed), metadataAlone);
            flip.apply();
            Outcome outcome;
            try {
                outcome = rest(copy, base).equals(rest) ? Outcome.EQUAL : Outcome.DIFFERENT;
            } catch (Exception e) {
                outcome = Outcome.REFUSED;
            }
            counts.merge(outcome, 1, Integer::sum);
            if (outcome == Outcome.DIFFERENT) {
                different.add("seed " + seed + ": " + flip);
            }
            delete(copy);
        }
        System.out.println(base + " savepoint without manifest, restored with one bit flipped"
                + (metadataAlone ? " in the metadata: " : ": ") + counts);
        assertThat(different).as("%s", base).isEmpty();
        assertThat(counts).containsKey(Outcome.REFUSED);
    }

    static Stream<Arguments> starts() {
        return Stream.of(Arguments.of(BASES.get(0), false), Arguments.of(BASES.get(0), true));
    }

    private static List<String> rest(Path savepoint, Base base) throws Exception {
        try (TestJob job = new TestJob()) {
            job.finish(base.how(1).from(savepoint.toUri().toString()));
            return VerificationMatrixTest.lines(job.output());
        }
    }

    /** Judges as verify does, and compares all that is remembered. */
    private static Outcome read(Savepoint original, Path copy, Base base, List<String> changed) {
        try (TestJob job = new TestJob()) {
            TestJob.How how = base.how(2);
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

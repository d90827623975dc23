package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.candlewick.core.model.Published;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Savepoints of released versions, of both backends and formats, are restored at other parallelisms, and the job publishes
 * what an undisturbed one of that version did.
 *
 * <p>They stand in {@code src/test/resources/snapshots/VERSION}. A release adds its own, and none is ever written again:
 * {@code mvn -pl savepoints -am test -Dtest=StoredSnapshotsTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dcandlewick.snapshots.write=VERSION}.
 */
class StoredSnapshotsTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    private static final int STOPPED_AT = 400;
    private static final Path STORED =
            Path.of(System.getProperty("candlewick.root"), "savepoints", "src", "test", "resources", "snapshots");
    private static final String EXPECTED = "expected.txt.gz";
    private static final String BEFORE = "before.txt.gz";

    private record Kind(boolean rocksDb, SavepointFormatType format) {
        String directory() {
            return (rocksDb ? "rocksdb-" : "heap-") + format.name().toLowerCase(java.util.Locale.ROOT);
        }

        TestJob.How how(int parallelism) {
            return rocksDb ? TestJob.How.rocksDb(parallelism) : TestJob.How.heap(parallelism);
        }
    }

    private static final List<Kind> KINDS = List.of(
            new Kind(false, SavepointFormatType.CANONICAL),
            new Kind(false, SavepointFormatType.NATIVE),
            new Kind(true, SavepointFormatType.CANONICAL),
            new Kind(true, SavepointFormatType.NATIVE));

    @TempDir
    Path directory;

    private static List<Path> versions() throws IOException {
        try (Stream<Path> versions = Files.list(STORED)) {
            return versions.filter(Files::isDirectory).sorted().toList();
        }
    }

    @Test
    void snapshotsOfThisReleaseAreStored() throws Exception {
        assertThat(versions())
                .extracting(version -> version.getFileName().toString())
                .contains("0.1.0");
        for (Path version : versions()) {
            for (Kind kind : KINDS) {
                assertThat(version.resolve(kind.directory()).resolve("_metadata"))
                        .exists();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void everySnapshotGoesOnAtAnyParallelism(String version, Kind kind, int parallelism) throws Exception {
        check(STORED.resolve(version), kind, parallelism);
    }

    static List<Arguments> snapshots() throws IOException {
        List<Arguments> snapshots = new ArrayList<>();
        for (Path version : versions()) {
            for (Kind kind : KINDS) {
                for (int parallelism = 1; parallelism <= 3; parallelism++) {
                    snapshots.add(Arguments.of(version.getFileName().toString(), kind, parallelism));
                }
            }
        }
        return snapshots;
    }

    private static void check(Path version, Kind kind, int parallelism) throws Exception {
        SortedMap<String, String> values = read(version.resolve(BEFORE));
        try (TestJob job = new TestJob()) {
            job.finish(kind.how(parallelism)
                    .from(version.resolve(kind.directory()).toUri().toString()));
            assertThat(job.output()).isNotEmpty();
            values.putAll(VerificationMatrixTest.values(job.output()));
        }
        assertThat(values).isEqualTo(read(version.resolve(EXPECTED)));
    }

    @Test
    void writeThoseOfARelease() throws Exception {
        String version = System.getProperty("candlewick.snapshots.write");
        assumeTrue(version != null, "no release is made (candlewick.snapshots.write)");
        Path target = STORED.resolve(version);
        assertThat(target).as("snapshots of a release are never written again").doesNotExist();
        Files.createDirectories(target);
        try (TestJob job = new TestJob()) {
            job.finish(TestJob.How.heap(2));
            write(target.resolve(EXPECTED), VerificationMatrixTest.values(job.output()));
        }
        for (Kind kind : KINDS) {
            try (TestJob job = new TestJob()) {
                Path savepoint =
                        Path.of(java.net.URI.create(job.stoppedAt(STOPPED_AT, kind.how(2), directory, kind.format())));
                Files.createDirectories(target.resolve(kind.directory()));
                try (Stream<Path> files = Files.list(savepoint)) {
                    for (Path file : files.toList()) {
                        Files.copy(
                                file,
                                target.resolve(kind.directory())
                                        .resolve(file.getFileName().toString()));
                    }
                }
                // The snapshot must not need the directory that it was written in.
                FileUtils.deleteDirectory(savepoint.toFile());
                List<Published> before = List.copyOf(job.output());
                write(target.resolve(BEFORE), VerificationMatrixTest.values(before));
            }
        }
    }

    private static void write(Path file, SortedMap<String, String> values) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            for (var value : values.entrySet()) {
                out.write((value.getKey() + '\t' + value.getValue() + '\n').getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static SortedMap<String, String> read(Path file) throws IOException {
        SortedMap<String, String> values = new TreeMap<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                values.put(line.substring(0, tab), line.substring(tab + 1));
            }
        }
        return values;
    }
}

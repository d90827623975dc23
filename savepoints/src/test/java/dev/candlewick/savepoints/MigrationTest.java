package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Published;
import dev.candlewick.jobs.operators.Uids;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A migrated savepoint stands on its own, holds what the first held, and a job goes on from it. */
class MigrationTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    private static final int STOPPED_AT = 1_500;

    @TempDir
    Path directory;

    @Test
    void aRenamedOperatorGoesOnUnderItsNewUid() throws Exception {
        List<Published> first = new ArrayList<>();
        Path savepoint = stop(TestJob.How.heap(2), first);
        Path target = directory.resolve("renamed");
        SavepointMigration migration =
                new SavepointMigration(Map.of(Uids.LEDGER, "balance", Uids.STAMP, "seal"), false, false, 0);

        assertThat(migration.run(Savepoint.open(savepoint.toString()), target.toString(), false))
                .containsExactly("ledger: renamed to balance", "stamp: renamed to seal");
        assertThat(target).doesNotExist();
        migration.run(Savepoint.open(savepoint.toString()), target.toString(), true);

        FileUtils.deleteDirectory(savepoint.toFile());
        assertThat(HashManifest.check(SavepointFiles.resolve(target.toString())))
                .isEmpty();
        TestJob.How how = TestJob.How.heap(2)
                .from(target.toUri().toString())
                .changed(environment -> VerificationMatrixTest.rename(
                        VerificationMatrixTest.rename(environment, Uids.LEDGER, "balance"), Uids.STAMP, "seal"));
        assertThat(goneOn(how, first)).isEqualTo(undisturbed());
    }

    @Test
    void moreKeyGroupsHoldTheSameInstrumentsAndTimers() throws Exception {
        List<Published> first = new ArrayList<>();
        Path savepoint = stop(TestJob.How.rocksDb(2), first);
        Savepoint original = Savepoint.open(savepoint.toString());
        Path target = directory.resolve("wider");

        List<String> lines = new SavepointMigration(Map.of(), false, false, 256).run(original, target.toString(), true);

        assertThat(lines).contains("market-data: max parallelism from 128 to 256");
        Savepoint migrated = Savepoint.open(target.toString());
        assertThat(migrated.operators())
                .allSatisfy(operator -> assertThat(operator.maxParallelism()).isEqualTo(256));
        List<SavepointDiff.Difference> differences = new ArrayList<>();
        SavepointDiff.compare(original, migrated, differences::add);
        assertThat(differences).isEmpty();
        assertThat(migrated.operator(Uids.SOURCE)).isNull();
        assertThat(target.resolve(SavepointMigration.START_OFFSETS)).exists();

        FileUtils.deleteDirectory(savepoint.toFile());
        TestJob.How how = TestJob.How.heap(3).max(256).from(target.toUri().toString());
        // The source begins anew: everything that it reads again is late or a duplicate.
        assertThat(goneOn(how, first)).isEqualTo(undisturbed());
    }

    @Test
    void aSavepointOfAJobThatWentOnKeepsItsSourcesAndKeyGroups() throws Exception {
        String path;
        try (TestJob job = new TestJob()) {
            job.gate.allow(STOPPED_AT);
            JobClient client = job.graph(TestJob.How.heap(2)).executeAsync();
            job.awaitShut(client);
            path = job.savepoint(client, directory);
            client.cancel().get();
        }
        Savepoint savepoint = Savepoint.open(path);
        assertThat(savepoint.kind()).isEqualTo(Savepoint.Kind.SAVEPOINT);
        Path target = directory.resolve("refused");

        assertThatThrownBy(
                        () -> new SavepointMigration(Map.of(), false, true, 0).run(savepoint, target.toString(), true))
                .isInstanceOf(SavepointException.class)
                .hasMessageContaining("that its job was stopped with, was a savepoint");
        assertThatThrownBy(() ->
                        new SavepointMigration(Map.of(), false, false, 256).run(savepoint, target.toString(), true))
                .isInstanceOf(SavepointException.class);
        assertThatThrownBy(() -> new SavepointMigration(Map.of("stemp", "seal"), false, false, 0)
                        .run(savepoint, target.toString(), false))
                .hasMessageContaining("must be in the savepoint, was not: [stemp]");
        assertThat(Files.exists(target)).isFalse();
    }

    private Path stop(TestJob.How how, List<Published> output) throws Exception {
        try (TestJob job = new TestJob()) {
            String path = job.stoppedAt(STOPPED_AT, how, directory, SavepointFormatType.CANONICAL);
            output.addAll(job.output());
            return Path.of(java.net.URI.create(path));
        }
    }

    private static List<String> goneOn(TestJob.How how, List<Published> first) throws Exception {
        try (TestJob job = new TestJob()) {
            job.finish(how);
            List<Published> all = new ArrayList<>(first);
            all.addAll(job.output());
            return VerificationMatrixTest.lines(all);
        }
    }

    private static List<String> undisturbed() throws Exception {
        return goneOn(TestJob.How.heap(2), List.of());
    }
}

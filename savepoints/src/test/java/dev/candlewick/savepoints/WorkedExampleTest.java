package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.Uids;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The second worked example of docs/operating/upgrades.md, from a savepoint of version 0.1.0 on. */
class WorkedExampleTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(2)
            .build());

    private static final Path STORED = Path.of(
            System.getProperty("candlewick.root"), "savepoints/src/test/resources/snapshots/0.1.0/heap-canonical");

    @Test
    void anIntervalMoreIsRefusedWithStateAndPublishedWithout() throws Exception {
        Intervals before = TestJob.engineOf().intervals();
        Intervals longer = Intervals.parse("1s,10s,30s,1m,3m,5m,15m");
        assertThat(longer.count()).isEqualTo(before.count() + 1);
        TestJob.How how = TestJob.How.heap(2);
        TestJob.How changed = how.with(how.engine().withIntervals(longer));
        try (TestJob job = new TestJob()) {
            List<SavepointVerification.Finding> findings = SavepointVerification.verify(
                    STORED.toString(),
                    NewJob.of(
                            job.graph(changed).getStreamGraph(false),
                            new NewJob.Settings(longer, false, List.of(Uids.DEFAULT_SOURCE))));
            assertThat(findings)
                    .anyMatch(finding -> finding.severity() == SavepointVerification.Severity.REFUSED
                            && finding.operator().equals(Uids.MARKET_DATA)
                            && finding.text()
                                    .contains("intervals must not change under kept state, was " + longer
                                            + " in place of " + before));
            assertThatThrownBy(() -> job.finish(changed.from(STORED.toUri().toString())))
                    .satisfies(e -> assertThat(SavepointException.reasons(e))
                            .contains("intervals must not change under kept state"));
        }
        SortedMap<String, String> undisturbed;
        try (TestJob job = new TestJob()) {
            job.finish(how);
            undisturbed = VerificationMatrixTest.values(job.output());
        }
        try (TestJob job = new TestJob()) {
            job.finish(changed);
            SortedMap<String, String> values = VerificationMatrixTest.values(job.output());
            assertThat(values).containsAllEntriesOf(undisturbed);
            List<Published> made = job.output().stream()
                    .filter(published -> published instanceof Candle candle
                            && candle.interval().name().equals("30s"))
                    .toList();
            assertThat(made).isNotEmpty();
        }
    }
}

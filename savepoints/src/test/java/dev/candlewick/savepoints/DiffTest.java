package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two savepoints at the same place of the log are equal whatever the job ran on, and one trade more is a difference. */
class DiffTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    @TempDir
    Path directory;

    @Test
    void theSamePlaceOfTheLogIsTheSameState() throws Exception {
        Savepoint heap = at(1_200, TestJob.How.heap(2), SavepointFormatType.CANONICAL);
        Savepoint rocksDb = at(1_200, TestJob.How.rocksDb(3), SavepointFormatType.NATIVE);

        assertThat(diff(heap, rocksDb)).isEmpty();
        assertThat(diff(heap, heap)).isEmpty();
    }

    @Test
    void oneTradeMoreIsToldByInstrumentAndField() throws Exception {
        Savepoint before = at(1_200, TestJob.How.heap(2), SavepointFormatType.CANONICAL);
        Savepoint after = at(1_201, TestJob.How.heap(2), SavepointFormatType.CANONICAL);

        List<SavepointDiff.Difference> differences = diff(before, after);

        assertThat(differences)
                .filteredOn(difference -> difference.part().equals("instrument"))
                .isNotEmpty()
                .extracting(SavepointDiff.Difference::key)
                .containsOnly("alpha|S" + 1_200 % TestJob.SYMBOLS);
        assertThat(differences).anySatisfy(difference -> {
            assertThat(difference.change()).isEqualTo(SavepointDiff.Change.ADDED);
            assertThat(difference.field()).startsWith("id/");
        });
        assertThat(differences).anySatisfy(difference -> {
            assertThat(difference.field()).startsWith("window/1s/");
            assertThat(difference.right()).contains("trades=1 ");
        });
        assertThat(differences)
                .extracting(SavepointDiff.Difference::part)
                .contains("mark", "counters")
                .doesNotContain("offset");
    }

    private Savepoint at(long trades, TestJob.How how, SavepointFormatType format) throws Exception {
        try (TestJob job = new TestJob()) {
            return Savepoint.open(job.stoppedAt(trades, how, directory, format));
        }
    }

    private static List<SavepointDiff.Difference> diff(Savepoint left, Savepoint right) {
        List<SavepointDiff.Difference> differences = new ArrayList<>();
        long count = SavepointDiff.compare(left, right, differences::add);
        assertThat(count).isEqualTo(differences.size());
        return differences;
    }
}

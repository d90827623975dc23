package dev.candlewick.core.reconcile;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.vwap.VwapPanes;
import java.util.List;
import java.util.Map;

/**
 * What is known about the archive and the runs when a cause is looked for; immutable but for its histories.
 *
 * @param finest the finest interval: lateness is judged by its windows
 * @param outOfOrdernessNanos of the run
 * @param allowedLatenessNanos of the run
 * @param idleTimeoutNanos the shortest that a start of the run had
 * @param discoveryNanos how long the run may have taken to find a new partition
 * @param dedupKey what makes two rows copies of one trade
 * @param truthProfile the profile's stamp of the recomputation
 * @param runProfile the profile's stamp that the lake's run was configured with, as far as it can be told; else the truth's
 * @param lakeVersions versions of the program that wrote the lake
 * @param versions versions of the program that recomputed
 * @param findings what is wrong with the archive
 * @param histories what the archive tells about partitions
 * @param missingValid by partition, how many valid messages the run's double entry counts beyond the archived rows;
 *     partitions that it cannot be told for are left out
 * @param commits what the lake knows about values that the topic lacks
 */
public record Evidence(
        Interval finest,
        long outOfOrdernessNanos,
        long allowedLatenessNanos,
        long idleTimeoutNanos,
        long discoveryNanos,
        DedupKey dedupKey,
        String truthProfile,
        String runProfile,
        Map<String, String> lakeVersions,
        Map<String, String> versions,
        List<Finding> findings,
        PartitionHistories histories,
        Map<String, Long> missingValid,
        CommitGroups commits) {
    /** Copies the collections. */
    public Evidence {
        lakeVersions = Map.copyOf(lakeVersions);
        versions = Map.copyOf(versions);
        findings = List.copyOf(findings);
        missingValid = Map.copyOf(missingValid);
    }

    /** Event time that a partition must have reached for the window of a trade to be gone. */
    long purgedFrom(long eventTimeNanos) {
        return finest.endOf(eventTimeNanos) + allowedLatenessNanos + outOfOrdernessNanos;
    }

    /** Event time that a partition must have reached for the second of a trade to be gone from rolling VWAP. */
    long droppedFrom(long eventTimeNanos) {
        return Math.floorDiv(eventTimeNanos, Interval.SECOND_NANOS) * Interval.SECOND_NANOS
                + VwapPanes.WINDOW_NANOS
                + finest.nanos()
                + allowedLatenessNanos
                + outOfOrdernessNanos;
    }
}

package dev.candlewick.batch.reconcile;

import dev.candlewick.connectors.kafka.published.PublishedTopics;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What is to be reconciled; immutable.
 *
 * @param run the reconciliation's name
 * @param catalog the lake version
 * @param config settings of the recomputation
 * @param runProfile the stamp of the settings that the lake's run was made with
 * @param idleTimeoutNanos the shortest silence after which that run went on without a partition
 * @param discoveryNanos how long that run may have taken to find a new partition
 * @param lakeVersions versions of the program that wrote the lake
 * @param versions versions of this program
 * @param fromNanos first instant of the range
 * @param toNanos first instant after it
 * @param leadInNanos how much more trades are read at both ends, for rolling VWAP, flags and fills
 * @param thresholdPartsPerBillion drift above it is an alert
 * @param topics the topics to compare, null for none
 * @param differencesMax how many differences are looked at; the others are counted
 */
public record ReconcileRequest(
        String run,
        LakeCatalog catalog,
        ResolvedConfiguration config,
        String runProfile,
        long idleTimeoutNanos,
        long discoveryNanos,
        Map<String, String> lakeVersions,
        Map<String, String> versions,
        long fromNanos,
        long toNanos,
        long leadInNanos,
        long thresholdPartsPerBillion,
        @Nullable Published topics,
        long differencesMax) {
    /** Copies the maps. */
    public ReconcileRequest {
        lakeVersions = Map.copyOf(lakeVersions);
        versions = Map.copyOf(versions);
        if (fromNanos >= toNanos) {
            throw new IllegalArgumentException("range must begin before it ends, was " + fromNanos + " to " + toNanos);
        }
    }

    /**
     * Topics with published values.
     *
     * @param topics their names
     * @param existing those that exist
     * @param consumer properties with the brokers' addresses
     */
    public record Published(PublishedTopics topics, List<String> existing, Properties consumer) {
        /** Copies the list. */
        public Published {
            existing = List.copyOf(existing);
        }
    }
}

package dev.candlewick.batch.heal;

import dev.candlewick.batch.reconcile.ReconcileRequest.Published;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a heal reads and writes; immutable.
 *
 * @param run the heal's name
 * @param by who asked for it
 * @param catalog the lake version
 * @param config settings of the lake's run
 * @param topics the topics, null where only the lake is healed
 * @param versions versions of this program
 */
public record HealRequest(
        String run,
        String by,
        LakeCatalog catalog,
        ResolvedConfiguration config,
        @Nullable Published topics,
        Map<String, String> versions) {
    /** Copies the map. */
    public HealRequest {
        versions = Map.copyOf(versions);
    }
}

package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes what a run tells about itself. */
final class LakeRunFile {
    private LakeRunFile() {}

    /**
     * Writes {@code runs/<run>/run.json}.
     *
     * @param more further entries
     */
    static Path write(
            LakeRun run,
            RunReport report,
            LakeCatalog catalog,
            Map<String, String> digests,
            String now,
            Map<String, ? extends @Nullable Object> more)
            throws IOException {
        Map<String, @Nullable Object> scales = new LinkedHashMap<>();
        scales.put("price", run.scales().priceScale());
        scales.put("size", run.scales().sizeScale());
        scales.put("notional", run.scales().notionalScale());
        List<Map<String, @Nullable Object>> ledger = new ArrayList<>();
        long residual = 0;
        for (LedgerRow row : report.ledger()) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("scope", row.scope());
            item.put("read_partition", row.readPartition());
            item.put("interval", row.interval());
            item.put("read", row.read());
            item.put("filtered", row.filtered());
            item.put("rejected", row.rejected());
            item.put("duplicate", row.duplicate());
            item.put("late", row.late());
            item.put("accepted", row.accepted());
            item.put("published", row.published());
            item.put("open", row.open());
            item.put("residual", row.residual());
            ledger.add(item);
            Long own = row.residual();
            // Magnitudes, so that two faults of opposite sign do not hide each other.
            residual += own == null ? 0 : Math.abs(own);
        }
        Map<String, @Nullable Object> checks = new LinkedHashMap<>();
        checks.put("residual", residual);
        checks.put("ledger", ledger);
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("run", run.run());
        json.put("version", run.version());
        json.put("mode", run.isStreaming() ? "streaming" : run.isAppending() ? "append" : "bounded");
        LakeState.writeOverlay(run.overlay(), json);
        json.put("opened_at", run.openedAt());
        json.put("published_at", now);
        json.put("versions", new TreeMap<>(report.versions()));
        json.put("configuration", new TreeMap<>(report.configuration()));
        json.put("sources", report.sources());
        json.put("scales", scales);
        json.put("counts", new TreeMap<>(report.counts()));
        json.put("tables", catalog.summary());
        json.put("checks", checks);
        json.put("digests", new TreeMap<>(digests));
        json.putAll(more);
        Path file = LakeRun.runFile(run.lake(), run.run());
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        LakeJson.write(file, json);
        return file;
    }
}

package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Writes what a run tells about itself. */
final class LakeRunWriter {
    private LakeRunWriter() {}

    /**
     * Writes {@code runs/<run>/run.json}.
     *
     * @param version what the run wrote, under its name
     * @param tables what the version holds
     * @param more further entries
     */
    static Path write(
            Path lake,
            LakeState.Version version,
            String mode,
            RunReport report,
            Map<String, @Nullable Object> tables,
            Map<String, String> digests,
            String now,
            Map<String, ? extends @Nullable Object> more)
            throws IOException {
        Map<String, @Nullable Object> scales = new LinkedHashMap<>();
        scales.put("price", version.scales().priceScale());
        scales.put("size", version.scales().sizeScale());
        scales.put("notional", version.scales().notionalScale());
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
        json.put("run", version.run());
        json.put("version", version.version());
        json.put("mode", mode);
        LakeState.writeOverlay(version.overlay(), json);
        json.put("opened_at", version.openedAt());
        json.put("published_at", now);
        json.put("versions", new TreeMap<>(report.versions()));
        json.put("configuration", new TreeMap<>(report.configuration()));
        json.put("sources", report.sources());
        json.put("scales", scales);
        json.put("counts", new TreeMap<>(report.counts()));
        json.put("tables", tables);
        json.put("checks", checks);
        json.put("digests", new TreeMap<>(digests));
        json.putAll(more);
        Path file = LakeRun.runFile(lake, version.run());
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        LakeJson.write(file, json);
        return file;
    }

    /** Those of all starts so far: the configuration is that of the last one, which may end by itself and have none. */
    private static List<String> idleTimeouts(Path before, RunReport report) {
        Set<String> all = new TreeSet<>();
        if (Files.exists(before) && LakeJson.read(before).get(LakeRunFile.IDLE_TIMEOUTS) instanceof List<?> known) {
            known.forEach(one -> all.add(String.valueOf(one)));
        }
        String own = report.configuration().get("source.idle-timeout");
        if (own != null) {
            all.add(own);
        }
        return List.copyOf(all);
    }

    /** Keeps what a job tells about itself for publishers in other processes. */
    static void announce(Path lake, String run, RunReport report) throws IOException {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("run", run);
        json.put("versions", new TreeMap<>(report.versions()));
        json.put("configuration", new TreeMap<>(report.configuration()));
        json.put(LakeRunFile.IDLE_TIMEOUTS, idleTimeouts(announcement(lake, run), report));
        json.put("sources", report.sources());
        Path file = announcement(lake, run);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        LakeJson.write(file, json);
    }

    /** What a job has told about itself; empty where it has told nothing. */
    static RunReport announced(Path lake, String run) {
        Path file = announcement(lake, run);
        Map<String, @Nullable Object> json = Files.exists(file) ? LakeJson.read(file) : Map.of();
        List<String> sources = json.get("sources") instanceof List<?> names
                ? names.stream().map(String::valueOf).toList()
                : List.of();
        return new RunReport(
                strings(json.get("versions")),
                strings(json.get("configuration")),
                sources,
                Map.of(),
                List.of(),
                Map.of());
    }

    private static Map<String, String> strings(@Nullable Object value) {
        Map<String, String> strings = new TreeMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, text) -> strings.put(String.valueOf(key), String.valueOf(text)));
        }
        return strings;
    }

    private static Path announcement(Path lake, String run) {
        return LakeRun.runFile(lake, run).resolveSibling(LakeRunFile.ANNOUNCEMENT);
    }
}

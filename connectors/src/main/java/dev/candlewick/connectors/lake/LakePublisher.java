package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells readers about written files, outside the job graph: after a bounded job is FINISHED, or for what the complete
 * checkpoints of a streaming job have committed.
 *
 * <p>The switch of {@code lake.json} is the one moment at which a bounded run becomes visible; killed before it, a run
 * leaves nothing that a reader sees. {@code <lake>/run.json}, a copy for people, is refreshed right after it.
 */
public final class LakePublisher {
    /** Takes the digests of a version that nobody sees yet. */
    @FunctionalInterface
    public interface Digester {
        /** Takes no digests. */
        Digester NONE = catalog -> Map.of();

        /** The digests of the comparable outputs, by table. */
        Map<String, String> digests(LakeCatalog catalog);
    }

    /** Is told before each step, so that a test can stop between any two. */
    @FunctionalInterface
    interface Steps {
        void before(String step) throws IOException;
    }

    private LakePublisher() {}

    /**
     * Publishes a bounded run: reads every file back, moves the files into place, writes manifests and
     * {@code run.json}, and switches the lake to the new version.
     *
     * @param run the claim, opened before the job; closed by the caller afterwards
     * @param report what the run tells about itself
     * @param digester takes digests of the new version before it becomes visible
     * @return the published version
     * @throws LakeException of kind MISMATCH where a file is broken or rows are missing; nothing is visible then
     */
    public static LakeCatalog publish(LakeRun run, RunReport report, Digester digester) {
        return publish(run, report, digester, step -> {});
    }

    static LakeCatalog publish(LakeRun run, RunReport report, Digester digester, Steps steps) {
        if (run.isStreaming() || run.isClosed()) {
            throw new IllegalStateException(
                    "run to publish must be bounded and open, was " + (run.isClosed() ? "closed" : "streaming"));
        }
        try (LakeLock lock = LakeLock.acquire(run.lake())) {
            Objects.requireNonNull(lock);
            return publishLocked(run, report, digester, steps);
        } catch (IOException e) {
            throw LakeRun.environment("publish run " + run.run() + " into " + run.lake(), e);
        }
    }

    private static LakeCatalog publishLocked(LakeRun run, RunReport report, Digester digester, Steps steps)
            throws IOException {
        Path lake = run.lake();
        String now = run.clock().instant().toString();
        steps.before("manifests");
        Map<LakeTable, Long> rows = new TreeMap<>();
        for (LakeTable table : LakeTable.values()) {
            Path written = LakeRun.versionDirectory(run.staging(), table, run.version());
            for (Map.Entry<Path, List<Path>> partition :
                    LakeFiles.byPartition(written).entrySet()) {
                List<LakeFile> files = new ArrayList<>();
                for (Path file : partition.getValue()) {
                    force(file);
                    files.add(LakeFiles.inspect(file, run.staging(), table, run.scales(), 1, run.run(), true));
                }
                LakeManifest manifest = new LakeManifest(table, files.get(0).partition(), 1, run.run(), now, files);
                manifest.write(partition.getKey());
                rows.merge(table, manifest.rows(), Long::sum);
            }
            removeInProgress(written);
        }
        checkRows(run, report, rows);
        for (LakeTable table : LakeTable.values()) {
            Path written = LakeRun.versionDirectory(run.staging(), table, run.version());
            if (Files.isDirectory(written)) {
                steps.before("move " + table.directory());
                Path place = LakeRun.versionDirectory(lake, table, run.version());
                Files.createDirectories(Objects.requireNonNull(place.getParent()));
                Files.move(written, place, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        steps.before("digests");
        LakeState.Version version =
                new LakeState.Version(run.version(), run.run(), false, run.scales(), run.openedAt(), now);
        LakeCatalog catalog = LakeCatalog.of(lake, version);
        Map<String, String> digests = digester.digests(catalog);
        steps.before("run.json");
        Path runFile = writeRun(run, report, catalog, digests, now);
        steps.before("lake.json");
        LakeState.read(lake).with(version, run.version()).write(lake);
        steps.before("copy of run.json");
        LakeRun.copyRun(runFile, lake.resolve("run.json"));
        steps.before("end");
        return catalog;
    }

    /**
     * Publishes what a streaming job has committed and no manifest names yet, as the next generation of each partition
     * that got files; does nothing but refresh {@code run.json} where there is nothing new.
     *
     * @return how many files were published
     * @throws LakeException of kind MISMATCH where a new file is broken; nothing of this call is visible then
     */
    public static int publishCommitted(LakeRun run, RunReport report) {
        if (!run.isStreaming() || run.isClosed()) {
            throw new IllegalStateException(
                    "run to publish must be streaming and open, was " + (run.isClosed() ? "closed" : "bounded"));
        }
        try (LakeLock lock = LakeLock.acquire(run.lake())) {
            Objects.requireNonNull(lock);
            return publishCommittedLocked(run, report);
        } catch (IOException e) {
            throw LakeRun.environment("publish run " + run.run() + " into " + run.lake(), e);
        }
    }

    private static int publishCommittedLocked(LakeRun run, RunReport report) throws IOException {
        Path lake = run.lake();
        String now = run.clock().instant().toString();
        Map<Path, LakeManifest> next = new LinkedHashMap<>();
        int published = 0;
        for (LakeTable table : LakeTable.values()) {
            Path written = LakeRun.versionDirectory(lake, table, run.version());
            for (Map.Entry<Path, List<Path>> partition :
                    LakeFiles.byPartition(written).entrySet()) {
                LakeManifest newest = LakeManifest.newest(lake, partition.getKey());
                List<LakeFile> files = new ArrayList<>(newest == null ? List.of() : newest.files());
                Set<Path> known = new HashSet<>();
                files.forEach(file -> known.add(file.path()));
                long generation = newest == null ? 1 : newest.generation() + 1;
                int before = files.size();
                for (Path file : partition.getValue()) {
                    if (!known.contains(file)) {
                        force(file);
                        files.add(LakeFiles.inspect(file, lake, table, run.scales(), generation, run.run(), true));
                    }
                }
                if (files.size() > before) {
                    published += files.size() - before;
                    next.put(
                            partition.getKey(),
                            new LakeManifest(table, files.get(0).partition(), generation, run.run(), now, files));
                }
            }
        }
        for (Map.Entry<Path, LakeManifest> entry : next.entrySet()) {
            entry.getValue().write(entry.getKey());
        }
        LakeState state = LakeState.read(lake);
        LakeState.Version version = Objects.requireNonNull(state.find(run.version()));
        boolean first = version.publishedAt() == null;
        if (first && published == 0) {
            return 0;
        }
        LakeState.Version current =
                new LakeState.Version(run.version(), run.run(), true, run.scales(), version.openedAt(), now);
        Path runFile = writeRun(run, report, LakeCatalog.of(lake, current), Map.of(), now);
        if (first) {
            // A version opened later may have been published in between; it stays the current one.
            state = state.with(current, Math.max(state.current(), run.version()));
            state.write(lake);
        }
        if (state.current() == run.version()) {
            LakeRun.copyRun(runFile, lake.resolve("run.json"));
        }
        return published;
    }

    private static void checkRows(LakeRun run, RunReport report, Map<LakeTable, Long> rows) {
        for (Map.Entry<LakeTable, Long> expected : report.expectedRows().entrySet()) {
            long found = rows.getOrDefault(expected.getKey(), 0L);
            if (found != expected.getValue()) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH,
                        "rows of table " + expected.getKey().directory() + " must be the "
                                + expected.getValue() + " that the job sent, was " + found + " (run=" + run.run()
                                + ", nothing was published; run it again)");
            }
        }
    }

    /** Removes files that attempts of the job left behind when they failed. */
    private static void removeInProgress(Path written) throws IOException {
        if (!Files.isDirectory(written)) {
            return;
        }
        List<Path> leftovers;
        try (Stream<Path> walk = Files.walk(written)) {
            leftovers = walk.filter(path -> Files.isRegularFile(path)
                            && path.getFileName().toString().startsWith("."))
                    .toList();
        }
        for (Path leftover : leftovers) {
            Files.deleteIfExists(leftover);
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path writeRun(
            LakeRun run, RunReport report, LakeCatalog catalog, Map<String, String> digests, String now)
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
        json.put("mode", run.isStreaming() ? "streaming" : "bounded");
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
        Path file = LakeRun.runFile(run.lake(), run.run());
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        LakeJson.write(file, json);
        return file;
    }
}

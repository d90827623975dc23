package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeFiles;
import dev.candlewick.connectors.lake.LakeJson;
import dev.candlewick.connectors.lake.LakeLock;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakePartition;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeState;
import dev.candlewick.connectors.lake.LakeSteps;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.rows.StoredRow;
import dev.candlewick.connectors.lake.rows.StoredRowReader;
import dev.candlewick.connectors.lake.rows.StoredRowWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Merges the small files of partitions into sorted files of a sane size, beside the jobs that write the lake.
 *
 * <p>The merged files become the next generation of the partition's manifest. The files they replace stay for readers of an
 * earlier generation until {@link LakeRetention} removes them. What a job has not published is not looked at. Rows keep
 * all their columns; {@code generation}, which files of streaming jobs leave to the manifest, is filled in. In versions of
 * streaming jobs, of rows that a restored job wrote twice the one stays that readers take.
 *
 * <p>Killed at any step it leaves the old files or the merged ones. Memory is bounded, whatever the size of a partition.
 */
public final class LakeCompaction {
    /** The size of merged files unless told otherwise. */
    public static final long TARGET_BYTES = 128L << 20;

    private static final String PREFIX = "merge-";

    private final Path lake;
    private final InstantSource clock;
    private final Settings settings;
    private final Consumer<Result> progress;
    private final LakeSteps steps;

    /**
     * How to compact.
     *
     * @param targetBytes size of a merged file, compressed
     * @param memoryBytes what rows may take in memory while they are sorted
     */
    public record Settings(long targetBytes, long memoryBytes) {
        /** Checks the sizes. */
        public Settings {
            if (targetBytes < 1 || memoryBytes < 1) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "sizes must be positive, was a target of " + targetBytes + " and a memory of " + memoryBytes
                                + " bytes");
            }
        }

        /** Usual sizes for this process: files of 128 MB, a quarter of the heap. */
        public static Settings usual() {
            return new Settings(TARGET_BYTES, Runtime.getRuntime().maxMemory() / 4);
        }
    }

    /**
     * One partition that was compacted.
     *
     * @param partition its directory relative to the lake
     * @param generation the generation that the merged files make
     * @param filesBefore files that were merged
     * @param filesAfter files that they became
     * @param bytesBefore size of the merged files
     * @param bytesAfter size of what they became
     * @param rows rows that they hold now
     * @param copies rows that were left out because a restored job had written them twice
     */
    public record Result(
            String partition,
            long generation,
            int filesBefore,
            int filesAfter,
            long bytesBefore,
            long bytesAfter,
            long rows,
            long copies) {}

    private LakeCompaction(
            Path lake, InstantSource clock, Settings settings, Consumer<Result> progress, LakeSteps steps) {
        this.lake = lake;
        this.clock = clock;
        this.settings = settings;
        this.progress = progress;
        this.steps = steps;
    }

    /**
     * Compacts partitions that readers of a version see; its own ones and those of versions below.
     *
     * @param version 0 for the current one
     * @param tables the tables
     * @param from the first day; null for no bound
     * @param to the last day, inclusive; null for no bound
     * @param progress is told every partition that was compacted
     * @return what was compacted; empty where nothing had to be
     */
    public static List<Result> run(
            Path lake,
            int version,
            Set<LakeTable> tables,
            @Nullable LocalDate from,
            @Nullable LocalDate to,
            Settings settings,
            InstantSource clock,
            Consumer<String> notes,
            Consumer<Result> progress) {
        return run(lake, version, tables, from, to, settings, clock, notes, progress, LakeSteps.NONE);
    }

    static List<Result> run(
            Path lake,
            int version,
            Set<LakeTable> tables,
            @Nullable LocalDate from,
            @Nullable LocalDate to,
            Settings settings,
            InstantSource clock,
            Consumer<String> notes,
            Consumer<Result> progress,
            LakeSteps steps) {
        LakeCatalog catalog = LakeCatalog.open(lake, version);
        List<LakePartition> wanted = new ArrayList<>();
        for (LakeTable table : LakeTable.values()) {
            for (LakeManifest manifest : tables.contains(table) ? catalog.manifests(table) : List.<LakeManifest>of()) {
                LakePartition place = manifest.place();
                if ((from == null || !place.day().isBefore(from))
                        && (to == null || !place.day().isAfter(to))
                        && isWorthIt(manifest, settings)) {
                    wanted.add(place);
                }
            }
        }
        if (wanted.isEmpty()) {
            return List.of();
        }
        String name = "compact-" + clock.instant().toString().replace(':', '-');
        LakeCompaction compaction = new LakeCompaction(catalog.lake(), clock, settings, progress, steps);
        try (LakeRun run = LakeRun.upkeep(catalog.lake(), name, clock, notes)) {
            List<Result> results = new ArrayList<>();
            try {
                for (LakePartition place : wanted) {
                    Result result = compaction.compact(run, place, false);
                    if (result != null) {
                        results.add(result);
                        progress.accept(result);
                    }
                }
            } finally {
                compaction.record(name, results);
            }
            return results;
        } catch (IOException e) {
            throw LakeRun.environment("compact " + catalog.lake(), e);
        } catch (UncheckedIOException e) {
            throw LakeRun.environment("compact " + catalog.lake(), Objects.requireNonNull(e.getCause()));
        }
    }

    /** Merges all files of a partition, whatever their sizes. */
    static @Nullable Result rewrite(LakeRun run, String partition, Settings settings, InstantSource clock) {
        LakeCompaction compaction = new LakeCompaction(run.lake(), clock, settings, result -> {}, LakeSteps.NONE);
        try {
            return compaction.compact(run, LakePartition.parse(partition), true);
        } catch (IOException e) {
            throw LakeRun.environment("rewrite " + partition, e);
        }
    }

    /** How many rows of a partition a merge would leave out. */
    static long copies(Path lake, LakeManifest manifest) throws IOException {
        if (manifest.files().size() < 2) {
            return 0;
        }
        LakePartition place = manifest.place();
        Owner owner = Owner.of(lake, place);
        Path work = Files.createTempDirectory("candlewick-rows");
        try {
            LakeCompaction compaction = new LakeCompaction(
                    lake, () -> java.time.Instant.EPOCH, Settings.usual(), result -> {}, LakeSteps.NONE);
            return compaction.merge(manifest, place, owner.scales(), owner.isStreaming(), work).copies;
        } finally {
            LakeFiles.deleteTree(work);
        }
    }

    /** One merged file too small is the rest of its partition; anything more is worth a merge. */
    private static boolean isWorthIt(LakeManifest manifest, Settings settings) {
        long small = manifest.files().stream()
                .filter(file -> !isMerged(file) || file.bytes() < settings.targetBytes() / 2)
                .count();
        return manifest.files().size() > 1 && small > 1;
    }

    private static boolean isMerged(LakeFile file) {
        return String.valueOf(file.path().getFileName()).startsWith(PREFIX);
    }

    private @Nullable Result compact(LakeRun run, LakePartition place, boolean always) throws IOException {
        steps.before("read " + place);
        LakeManifest manifest;
        try (LakeLock lock = LakeLock.acquire(lake)) {
            Objects.requireNonNull(lock);
            manifest = LakeManifest.newest(lake, lake.resolve(place.path()));
        }
        if (manifest == null || !(always || isWorthIt(manifest, settings))) {
            return null;
        }
        Owner owner = Owner.of(lake, place);
        Path work = Files.createDirectories(run.root().resolve("work"));
        Merge merge = merge(manifest, place, owner.scales(), owner.isStreaming(), work);
        long before = manifest.rows();
        if (merge.rows + merge.copies != before) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "rows of " + place + " must be " + before + " as its manifest says, was "
                            + (merge.rows + merge.copies) + " (see candlewick lake repair)");
        }
        steps.before("publish " + place);
        try (LakeLock lock = LakeLock.acquire(lake)) {
            Objects.requireNonNull(lock);
            return publish(run, manifest, place, merge, owner.scales());
        } finally {
            LakeFiles.deleteTree(work);
        }
    }

    /**
     * The version that a partition belongs to.
     *
     * @param isStreaming whether a streaming job wrote it or one that it lies over, as readers of it take it
     */
    private record Owner(LakeScales scales, boolean isStreaming) {
        static Owner of(Path lake, LakePartition place) {
            LakeState state = LakeState.read(lake);
            LakeState.Version version = state.require(place.version(), lake);
            return new Owner(
                    version.scales(), state.chain(version, lake).stream().anyMatch(LakeState.Version::streaming));
        }
    }

    /** Files that were made, in order, with their rows. */
    private static final class Merge {
        private final List<Path> files = new ArrayList<>();
        private long rows;
        private long copies;
    }

    private Merge merge(LakeManifest manifest, LakePartition place, LakeScales scales, boolean once, Path work)
            throws IOException {
        LakeTable table = place.table();
        int generation = StoredRow.column(table, LakeTable.GENERATION);
        RowOrder order = RowOrder.of(table);
        List<LakeFile> files = new ArrayList<>(manifest.files());
        files.sort(Comparator.comparing(file -> file.path().toString()));
        Merge merge = new Merge();
        try (RowSorter sorter = new RowSorter(table, order, work, settings.memoryBytes())) {
            for (int i = 0; i < files.size(); i++) {
                try (StoredRowReader reader = StoredRowReader.open(files.get(i).path(), table)) {
                    for (StoredRow row = reader.next(); row != null; row = reader.next()) {
                        if (row.get(generation) == null) {
                            row.set(generation, files.get(i).generation());
                        }
                        sorter.add(new SortedRow(row, i));
                    }
                }
            }
            write(sorter.sorted(), order, table, scales, once, work, merge);
        }
        return merge;
    }

    private void write(
            Iterator<SortedRow> rows,
            RowOrder order,
            LakeTable table,
            LakeScales scales,
            boolean once,
            Path work,
            Merge merge)
            throws IOException {
        StoredRowWriter writer = null;
        SortedRow first = null;
        try {
            while (rows.hasNext()) {
                SortedRow row = rows.next();
                boolean same = first != null && order.compareIdentity(first.row(), row.row()) == 0;
                if (same && first != null && once && order.isCopy(first, row)) {
                    merge.copies++;
                    continue;
                }
                if (!same) {
                    first = row;
                }
                // Equal rows stay in one file: readers take those of several files for copies.
                if (writer != null && !same && writer.bytes() >= settings.targetBytes()) {
                    writer.close();
                    writer = null;
                }
                if (writer == null) {
                    Path file = work.resolve(PREFIX + merge.files.size() + ".parquet");
                    merge.files.add(file);
                    writer = StoredRowWriter.create(file, table, scales);
                }
                writer.write(row.row());
                merge.rows++;
            }
        } finally {
            if (writer != null) {
                writer.close();
            }
        }
    }

    private @Nullable Result publish(
            LakeRun run, LakeManifest merged, LakePartition place, Merge merge, LakeScales scales) throws IOException {
        Path directory = lake.resolve(place.path());
        LakeManifest newest = LakeManifest.newest(lake, directory);
        if (newest == null || !newest.files().containsAll(merged.files())) {
            // Another compaction was faster.
            return null;
        }
        String now = clock.instant().toString();
        long generation = newest.generation() + 1;
        List<LakeFile> files = new ArrayList<>(newest.files());
        files.removeAll(merged.files());
        List<LakeManifest.Replaced> replaced = new ArrayList<>(newest.stillReplaced(directory));
        for (LakeFile old : merged.files()) {
            replaced.add(new LakeManifest.Replaced(String.valueOf(old.path().getFileName()), now));
        }
        long bytes = 0;
        for (int i = 0; i < merge.files.size(); i++) {
            Path target = directory.resolve(PREFIX + run.run() + "-" + generation + "-" + i + ".parquet");
            steps.before("move " + place + " " + i);
            LakeFiles.force(merge.files.get(i));
            Files.move(merge.files.get(i), target, StandardCopyOption.ATOMIC_MOVE);
            LakeFile file = LakeFiles.inspect(target, lake, place.table(), scales, generation, run.run(), true);
            files.add(file);
            bytes += file.bytes();
        }
        steps.before("manifest " + place);
        new LakeManifest(place.table(), place.path(), generation, run.run(), now, files, replaced).write(directory);
        steps.before("end " + place);
        return new Result(
                place.path(),
                generation,
                merged.files().size(),
                merge.files.size(),
                merged.bytes(),
                bytes,
                merge.rows,
                merge.copies);
    }

    /** Keeps what was done, since a partition's history is otherwise lost with its replaced files. */
    private void record(String name, List<Result> results) throws IOException {
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        Set<String> partitions = new HashSet<>();
        for (Result result : results) {
            partitions.add(result.partition());
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("partition", result.partition());
            item.put("generation", result.generation());
            item.put("files_before", result.filesBefore());
            item.put("files_after", result.filesAfter());
            item.put("rows", result.rows());
            item.put("copies_left_out", result.copies());
            list.add(item);
        }
        if (partitions.isEmpty()) {
            return;
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("run", name);
        json.put("compacted", list);
        Path directory = Files.createDirectories(lake.resolve("runs").resolve(name));
        LakeJson.write(directory.resolve("compact.json"), json);
    }
}

package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    /** How the names of files begin that the sinks of a job commit. */
    static final String SINK_PREFIX = "part-";

    /** Takes the digests of a version that nobody sees yet. */
    @FunctionalInterface
    public interface Digester {
        /** Takes no digests. */
        Digester NONE = catalog -> Map.of();

        /** The digests of the comparable outputs, by table. */
        Map<String, String> digests(LakeCatalog catalog);
    }

    /** Chooses rows by instrument. */
    @FunctionalInterface
    public interface Instruments {
        /** No row at all. */
        Instruments NONE = (venue, symbol) -> false;

        /** Whether the instrument's rows are chosen. */
        boolean contains(String venue, String symbol);
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
        return publish(run, report, digester, Instruments.NONE, LakeSteps.NONE);
    }

    /**
     * As {@link #publish(LakeRun, RunReport, Digester)}, for a run that lies over a version and was made for some
     * instruments only: in the covered partitions, the rows of other instruments are carried over from the version below
     * as they are at this moment.
     *
     * @param carried the instruments whose rows are carried over
     * @throws LakeException of kind USAGE where a covered table has no instruments
     */
    public static LakeCatalog publish(LakeRun run, RunReport report, Digester digester, Instruments carried) {
        return publish(run, report, digester, carried, LakeSteps.NONE);
    }

    static LakeCatalog publish(LakeRun run, RunReport report, Digester digester, LakeSteps steps) {
        return publish(run, report, digester, Instruments.NONE, steps);
    }

    @SuppressWarnings("ReferenceEquality") // NONE is the one value that reads nothing.
    static LakeCatalog publish(LakeRun run, RunReport report, Digester digester, Instruments carried, LakeSteps steps) {
        check(run, !run.isStreaming() && !run.isAppending(), "bounded");
        try (LakeLock lock = LakeLock.acquire(run.lake())) {
            Objects.requireNonNull(lock);
            steps.before("carry");
            LakeCarry.remove(run);
            if (carried != Instruments.NONE) {
                LakeCarry.carry(run, carried);
            }
            return publishLocked(run, report, digester, steps);
        } catch (IOException e) {
            throw LakeRun.environment("publish run " + run.run() + " into " + run.lake(), e);
        }
    }

    private static void check(LakeRun run, boolean isRight, String mode) {
        if (!isRight || run.isClosed()) {
            throw new IllegalStateException("run to publish must be " + mode + " and open, was "
                    + (run.isClosed() ? "closed" : "of another mode"));
        }
    }

    private static LakeCatalog publishLocked(LakeRun run, RunReport report, Digester digester, LakeSteps steps)
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
                    LakeFiles.force(file);
                    files.add(LakeFiles.inspect(file, run.staging(), table, run.scales(), 1, run.run(), true));
                }
                LakeManifest manifest = new LakeManifest(table, files.get(0).partition(), 1, run.run(), now, files);
                checkCovered(run, manifest.place());
                manifest.write(partition.getKey());
                rows.merge(
                        table,
                        files.stream()
                                .filter(file -> !LakeCarry.isCarried(file.path()))
                                .mapToLong(LakeFile::rows)
                                .sum(),
                        Long::sum);
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
        LakeState.Version version = new LakeState.Version(
                run.version(), run.run(), false, run.scales(), run.openedAt(), now, run.overlay());
        LakeState state = LakeState.read(lake).with(version, run.version());
        LakeCatalog catalog = LakeCatalog.of(lake, state, version);
        Map<String, String> digests = digester.digests(catalog);
        steps.before("run.json");
        Path runFile = LakeRunWriter.write(lake, version, "bounded", report, catalog.summary(), digests, now, Map.of());
        steps.before("lake.json");
        state.write(lake);
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
     * @throws LakeException of kind MISMATCH where a new file is broken; all others are published then
     * @see CommittedPublisher
     */
    public static int publishCommitted(LakeRun run, RunReport report) {
        check(run, run.isStreaming(), "streaming");
        return CommittedPublisher.of(run, report).publish();
    }

    /**
     * Keeps what a streaming job tells about itself beside its {@code run.json}, so that a publisher in another process
     * can put it there.
     */
    public static void announce(LakeRun run, RunReport report) {
        check(run, run.isStreaming(), "streaming");
        try {
            LakeRunWriter.announce(run.lake(), run.run(), report);
        } catch (IOException e) {
            throw LakeRun.environment("write what run " + run.run() + " tells", e);
        }
    }

    /**
     * Adds what an {@linkplain LakeRun#appending appending} run has staged to the version it was opened for, as the next
     * generation of each partition; the job that writes the version may run beside. In an overlay, a partition that it
     * does not cover is one of the version below, and gets the files there.
     *
     * <p>Each partition changes at once, by its manifest. Killed before the decision the run leaves nothing; killed after
     * it, the next run of the lake finishes it.
     *
     * @param audit what is kept about the run in its {@code run.json}: maps, lists, strings, longs and booleans
     * @return how many files were added
     * @throws LakeException of kind MISMATCH where a file is broken or rows are missing; nothing is visible then
     */
    public static int append(LakeRun run, RunReport report, Map<String, ? extends @Nullable Object> audit) {
        return append(run, report, audit, LakeSteps.NONE);
    }

    static int append(LakeRun run, RunReport report, Map<String, ? extends @Nullable Object> audit, LakeSteps steps) {
        check(run, run.isAppending(), "appending");
        try (LakeLock lock = LakeLock.acquire(run.lake())) {
            Objects.requireNonNull(lock);
            return LakeAppend.append(run, report, audit, steps);
        } catch (IOException e) {
            throw LakeRun.environment("append run " + run.run() + " to " + run.lake(), e);
        }
    }

    private static void checkCovered(LakeRun run, LakePartition place) {
        LakeOverlay overlay = run.overlay();
        if (overlay != null && !overlay.covers(place)) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "partition of an overlay must be one that it covers, was " + place + " (run=" + run.run()
                            + ", covers " + overlay.covers() + ", nothing was published)");
        }
    }

    static void checkRows(LakeRun run, RunReport report, Map<LakeTable, Long> rows) {
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
}

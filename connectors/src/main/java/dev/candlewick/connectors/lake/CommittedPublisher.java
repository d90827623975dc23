package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells readers what a streaming job has committed, again and again while the job runs, beside it and outside of its graph
 * (failure modes 5.6); one thread.
 *
 * <p>A file gets its final name when the checkpoint that holds it is complete. Each call reads the footers of the files
 * that have come since, and names them in the next generation of their partitions. What other runs have appended or
 * compacted in between stays. It remembers the partitions that did not change, so a call costs little where nothing is new.
 *
 * <p>Of a partition, the newest {@value #KEPT_GENERATIONS} manifests stay; a reader needs only the newest.
 */
public final class CommittedPublisher {
    /** Manifests that stay in a partition. */
    static final int KEPT_GENERATIONS = 10;

    /** Changes within the resolution of a file system's clock could hide behind an equal time. */
    private static final Duration CLOCK_RESOLUTION = Duration.ofSeconds(2);

    private final Path lake;
    private final int version;
    private final InstantSource clock;
    private final Supplier<RunReport> report;
    private final Map<Path, Seen> seen = new HashMap<>();

    /** A partition as it was found last. */
    private record Seen(FileTime modified, @Nullable LakeManifest manifest) {}

    private CommittedPublisher(Path lake, int version, InstantSource clock, Supplier<RunReport> report) {
        this.lake = lake;
        this.version = version;
        this.clock = clock;
        this.report = report;
    }

    /** For the process that holds the claim of a streaming job. */
    public static CommittedPublisher of(LakeRun run, RunReport report) {
        return new CommittedPublisher(run.lake(), run.version(), run.clock(), () -> report);
    }

    /**
     * For another process than the one that started the job; what the job said about itself is taken from
     * {@link LakePublisher#announce}.
     *
     * @param version a version that a streaming job writes; 0 for the newest of them
     * @throws LakeException of kind USAGE where there is none
     */
    public static CommittedPublisher of(Path given, int version, InstantSource clock) {
        Path lake = LakeCatalog.requireLake(given);
        LakeState.Version found = null;
        for (LakeState.Version candidate : LakeState.read(lake).versions()) {
            boolean wanted = version == 0 || candidate.version() == version;
            if (candidate.streaming() && wanted && (found == null || found.version() < candidate.version())) {
                found = candidate;
            }
        }
        if (found == null) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "version to publish must be one that a streaming job writes, was "
                            + (version == 0 ? "none" : "version " + version) + " (" + given + ")");
        }
        String run = found.run();
        return new CommittedPublisher(lake, found.version(), clock, () -> LakeRunWriter.announced(lake, run));
    }

    /** The version that is published. */
    public int version() {
        return version;
    }

    /**
     * Publishes what is committed and not published yet.
     *
     * @return how many files were published
     * @throws LakeException of kind MISMATCH where a new file is broken; all others are published then
     */
    public int publish() {
        try (LakeLock lock = LakeLock.acquire(lake)) {
            Objects.requireNonNull(lock);
            return publishLocked();
        } catch (IOException e) {
            throw LakeRun.environment("publish version " + version + " of " + lake, e);
        }
    }

    private int publishLocked() throws IOException {
        LakeState state = LakeState.read(lake);
        LakeState.Version mine = state.require(version, lake);
        String now = clock.instant().toString();
        List<LakeException> broken = new ArrayList<>();
        Map<LakeTable, List<LakeManifest>> manifests = new EnumMap<>(LakeTable.class);
        Map<Path, LakeManifest> next = new LinkedHashMap<>();
        int published = 0;
        for (LakeTable table : LakeTable.values()) {
            List<LakeManifest> list = manifests.computeIfAbsent(table, key -> new ArrayList<>());
            for (Path partition : LakeFiles.partitions(LakeRun.versionDirectory(lake, table, version))) {
                FileTime modified = Files.getLastModifiedTime(partition);
                Seen before = seen.get(partition);
                LakeManifest newest;
                if (before != null && before.modified().equals(modified) && isSettled(modified)) {
                    newest = before.manifest();
                } else {
                    LakeManifest known = LakeManifest.newest(lake, partition);
                    newest = withNewFiles(known, partition, mine, now, broken);
                    if (newest != null && newest != known) {
                        published += newest.files().size()
                                - (known == null ? 0 : known.files().size());
                        next.put(partition, newest);
                    }
                    if (broken.isEmpty()) {
                        seen.put(partition, new Seen(modified, newest));
                    }
                }
                if (newest != null) {
                    list.add(newest);
                }
            }
        }
        for (Map.Entry<Path, LakeManifest> entry : next.entrySet()) {
            entry.getValue().write(entry.getKey());
        }
        boolean first = mine.publishedAt() == null;
        if (published > 0 || !first) {
            tell(state, mine, manifests, now, first);
        }
        for (Map.Entry<Path, LakeManifest> entry : next.entrySet()) {
            LakeManifest.deleteBelow(entry.getKey(), entry.getValue().generation() - KEPT_GENERATIONS + 1);
        }
        if (!broken.isEmpty()) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    broken.get(0).getMessage() + "; " + (broken.size() == 1 ? "it was" : broken.size() + " files were")
                            + " not published, everything else was",
                    broken.get(0));
        }
        return published;
    }

    private boolean isSettled(FileTime modified) {
        return modified.toInstant().plus(CLOCK_RESOLUTION).isBefore(clock.instant());
    }

    private @Nullable LakeManifest withNewFiles(
            @Nullable LakeManifest newest,
            Path partition,
            LakeState.Version mine,
            String now,
            List<LakeException> broken)
            throws IOException {
        Set<String> known = newest == null ? Set.of() : newest.knownNames();
        List<LakeFile> files = new ArrayList<>(newest == null ? List.of() : newest.files());
        int before = files.size();
        long generation = newest == null ? 1 : newest.generation() + 1;
        LakePartition place = LakePartition.parse(LakeManifest.slashes(lake.relativize(partition)));
        for (Path file : LakeFiles.dataFiles(partition)) {
            String name = String.valueOf(file.getFileName());
            // Other names belong to runs that append or compact, which publish them themselves.
            if (name.startsWith(LakePublisher.SINK_PREFIX) && !known.contains(name)) {
                try {
                    LakeFiles.force(file);
                    files.add(
                            LakeFiles.inspect(file, lake, place.table(), mine.scales(), generation, mine.run(), true));
                } catch (LakeException e) {
                    if (e.kind() != LakeException.Kind.MISMATCH) {
                        throw e;
                    }
                    broken.add(e);
                }
            }
        }
        return files.size() == before
                ? newest
                : new LakeManifest(
                        place.table(),
                        place.path(),
                        generation,
                        mine.run(),
                        now,
                        files,
                        newest == null ? List.of() : newest.stillReplaced(partition));
    }

    private void tell(
            LakeState state,
            LakeState.Version mine,
            Map<LakeTable, List<LakeManifest>> manifests,
            String now,
            boolean first)
            throws IOException {
        LakeState.Version current =
                new LakeState.Version(version, mine.run(), true, mine.scales(), mine.openedAt(), now, mine.overlay());
        Path runFile = LakeRunWriter.write(
                lake, current, "streaming", report.get(), LakeCatalog.summary(manifests), Map.of(), now, Map.of());
        int shown = state.current();
        if (first) {
            // A version opened later may have been published in between; it stays the current one.
            shown = Math.max(shown, version);
            state.with(current, shown).write(lake);
        }
        if (shown == version) {
            LakeRun.copyRun(runFile, lake.resolve("run.json"));
        }
    }
}

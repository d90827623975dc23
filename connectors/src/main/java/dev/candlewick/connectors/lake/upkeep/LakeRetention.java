package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeClaim;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFiles;
import dev.candlewick.connectors.lake.LakeLock;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeState;
import dev.candlewick.connectors.lake.LakeSteps;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Removes what is not to be kept: old versions, old days, and files that compaction has replaced.
 *
 * <p>Never removed: the version that readers see and any newer one, versions that a kept one lies over, versions that a
 * run is writing or that an unfinished run lies over, days in which a job has files that are not published, and the
 * records below {@code runs/}.
 *
 * <p>A day or version goes out of sight at once, by a rename, and is deleted then; killed in between, the next run of the
 * lake deletes the rest.
 */
public final class LakeRetention {
    /** How long replaced files stay, unless told otherwise: longer than any reader holds an old manifest. */
    public static final Duration REPLACED_AGE = Duration.ofHours(24);

    private LakeRetention() {}

    /**
     * What to keep.
     *
     * @param versions how many of the newest versions, the current one among them; null for all
     * @param days how many days up to the newest one of the lake, or up to today where that is earlier; null for all
     * @param replacedAge how long files stay that compaction has replaced
     */
    public record Policy(
            @Nullable Integer versions, @Nullable Integer days, Duration replacedAge) {
        /** Checks the numbers. */
        public Policy {
            if (versions != null && versions < 1 || days != null && days < 1) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "versions and days to keep must be at least 1, was " + versions + " and " + days);
            }
        }
    }

    /**
     * Something to remove.
     *
     * @param kind {@code version}, {@code day} or {@code replaced}
     * @param path what it is, relative to the lake
     * @param files files in it
     * @param bytes their size
     */
    public record Removal(String kind, String path, int files, long bytes) {}

    /** What would be removed now. */
    public static List<Removal> plan(Path lake, Policy policy, InstantSource clock) {
        Path root = LakeCatalog.requireLake(lake);
        try (LakeLock lock = LakeLock.acquire(root)) {
            Objects.requireNonNull(lock);
            return new Plan(root, policy, clock.instant()).removals;
        } catch (IOException e) {
            throw LakeRun.environment("look through " + lake, e);
        }
    }

    /** Removes what a plan made at this moment holds. */
    public static List<Removal> apply(Path lake, Policy policy, InstantSource clock, Consumer<String> notes) {
        return apply(lake, policy, clock, notes, LakeSteps.NONE);
    }

    static List<Removal> apply(Path lake, Policy policy, InstantSource clock, Consumer<String> notes, LakeSteps steps) {
        Path root = LakeCatalog.requireLake(lake);
        String name = "retain-" + clock.instant().toString().replace(':', '-');
        try (LakeRun run = LakeRun.upkeep(root, name, clock, notes)) {
            Path trash = Files.createDirectories(run.root().resolve("trash"));
            try (LakeLock lock = LakeLock.acquire(root)) {
                Objects.requireNonNull(lock);
                Plan plan = new Plan(root, policy, clock.instant());
                if (!plan.versions.isEmpty()) {
                    steps.before("lake.json");
                    LakeState.read(root).without(plan.versions).write(root);
                }
                int number = 0;
                for (Path directory : plan.directories) {
                    steps.before("move " + LakeManifest.slashes(root.relativize(directory)));
                    Files.move(directory, trash.resolve("t" + number++), StandardCopyOption.ATOMIC_MOVE);
                }
                for (Path file : plan.replaced) {
                    steps.before("delete " + file.getFileName());
                    Files.deleteIfExists(file);
                }
                steps.before("end");
                return plan.removals;
            }
        } catch (IOException e) {
            throw LakeRun.environment("remove old data of " + lake, e);
        }
    }

    private static final class Plan {
        private final Path lake;
        private final Set<Integer> versions = new HashSet<>();
        private final List<Path> directories = new ArrayList<>();
        private final List<Path> replaced = new ArrayList<>();
        private final List<Removal> removals = new ArrayList<>();

        Plan(Path lake, Policy policy, Instant now) throws IOException {
            this.lake = lake;
            LakeState state = LakeState.read(lake);
            if (policy.versions() != null) {
                versions(state, policy.versions());
            }
            LocalDate firstKept = policy.days() == null ? null : firstKept(state, policy.days(), now);
            for (LakeState.Version version : state.versions()) {
                if (!versions.contains(version.version())) {
                    partitions(version.version(), firstKept, now.minus(policy.replacedAge()));
                }
            }
        }

        private void versions(LakeState state, int kept) throws IOException {
            Set<Integer> needed = new HashSet<>();
            List<LakeState.Version> newest = new ArrayList<>(state.versions());
            newest.sort(Comparator.comparingInt(LakeState.Version::version).reversed());
            int counted = 0;
            for (LakeState.Version version : newest) {
                boolean isShown = version.version() == state.current();
                boolean keep = version.version() > state.current() || isShown || counted < kept;
                if (keep) {
                    needed.add(version.version());
                    counted += version.version() <= state.current() ? 1 : 0;
                }
            }
            for (Path staging : LakeClaim.directories(lake)) {
                LakeClaim claim = LakeClaim.read(staging);
                if (claim != null) {
                    needed.add(claim.version());
                    if (claim.overlay() != null) {
                        needed.add(claim.overlay().base());
                    }
                }
            }
            for (LakeState.Version version : newest) {
                if (needed.contains(version.version())) {
                    state.chain(version, lake).forEach(below -> needed.add(below.version()));
                }
            }
            for (LakeState.Version version : newest) {
                if (!needed.contains(version.version())) {
                    versions.add(version.version());
                    for (LakeTable table : LakeTable.values()) {
                        Path directory = LakeRun.versionDirectory(lake, table, version.version());
                        if (Files.isDirectory(directory)) {
                            remove("version", directory);
                        }
                    }
                }
            }
        }

        private LocalDate firstKept(LakeState state, int days, Instant now) throws IOException {
            LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
            LocalDate newest = LocalDate.MIN;
            for (LakeState.Version version : state.versions()) {
                for (LakeTable table : LakeTable.values()) {
                    for (LakeManifest manifest : LakeCatalog.readManifests(lake, table, version.version())) {
                        LocalDate day = manifest.place().day();
                        newest = day.isAfter(newest) ? day : newest;
                    }
                }
            }
            // A trade of a far future must not remove everything else, nor an archive of old days itself.
            return newest.equals(LocalDate.MIN)
                    ? LocalDate.MIN
                    : (newest.isAfter(today) ? today : newest).minusDays(days - 1L);
        }

        private void partitions(int version, @Nullable LocalDate firstKept, Instant replacedBefore) throws IOException {
            for (LakeTable table : LakeTable.values()) {
                for (LakeManifest manifest : LakeCatalog.readManifests(lake, table, version)) {
                    Path directory = lake.resolve(manifest.partition());
                    if (firstKept != null
                            && manifest.place().day().isBefore(firstKept)
                            && !isBeingWritten(directory, manifest)) {
                        remove("day", directory);
                        continue;
                    }
                    for (LakeManifest.Replaced old : manifest.replaced()) {
                        Path file = directory.resolve(old.name());
                        if (Instant.parse(old.at()).isBefore(replacedBefore) && Files.exists(file)) {
                            replaced.add(file);
                            removals.add(new Removal(
                                    "replaced", LakeManifest.slashes(lake.relativize(file)), 1, Files.size(file)));
                        }
                    }
                }
            }
        }

        /** Whether a job has files there that readers do not see yet: in progress, or committed and not published. */
        private static boolean isBeingWritten(Path directory, LakeManifest manifest) throws IOException {
            try (Stream<Path> entries = Files.list(directory)) {
                if (entries.anyMatch(path -> path.getFileName().toString().startsWith("."))) {
                    return true;
                }
            }
            Set<String> known = manifest.knownNames();
            return LakeFiles.dataFiles(directory).stream()
                    .anyMatch(file -> !known.contains(String.valueOf(file.getFileName())));
        }

        private void remove(String kind, Path directory) throws IOException {
            int files = 0;
            long bytes = 0;
            List<Path> all;
            try (Stream<Path> walk = Files.walk(directory)) {
                all = walk.filter(Files::isRegularFile).toList();
            }
            for (Path file : all) {
                files++;
                bytes += Files.size(file);
            }
            directories.add(directory);
            removals.add(new Removal(kind, LakeManifest.slashes(lake.relativize(directory)), files, bytes));
        }
    }
}

package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeClaim;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeFiles;
import dev.candlewick.connectors.lake.LakeLock;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeState;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a lake for what should not be there and what should be, and mends what can be mended without losing a row.
 *
 * <p>Files that a running or restored job may still commit are never touched before they are old. Damaged and missing files
 * cannot be mended here: they are told, and come back from a backup or by computing their days again.
 */
public final class LakeRepair {
    /** The age from which files are taken for those of dead attempts, unless told otherwise. */
    public static final Duration LEFTOVER_AGE = Duration.ofDays(7);

    private final Path lake;
    private final Options options;
    private final InstantSource clock;
    private final List<Finding> findings = new ArrayList<>();
    private final List<LakeManifest> readable = new ArrayList<>();

    /** What was found. */
    public enum Kind {
        /** A file that a manifest names is not there, or is not what the manifest says. Cannot be mended. */
        DAMAGED,
        /** Rows that a restored job wrote twice; readers leave the second ones out. Mended by merging the files. */
        COPIES,
        /** A file that nothing names and nobody will publish. Mended by removing it. */
        ORPHAN,
        /** A file that an attempt of a job began and never committed. Mended by removing it. */
        IN_PROGRESS,
        /** Committed and not yet published; no fault. */
        UNPUBLISHED
    }

    /**
     * One thing that was found.
     *
     * @param kind what it is
     * @param path where, relative to the lake
     * @param detail what about it
     * @param mendable whether it can be mended now
     */
    public record Finding(Kind kind, String path, String detail, boolean mendable) {}

    /**
     * How to look.
     *
     * @param deep compare every file's bytes with its digest, instead of its size and its footer
     * @param rows read all rows of versions of streaming jobs, for those that were written twice
     * @param leftoverAge the age from which files are taken for those of dead attempts. Savepoints can refer to files that
     *     are not committed: longer than any savepoint is kept
     */
    public record Options(boolean deep, boolean rows, Duration leftoverAge) {}

    private LakeRepair(Path lake, Options options, InstantSource clock) {
        this.lake = lake;
        this.options = options;
        this.clock = clock;
    }

    /** Looks only. */
    public static List<Finding> look(Path lake, Options options, InstantSource clock) {
        LakeRepair repair = new LakeRepair(LakeCatalog.requireLake(lake), options, clock);
        try {
            repair.look();
            repair.lookForCopies();
            return repair.findings;
        } catch (IOException e) {
            throw LakeRun.environment("look through " + lake, e);
        }
    }

    /**
     * Looks and mends.
     *
     * @return what was found, mended or not
     */
    public static List<Finding> mend(Path lake, Options options, InstantSource clock, Consumer<String> notes) {
        Path root = LakeCatalog.requireLake(lake);
        String name = "repair-" + clock.instant().toString().replace(':', '-');
        try (LakeRun run = LakeRun.upkeep(root, name, clock, notes)) {
            LakeRepair repair = new LakeRepair(root, options, clock);
            try (LakeLock lock = LakeLock.acquire(root)) {
                Objects.requireNonNull(lock);
                repair.look();
                for (Finding finding : repair.findings) {
                    Path path = root.resolve(finding.path());
                    if (finding.mendable() && finding.kind() != Kind.COPIES) {
                        if (Files.isDirectory(path)) {
                            LakeFiles.deleteTree(path);
                        } else {
                            Files.deleteIfExists(path);
                        }
                    }
                }
            }
            // Reading all rows takes long; publishers need not wait for it.
            repair.lookForCopies();
            for (Finding finding : repair.findings) {
                if (finding.kind() == Kind.COPIES && finding.mendable()) {
                    LakeCompaction.rewrite(run, finding.path(), LakeCompaction.Settings.usual(), clock);
                }
            }
            return repair.findings;
        } catch (IOException e) {
            throw LakeRun.environment("repair " + lake, e);
        }
    }

    private void look() throws IOException {
        LakeState state = LakeState.read(lake);
        Set<Integer> claimed = new HashSet<>();
        for (Path staging : LakeClaim.directories(lake)) {
            LakeClaim claim = LakeClaim.read(staging);
            if (claim != null) {
                claimed.add(claim.version());
            }
        }
        for (LakeTable table : LakeTable.values()) {
            Path directory = lake.resolve(table.directory());
            if (!Files.isDirectory(directory)) {
                continue;
            }
            List<Path> versions;
            try (Stream<Path> entries = Files.list(directory)) {
                versions = entries.sorted().toList();
            }
            for (Path path : versions) {
                LakeState.Version version = version(state, path);
                if (version != null) {
                    for (Path partition : LakeFiles.partitions(path)) {
                        look(table, version, partition);
                    }
                } else if (!claimed.contains(number(path))) {
                    add(Kind.ORPHAN, path, "no version of lake.json and of no run", isOld(path));
                }
            }
        }
    }

    private static int number(Path versionDirectory) {
        String name = String.valueOf(versionDirectory.getFileName());
        return name.matches("version=[0-9]{1,9}") ? Integer.parseInt(name.substring("version=".length())) : -1;
    }

    private static LakeState.@Nullable Version version(LakeState state, Path versionDirectory) {
        return state.find(number(versionDirectory));
    }

    private void look(LakeTable table, LakeState.Version version, Path partition) throws IOException {
        LakeManifest manifest;
        try {
            manifest = LakeManifest.newest(lake, partition);
        } catch (LakeException e) {
            add(Kind.DAMAGED, partition, String.valueOf(e.getMessage()), false);
            return;
        }
        boolean sound = true;
        if (manifest != null) {
            for (LakeFile file : manifest.files()) {
                String fault = fault(file, version);
                if (fault != null) {
                    sound = false;
                    add(Kind.DAMAGED, file.path(), fault, false);
                }
            }
        }
        Set<String> known = manifest == null ? Set.of() : manifest.knownNames();
        List<Path> entries;
        try (Stream<Path> list = Files.list(partition)) {
            entries = list.sorted().toList();
        }
        for (Path entry : entries) {
            String name = entry.getFileName().toString();
            if (name.startsWith(".")) {
                if (isOld(entry)) {
                    add(Kind.IN_PROGRESS, entry, "begun and never committed, " + Files.size(entry) + " bytes", true);
                }
            } else if (!known.contains(name) && LakeFiles.isDataFile(entry)) {
                if (version.streaming() && LakeFiles.isOfSink(entry)) {
                    add(Kind.UNPUBLISHED, entry, "committed, see candlewick lake publish", false);
                } else {
                    add(Kind.ORPHAN, entry, "no manifest names it, " + Files.size(entry) + " bytes", isOld(entry));
                }
            }
        }
        if (options.rows() && sound && version.streaming() && manifest != null) {
            readable.add(manifest);
        }
    }

    private void lookForCopies() throws IOException {
        for (LakeManifest manifest : readable) {
            long copies = LakeCompaction.copies(lake, manifest);
            if (copies > 0) {
                add(
                        Kind.COPIES,
                        lake.resolve(manifest.partition()),
                        copies + " rows were written twice by a restored job",
                        true);
            }
        }
    }

    private @Nullable String fault(LakeFile file, LakeState.Version version) throws IOException {
        if (!Files.exists(file.path())) {
            return "its manifest names it, it is missing: " + file.rows() + " rows " + range(file);
        }
        long bytes = Files.size(file.path());
        if (bytes != file.bytes()) {
            return "it must have " + file.bytes() + " bytes, was " + bytes + ": " + file.rows() + " rows "
                    + range(file);
        }
        try {
            LakeFile found = LakeFiles.inspect(
                    file.path(), lake, file.table(), version.scales(), file.generation(), file.run(), options.deep());
            if (found.rows() != file.rows()) {
                return "it must have " + file.rows() + " rows, was " + found.rows();
            }
            if (options.deep() && file.sha256() != null && !file.sha256().equals(found.sha256())) {
                return "its digest must be " + file.sha256() + ", was " + found.sha256() + ": " + file.rows() + " rows "
                        + range(file);
            }
        } catch (LakeException e) {
            return String.valueOf(e.getMessage());
        }
        return null;
    }

    private static String range(LakeFile file) {
        return "with " + file.table().timeColumn() + " " + file.minTimeNanos() + " to " + file.maxTimeNanos();
    }

    private boolean isOld(Path path) throws IOException {
        return Files.getLastModifiedTime(path)
                .toInstant()
                .plus(options.leftoverAge())
                .isBefore(clock.instant());
    }

    private void add(Kind kind, Path path, String detail, boolean mendable) {
        findings.add(new Finding(kind, LakeManifest.slashes(lake.relativize(path)), detail, mendable));
    }
}

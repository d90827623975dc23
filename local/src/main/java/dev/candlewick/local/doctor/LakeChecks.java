package dev.candlewick.local.doctor;

import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeFiles;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeState;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lakes, by what their manifests and folders say; contents are for {@code verify}. */
final class LakeChecks {
    /** What is younger may be under way. */
    private static final long SETTLED_MILLIS = 60_000;

    private static final int SHOWN = 3;

    static final List<Check> ALL = List.of(
            new Check(
                    "lake.manifests",
                    "lake.json, the manifests of the current version, names and sizes of its files",
                    Set.of(
                            Problem.LAKE_MISSING,
                            Problem.LAKE_WITHOUT_MANIFESTS,
                            Problem.LAKE_MISMATCH,
                            Problem.LAKE_UNPUBLISHED,
                            Problem.LAKE_SMALL_FILES),
                    LakeChecks::manifests),
            new Check(
                    "lake.runs",
                    "work of runs that is not published",
                    Set.of(Problem.LAKE_ABANDONED),
                    LakeChecks::runs));

    private LakeChecks() {}

    private static List<Path> lakes(Patient patient) {
        if (patient.lakes().isEmpty()) {
            throw new NotApplicable("no lake is known (--lake)");
        }
        return patient.lakes();
    }

    private static void manifests(Patient patient, Report report) throws IOException {
        for (Path lake : lakes(patient)) {
            if (!Files.isDirectory(lake)) {
                report.add(Problem.LAKE_MISSING, "a lake must be a folder, was missing", lake.toString());
            } else if (!Files.isRegularFile(lake.resolve(LakeState.FILE))) {
                withoutState(lake, report);
            } else {
                try {
                    version(patient, lake, report);
                } catch (LakeException e) {
                    report.add(Problem.LAKE_MISMATCH, String.valueOf(e.getMessage()), lake.toString());
                }
            }
        }
    }

    private static void withoutState(Path lake, Report report) throws IOException {
        long files = 0;
        for (LakeTable table : LakeTable.values()) {
            if (Files.isDirectory(lake.resolve(table.directory()))) {
                try (Stream<Path> walk = Files.walk(lake.resolve(table.directory()))) {
                    files += walk.filter(LakeFiles::isDataFile).count();
                }
            }
        }
        if (files > 0) {
            report.add(
                    Problem.LAKE_WITHOUT_MANIFESTS,
                    "a lake must have a " + LakeState.FILE + ", had " + files + " files and none",
                    lake.toString());
        } else {
            report.add(Problem.LAKE_MISSING, "a lake must have a " + LakeState.FILE + ", had none", lake.toString());
        }
    }

    private static void version(Patient patient, Path lake, Report report) throws IOException {
        LakeState state = LakeState.read(lake);
        LakeState.Version current = state.find(state.current());
        if (current == null) {
            throw new NotApplicable("the lake has no published version yet: " + lake);
        }
        List<String> missing = new ArrayList<>();
        List<String> unnamed = new ArrayList<>();
        List<String> crowded = new ArrayList<>();
        for (LakeTable table : LakeTable.values()) {
            for (Path partition : LakeFiles.partitions(LakeRun.versionDirectory(lake, table, current.version()))) {
                String name = LakeManifest.slashes(lake.relativize(partition));
                LakeManifest manifest = LakeManifest.newest(lake, partition);
                if (manifest != null) {
                    differences(manifest, missing);
                    if (manifest.files().size() > patient.limits().filesOfPartition()) {
                        crowded.add(name + " (" + manifest.files().size() + " files)");
                    }
                }
                for (Path file : LakeFiles.dataFiles(partition)) {
                    if ((manifest == null
                                    || !manifest.knownNames()
                                            .contains(file.getFileName().toString()))
                            && isSettled(patient, file)) {
                        unnamed.add(name + "/" + file.getFileName());
                    }
                }
            }
        }
        if (!missing.isEmpty()) {
            report.add(
                    Problem.LAKE_MISMATCH,
                    missing.size() + " file(s) must be as their manifests say: " + shown(missing),
                    lake.toString());
        }
        if (!unnamed.isEmpty()) {
            report.add(
                    current.streaming() ? Problem.LAKE_UNPUBLISHED : Problem.LAKE_WITHOUT_MANIFESTS,
                    unnamed.size() + " file(s) must be named by a manifest, were not: " + shown(unnamed),
                    lake.toString());
        }
        if (!crowded.isEmpty()) {
            report.add(
                    Problem.LAKE_SMALL_FILES,
                    "a partition must have at most " + patient.limits().filesOfPartition() + " files, had more: "
                            + shown(crowded),
                    lake.toString());
        }
    }

    private static void differences(LakeManifest manifest, List<String> missing) throws IOException {
        for (LakeFile file : manifest.files()) {
            String name = manifest.partition() + "/" + file.path().getFileName();
            if (!Files.isRegularFile(file.path())) {
                missing.add(name + " is missing");
            } else if (Files.size(file.path()) != file.bytes()) {
                missing.add(name + " has " + Files.size(file.path()) + " bytes and not " + file.bytes());
            }
        }
    }

    private static boolean isSettled(Patient patient, Path file) throws IOException {
        return patient.clock().millis() - Files.getLastModifiedTime(file).toMillis() > SETTLED_MILLIS;
    }

    private static String shown(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
                + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }

    private static void runs(Patient patient, Report report) throws IOException {
        for (Path lake : lakes(patient)) {
            if (!Files.isDirectory(lake)) {
                throw new NotApplicable("there is no such lake: " + lake);
            }
            List<String> abandoned = new ArrayList<>();
            try (Stream<Path> entries = Files.list(lake)) {
                for (Path staging : (Iterable<Path>) entries.sorted()::iterator) {
                    if (staging.getFileName().toString().startsWith(".staging-")
                            && Files.isDirectory(staging)
                            && isSettled(patient, staging)
                            && !isHeld(staging.resolve(".lock"))) {
                        abandoned.add(staging.getFileName().toString());
                    }
                }
            }
            if (!abandoned.isEmpty()) {
                report.add(
                        Problem.LAKE_ABANDONED,
                        "work of a run must be published or removed, " + abandoned.size() + " run(s) ended before: "
                                + shown(abandoned),
                        lake.toString());
            }
        }
    }

    /** Whether a process holds a lock; asked for by trying, for a moment and shared. */
    private static boolean isHeld(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            @Nullable FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true);
            if (lock != null) {
                lock.release();
            }
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }
}

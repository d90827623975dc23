package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeFiles;
import dev.candlewick.connectors.lake.LakeJson;
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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Backups of a lake: {@code objects/ab/<sha256>} holds every file once, whatever number of snapshots name it;
 * {@code snapshots/<name>.json} lists the files of one snapshot with their digests, and {@code snapshots/<name>.sha256}
 * does so for {@code sha256sum --check}.
 *
 * <p>A snapshot is what readers of all versions saw at one moment, with the records of the runs and, where asked for,
 * savepoints; what was not published is not part of it. It exists from the moment at which its list is written, so a
 * killed backup leaves nothing but objects, which the next one uses. Files are compared with the digests of their
 * manifests when they are copied, and with those of the list when they are restored.
 */
public final class LakeBackup {
    private static final String LAKE = "lake/";
    private static final String SAVEPOINTS = "savepoints/";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,99}");

    private LakeBackup() {}

    /**
     * A snapshot.
     *
     * @param name its name, from the time it was taken at
     * @param files files that it names
     * @param bytes their size
     * @param copied files that were not in the backup before
     */
    public record Snapshot(String name, int files, long bytes, int copied) {}

    /** A file of a snapshot by its path: {@code lake/…} or {@code savepoints/…}. */
    private record Entry(String path, long bytes, String sha256) {}

    /**
     * Takes a snapshot.
     *
     * @param backup the folder of the backup; made where it is missing
     * @param savepoints a folder whose files are kept too; null for none
     * @param link whether files may become links to those of the lake, which costs no space and protects from deletion but
     *     not from a broken disk
     * @throws LakeException of kind MISMATCH where a file is not what its manifest says; no snapshot is taken then
     */
    public static Snapshot take(Path lake, Path backup, @Nullable Path savepoints, boolean link, InstantSource clock) {
        return take(lake, backup, savepoints, link, clock, LakeSteps.NONE);
    }

    static Snapshot take(
            Path given, Path backup, @Nullable Path savepoints, boolean link, InstantSource clock, LakeSteps steps) {
        Path lake = LakeCatalog.requireLake(given);
        if (backup.toAbsolutePath().normalize().startsWith(lake)) {
            throw new LakeException(LakeException.Kind.USAGE, "backup must lie outside of the lake, was " + backup);
        }
        try {
            Files.createDirectories(backup.resolve("objects"));
            Files.createDirectories(backup.resolve("snapshots"));
            int[] copied = {0};
            List<Entry> entries = new ArrayList<>();
            List<LakeFile> files = new ArrayList<>();
            steps.before("small files");
            try (LakeLock lock = LakeLock.acquire(lake)) {
                Objects.requireNonNull(lock);
                for (Path small : smallFiles(lake, files)) {
                    entries.add(keep(small, LAKE + slashes(lake, small), null, backup, false, copied));
                }
            }
            for (LakeFile file : files) {
                steps.before("file " + file.path().getFileName());
                entries.add(keep(file.path(), LAKE + slashes(lake, file.path()), file.sha256(), backup, link, copied));
            }
            if (savepoints != null) {
                for (Path file : tree(savepoints)) {
                    entries.add(keep(file, SAVEPOINTS + slashes(savepoints, file), null, backup, link, copied));
                }
            }
            String name = clock.instant().toString().replace(':', '-');
            steps.before("list");
            write(backup, name, clock, lake, entries);
            return new Snapshot(
                    name,
                    entries.size(),
                    entries.stream().mapToLong(Entry::bytes).sum(),
                    copied[0]);
        } catch (IOException e) {
            throw LakeRun.environment("back up " + lake + " to " + backup, e);
        }
    }

    /** The files that say what there is, and what they name. */
    private static List<Path> smallFiles(Path lake, List<LakeFile> files) throws IOException {
        List<Path> small = new ArrayList<>();
        small.add(lake.resolve(LakeState.FILE));
        if (Files.exists(lake.resolve("run.json"))) {
            small.add(lake.resolve("run.json"));
        }
        small.addAll(tree(lake.resolve("runs")));
        for (LakeState.Version version : LakeState.read(lake).versions()) {
            for (LakeTable table : LakeTable.values()) {
                for (LakeManifest manifest : LakeCatalog.readManifests(lake, table, version.version())) {
                    small.add(manifest.path(lake));
                    files.addAll(manifest.files());
                }
            }
        }
        return small;
    }

    private static List<Path> tree(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(path -> Files.isRegularFile(path)
                            && !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private static Entry keep(
            Path file, String path, @Nullable String expected, Path backup, boolean link, int[] copied)
            throws IOException {
        String sha256 = LakeFiles.sha256(file);
        if (expected != null && !expected.equals(sha256)) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "file must have the digest " + expected + " of its manifest, was " + sha256 + " (" + file
                            + "; no snapshot was taken; see candlewick lake repair)");
        }
        long bytes = Files.size(file);
        Path object = object(backup, sha256);
        if (!Files.exists(object) || Files.size(object) != bytes) {
            Files.createDirectories(Objects.requireNonNull(object.getParent()));
            if (!link || !linked(file, object)) {
                copy(file, object, sha256);
            }
            copied[0]++;
        }
        return new Entry(path, bytes, sha256);
    }

    private static boolean linked(Path file, Path object) throws IOException {
        Files.deleteIfExists(object);
        try {
            Files.createLink(object, file);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            // Another file system: a copy does it.
            return false;
        }
    }

    /** Copies under a hidden name, compares, and renames: what has a name is whole. */
    private static void copy(Path from, Path to, String sha256) throws IOException {
        Path temporary = to.resolveSibling("." + to.getFileName() + ".tmp");
        Files.copy(from, temporary, StandardCopyOption.REPLACE_EXISTING);
        LakeFiles.force(temporary);
        String found = LakeFiles.sha256(temporary);
        if (!found.equals(sha256)) {
            Files.delete(temporary);
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "copy must have the digest " + sha256 + ", was " + found + " (" + from + ")");
        }
        Files.move(temporary, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void write(Path backup, String name, InstantSource clock, Path lake, List<Entry> entries)
            throws IOException {
        List<Map<String, @Nullable Object>> files = new ArrayList<>();
        Map<String, Boolean> sums = new TreeMap<>();
        for (Entry entry : entries) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("path", entry.path());
            item.put("bytes", entry.bytes());
            item.put("sha256", entry.sha256());
            files.add(item);
            sums.put(
                    entry.sha256() + "  objects/" + entry.sha256().substring(0, 2) + "/" + entry.sha256() + "\n", true);
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("name", name);
        json.put("created_at", clock.instant().toString());
        json.put("lake", lake.toString());
        json.put("files", files);
        Files.writeString(backup.resolve("snapshots").resolve(name + ".sha256"), String.join("", sums.keySet()));
        LakeJson.write(backup.resolve("snapshots").resolve(name + ".json"), json);
    }

    /** Names of the snapshots of a backup, oldest first. */
    public static List<String> snapshots(Path backup) {
        Path folder = backup.resolve("snapshots");
        if (!Files.isDirectory(folder)) {
            throw new LakeException(LakeException.Kind.USAGE, "backup must be a folder with snapshots, was " + backup);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json") && !name.startsWith("."))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw LakeRun.environment("list " + folder, e);
        }
    }

    /**
     * Writes a lake from a snapshot; it appears at once, whole, after every file was compared with its digest.
     *
     * @param name the snapshot; null for the newest
     * @param lake where to; missing or empty
     * @param savepoints where the snapshot's savepoints go, missing or empty; null to leave them
     * @throws LakeException of kind MISMATCH where the backup is damaged; nothing is written then
     */
    public static Snapshot restore(Path backup, @Nullable String name, Path lake, @Nullable Path savepoints) {
        return restore(backup, name, lake, savepoints, LakeSteps.NONE);
    }

    static Snapshot restore(Path backup, @Nullable String name, Path lake, @Nullable Path savepoints, LakeSteps steps) {
        List<String> known = snapshots(backup);
        String wanted = name != null ? name : known.isEmpty() ? "" : known.get(known.size() - 1);
        if (!known.contains(wanted) || !NAME.matcher(wanted).matches()) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "snapshot must be one of " + known + ", was '" + wanted + "' (" + backup + ")");
        }
        List<Entry> entries = read(backup.resolve("snapshots").resolve(wanted + ".json"));
        Path target = lake.toAbsolutePath().normalize();
        checkFree(target);
        if (savepoints != null) {
            checkFree(savepoints.toAbsolutePath().normalize());
        }
        try {
            write(backup, entries, LAKE, target, steps);
            if (savepoints != null) {
                write(backup, entries, SAVEPOINTS, savepoints.toAbsolutePath().normalize(), steps);
            }
            return new Snapshot(
                    wanted,
                    entries.size(),
                    entries.stream().mapToLong(Entry::bytes).sum(),
                    0);
        } catch (IOException e) {
            throw LakeRun.environment("restore " + lake + " from " + backup, e);
        }
    }

    /** Whether a snapshot has savepoints. */
    public static boolean hasSavepoints(Path backup, String name) {
        return read(backup.resolve("snapshots").resolve(name + ".json")).stream()
                .anyMatch(entry -> entry.path().startsWith(SAVEPOINTS));
    }

    private static void write(Path backup, List<Entry> entries, String root, Path target, LakeSteps steps)
            throws IOException {
        Path parent = Objects.requireNonNull(target.getParent());
        Files.createDirectories(parent);
        Path staging = parent.resolve("." + target.getFileName() + ".restoring");
        // What a killed restore left.
        LakeFiles.deleteTree(staging);
        Files.createDirectories(staging);
        try {
            for (Entry entry : entries) {
                if (entry.path().startsWith(root)) {
                    steps.before("file " + entry.path());
                    Path file = staging.resolve(entry.path().substring(root.length()))
                            .normalize();
                    if (!file.startsWith(staging)) {
                        throw damaged(entry, "a path that leads out of the lake");
                    }
                    Path object = object(backup, entry.sha256());
                    if (!Files.exists(object)) {
                        throw damaged(entry, "missing");
                    }
                    Files.createDirectories(Objects.requireNonNull(file.getParent()));
                    Files.copy(object, file);
                    LakeFiles.force(file);
                    String found = LakeFiles.sha256(file);
                    if (!found.equals(entry.sha256())) {
                        throw damaged(entry, "digest " + found);
                    }
                }
            }
            steps.before("rename " + root);
            Files.deleteIfExists(target);
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            LakeFiles.deleteTree(staging);
        }
    }

    private static LakeException damaged(Entry entry, String was) {
        return new LakeException(
                LakeException.Kind.MISMATCH,
                "file of a backup must have the digest " + entry.sha256() + ", was " + was + " (" + entry.path()
                        + "; nothing was restored; try an older snapshot)");
    }

    private static void checkFree(Path target) {
        try {
            if (Files.exists(target)) {
                try (Stream<Path> entries = Files.list(target)) {
                    if (entries.findAny().isPresent()) {
                        throw new LakeException(
                                LakeException.Kind.USAGE,
                                "folder to restore to must be missing or empty, was not (" + target + ")");
                    }
                }
            }
        } catch (IOException e) {
            throw LakeRun.environment("look at " + target, e);
        }
    }

    private static List<Entry> read(Path file) {
        Map<String, @Nullable Object> json = LakeJson.read(file);
        List<Entry> entries = new ArrayList<>();
        for (Map<String, @Nullable Object> item : LakeJson.objects(json, "files", file)) {
            String sha256 = LakeJson.string(item, "sha256", file);
            if (!DIGEST.matcher(sha256).matches()) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH,
                        "sha256 must be 64 hexadecimal digits, was '" + sha256 + "' (" + file + ")");
            }
            entries.add(new Entry(LakeJson.string(item, "path", file), LakeJson.number(item, "bytes", file), sha256));
        }
        return entries;
    }

    private static Path object(Path backup, String sha256) {
        return backup.resolve("objects").resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    private static String slashes(Path root, Path file) {
        return LakeManifest.slashes(root.relativize(file));
    }
}

package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The list of all files of one partition in one generation; immutable. A later generation names the files of the earlier
 * ones too, so a reader needs the newest only.
 *
 * @param table the table
 * @param partition the partition's directory relative to the lake
 * @param generation 1 for the first publication of the partition
 * @param run the run that published it
 * @param createdAt when, as an ISO instant
 * @param files all files of the partition
 * @param replaced files of earlier generations whose rows stand in other files now; they may be deleted some time after
 */
public record LakeManifest(
        LakeTable table,
        String partition,
        long generation,
        String run,
        String createdAt,
        List<LakeFile> files,
        List<Replaced> replaced) {
    /**
     * A file that is no longer part of the partition but may still lie there, for readers of an earlier generation.
     *
     * @param name its name in the partition's directory
     * @param at since when, as an ISO instant
     */
    public record Replaced(String name, String at) {}

    private static final Pattern NAME = Pattern.compile("_manifest-([0-9]{6,12})\\.json");
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\\.parquet");

    /** Copies the lists. */
    public LakeManifest {
        files = List.copyOf(files);
        replaced = List.copyOf(replaced);
    }

    /** A manifest that replaces nothing. */
    public LakeManifest(
            LakeTable table, String partition, long generation, String run, String createdAt, List<LakeFile> files) {
        this(table, partition, generation, run, createdAt, files, List.of());
    }

    /** What the partition's directory says. */
    public LakePartition place() {
        return LakePartition.parse(partition);
    }

    /** Where this manifest lies. */
    public Path path(Path lake) {
        return lake.resolve(partition).resolve(fileName(generation));
    }

    /** Names of all files that were ever published in the partition and may still lie there. */
    public Set<String> knownNames() {
        Set<String> names = new HashSet<>();
        files.forEach(file -> names.add(String.valueOf(file.path().getFileName())));
        replaced.forEach(file -> names.add(file.name()));
        return names;
    }

    LakeManifest withFiles(List<LakeFile> kept) {
        return new LakeManifest(table, partition, generation, run, createdAt, kept);
    }

    /** Rows of all files. */
    public long rows() {
        return files.stream().mapToLong(LakeFile::rows).sum();
    }

    /** Bytes of all files. */
    public long bytes() {
        return files.stream().mapToLong(LakeFile::bytes).sum();
    }

    static @Nullable Long minTime(List<LakeFile> files) {
        return files.stream()
                .map(LakeFile::minTimeNanos)
                .filter(Objects::nonNull)
                .min(Long::compare)
                .orElse(null);
    }

    static @Nullable Long maxTime(List<LakeFile> files) {
        return files.stream()
                .map(LakeFile::maxTimeNanos)
                .filter(Objects::nonNull)
                .max(Long::compare)
                .orElse(null);
    }

    static String fileName(long generation) {
        return "_manifest-%06d.json".formatted(generation);
    }

    /** The replaced files that still lie in the partition's directory: what the next generation has to know. */
    public List<Replaced> stillReplaced(Path directory) {
        return replaced.stream()
                .filter(file -> Files.exists(directory.resolve(file.name())))
                .toList();
    }

    static boolean isManifestName(String name) {
        return NAME.matcher(name).matches();
    }

    static boolean isDataFileName(String name) {
        return FILE_NAME.matcher(name).matches();
    }

    /** Writes this manifest into its partition's directory, at once; under the {@link LakeLock}. */
    public void write(Path directory) throws IOException {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("table", table.directory());
        json.put("partition", partition);
        json.put("generation", generation);
        json.put("run", run);
        json.put("created_at", createdAt);
        json.put("rows", rows());
        json.put("bytes", bytes());
        json.put("min_event_time_ns", minTime(files));
        json.put("max_event_time_ns", maxTime(files));
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (LakeFile file : files) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("name", Objects.requireNonNull(file.path().getFileName()).toString());
            item.put("generation", file.generation());
            item.put("run", file.run());
            item.put("rows", file.rows());
            item.put("bytes", file.bytes());
            item.put("min_event_time_ns", file.minTimeNanos());
            item.put("max_event_time_ns", file.maxTimeNanos());
            item.put("sha256", file.sha256());
            list.add(item);
        }
        json.put("files", list);
        if (!replaced.isEmpty()) {
            List<Map<String, @Nullable Object>> old = new ArrayList<>();
            for (Replaced file : replaced) {
                Map<String, @Nullable Object> item = new LinkedHashMap<>();
                item.put("name", file.name());
                item.put("at", file.at());
                old.add(item);
            }
            json.put("replaced", old);
        }
        LakeJson.write(directory.resolve(fileName(generation)), json);
    }

    /** Deletes the manifests of generations below one. */
    static void deleteBelow(Path directory, long generation) throws IOException {
        for (long old = generation - 1; old > 0 && Files.deleteIfExists(directory.resolve(fileName(old))); old--) {
            // One more has gone; below the first that is missing there are none.
        }
    }

    /** The newest manifest of a partition directory, null where there is none. */
    public static @Nullable LakeManifest newest(Path lake, Path directory) throws IOException {
        long newest = 0;
        Path file = null;
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                Matcher matcher = NAME.matcher(entry.getFileName().toString());
                if (matcher.matches() && Long.parseLong(matcher.group(1)) > newest) {
                    newest = Long.parseLong(matcher.group(1));
                    file = entry;
                }
            }
        }
        return file == null ? null : read(lake, file);
    }

    /**
     * Reads one manifest.
     *
     * @throws LakeException of kind MISMATCH where it is broken or describes another partition
     */
    static LakeManifest read(Path lake, Path file) {
        Map<String, @Nullable Object> json = LakeJson.read(file);
        Path directory = Objects.requireNonNull(file.getParent());
        String partition = slashes(lake.relativize(directory));
        LakeTable table = LakeTable.byName(LakeJson.string(json, "table", file));
        if (table == null || !LakeJson.string(json, "partition", file).equals(partition)) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "manifest must describe the partition it lies in, was " + json.get("partition") + " (" + file
                            + ")");
        }
        List<LakeFile> files = new ArrayList<>();
        for (Map<String, @Nullable Object> item : LakeJson.objects(json, "files", file)) {
            String name = dataFileName(item, file);
            files.add(new LakeFile(
                    directory.resolve(name),
                    table,
                    partition,
                    LakeJson.number(item, "generation", file),
                    LakeJson.string(item, "run", file),
                    LakeJson.number(item, "rows", file),
                    LakeJson.number(item, "bytes", file),
                    LakeJson.optionalNumber(item, "min_event_time_ns", file),
                    LakeJson.optionalNumber(item, "max_event_time_ns", file),
                    LakeJson.optionalString(item, "sha256", file)));
        }
        List<Replaced> replaced = new ArrayList<>();
        for (Map<String, @Nullable Object> item : LakeJson.objects(json, "replaced", file)) {
            replaced.add(new Replaced(dataFileName(item, file), LakeJson.string(item, "at", file)));
        }
        return new LakeManifest(
                table,
                partition,
                LakeJson.number(json, "generation", file),
                LakeJson.string(json, "run", file),
                LakeJson.string(json, "created_at", file),
                files,
                replaced);
    }

    private static String dataFileName(Map<String, @Nullable Object> item, Path file) {
        String name = LakeJson.string(item, "name", file);
        if (!isDataFileName(name)) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "file name in a manifest must be a plain .parquet name, was '" + name + "' (" + file + ")");
        }
        return name;
    }

    /** A relative path with slashes. */
    public static String slashes(Path relative) {
        return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    }
}

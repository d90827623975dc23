package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of one lake version as its newest manifests name them; an immutable snapshot taken when it is opened.
 *
 * <p>What no manifest names does not exist for a reader: files in progress, files of a run that was killed, and versions
 * that {@code lake.json} does not list.
 */
public final class LakeCatalog {
    private static final Pattern WITH_VERSION = Pattern.compile("(.+)@([0-9]{1,9})");

    private final Path lake;
    private final LakeState.Version version;
    private final List<LakeState.Version> chain;
    private final Map<LakeTable, List<LakeManifest>> manifests;

    private LakeCatalog(Path lake, LakeState state, LakeState.Version version) throws IOException {
        this(lake, state, version, (table, own) -> readManifests(lake, table, own.version()));
    }

    LakeCatalog(Path lake, LakeState state, LakeState.Version version, ManifestReader reader) throws IOException {
        this.lake = lake;
        this.chain = state.chain(version, lake);
        this.version = version;
        this.manifests = new EnumMap<>(LakeTable.class);
        for (LakeTable table : LakeTable.values()) {
            Map<String, LakeManifest> byPartition = new TreeMap<>();
            for (int i = chain.size() - 1; i >= 0; i--) {
                LakeOverlay overlay = chain.get(i).overlay();
                if (overlay != null) {
                    byPartition.values().removeIf(manifest -> overlay.covers(manifest.place()));
                }
                for (LakeManifest manifest : reader.read(table, chain.get(i))) {
                    LakePartition place = manifest.place();
                    if (overlay == null || overlay.covers(place)) {
                        byPartition.put(place.tail(), manifest);
                    }
                }
            }
            manifests.put(table, List.copyOf(byPartition.values()));
        }
    }

    /**
     * Opens what a user writes: {@code P} for the current version, {@code P@2} for a given one.
     *
     * @throws LakeException of kind USAGE where there is no such lake or version
     */
    public static LakeCatalog parse(String text) {
        Matcher matcher = WITH_VERSION.matcher(text);
        if (matcher.matches() && !Files.exists(Path.of(text))) {
            return open(Path.of(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        }
        return open(Path.of(text));
    }

    /** Opens the current version. */
    public static LakeCatalog open(Path lake) {
        return open(lake, 0);
    }

    /** Opens the given version, the current one for 0. */
    public static LakeCatalog open(Path given, int number) {
        Path lake = requireLake(given);
        LakeState state = LakeState.read(lake);
        LakeState.Version version = state.find(number == 0 ? state.current() : number);
        if (version == null) {
            List<Integer> known = state.versions().stream()
                    .map(LakeState.Version::version)
                    .sorted()
                    .toList();
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    number == 0
                            ? "lake must have a published version, was without one (" + given + ")"
                            : "lake version must be one of " + known + ", was " + number + " (" + given + ")");
        }
        return of(lake, state, version);
    }

    /** A lake's directory, absolute; a folder without a lake is refused. */
    public static Path requireLake(Path given) {
        Path lake = given.toAbsolutePath().normalize();
        if (!LakeState.exists(lake)) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "lake must be a folder with a " + LakeState.FILE + ", was "
                            + (Files.isDirectory(lake) ? "a folder without one" : "nothing") + " (" + given
                            + "; write one by: candlewick replay --output " + given + ")");
        }
        return lake;
    }

    static LakeCatalog of(Path lake, LakeState state, LakeState.Version version) {
        try {
            return new LakeCatalog(lake, state, version);
        } catch (IOException e) {
            throw LakeRun.environment("read the manifests of " + lake, e);
        }
    }

    private LakeCatalog(
            Path lake,
            LakeState.Version version,
            List<LakeState.Version> chain,
            Map<LakeTable, List<LakeManifest>> manifests) {
        this.lake = lake;
        this.version = version;
        this.chain = chain;
        this.manifests = manifests;
    }

    /** The same version with only those files that a test takes. */
    public LakeCatalog restrictedTo(Predicate<LakeFile> files) {
        Map<LakeTable, List<LakeManifest>> kept = new EnumMap<>(LakeTable.class);
        manifests.forEach((table, list) -> kept.put(
                table,
                list.stream()
                        .map(manifest -> manifest.withFiles(
                                manifest.files().stream().filter(files).toList()))
                        .toList()));
        return new LakeCatalog(lake, version, chain, kept);
    }

    /** The run that wrote one of {@link #versions()}. */
    public String run(int number) {
        return chain.stream()
                .filter(candidate -> candidate.version() == number)
                .findFirst()
                .orElseThrow()
                .run();
    }

    /** Reads the newest manifests of a table that lie in a version's own directory. */
    @FunctionalInterface
    interface ManifestReader {
        List<LakeManifest> read(LakeTable table, LakeState.Version version) throws IOException;
    }

    /** The newest manifest of each partition that lies in the version's own directory. */
    public static List<LakeManifest> readManifests(Path lake, LakeTable table, int version) throws IOException {
        Path directory = LakeRun.versionDirectory(lake, table, version);
        List<LakeManifest> list = new ArrayList<>();
        for (Path partition : LakeFiles.partitions(directory)) {
            LakeManifest manifest = LakeManifest.newest(lake, partition);
            if (manifest != null) {
                list.add(manifest);
            }
        }
        return list;
    }

    /** The lake's directory, absolute. */
    public Path lake() {
        return lake;
    }

    /** The version's number. */
    public int version() {
        return version.version();
    }

    /** The run that wrote the version. */
    public String run() {
        return version.run();
    }

    /** Whether a streaming job wrote the version or one that it lies over: a restored job may have written a row twice. */
    public boolean isStreaming() {
        return chain.stream().anyMatch(LakeState.Version::streaming);
    }

    /** What the version lies over; null where it stands alone. */
    public @Nullable LakeOverlay overlay() {
        return version.overlay();
    }

    /** The versions whose files readers of this one see: its own number first, then what it lies over. */
    public List<Integer> versions() {
        return chain.stream().map(LakeState.Version::version).toList();
    }

    /** The version of {@link #versions()} that holds a table's interval and day, or would: where rows are appended. */
    public int owner(LakePartition place) {
        for (LakeState.Version candidate : chain) {
            LakeOverlay overlay = candidate.overlay();
            if (overlay == null || overlay.covers(place)) {
                return candidate.version();
            }
        }
        throw new IllegalStateException("chain of versions must end in one that stands alone, was " + versions());
    }

    /** Decimals of the version. */
    public LakeScales scales() {
        return version.scales();
    }

    /** The newest manifest of each partition of a table, by interval and day; those of the base where it is not covered. */
    public List<LakeManifest> manifests(LakeTable table) {
        return manifests.getOrDefault(table, List.of());
    }

    /** All files of a table, by partition and name. */
    public List<LakeFile> files(LakeTable table) {
        return manifests(table).stream()
                .flatMap(manifest -> manifest.files().stream())
                .toList();
    }

    /** Rows, files, bytes and time range of the tables that have any file. */
    Map<String, @Nullable Object> summary() {
        return summary(manifests);
    }

    static Map<String, @Nullable Object> summary(Map<LakeTable, List<LakeManifest>> manifests) {
        Map<String, @Nullable Object> tables = new LinkedHashMap<>();
        for (LakeTable table : LakeTable.values()) {
            List<LakeManifest> partitions = manifests.getOrDefault(table, List.of());
            List<LakeFile> files = partitions.stream()
                    .flatMap(manifest -> manifest.files().stream())
                    .toList();
            if (files.isEmpty()) {
                continue;
            }
            Long min = null;
            Long max = null;
            long generation = 0;
            for (LakeFile file : files) {
                Long fileMin = file.minTimeNanos();
                Long fileMax = file.maxTimeNanos();
                if (fileMin != null && (min == null || fileMin < min)) {
                    min = fileMin;
                }
                if (fileMax != null && (max == null || fileMax > max)) {
                    max = fileMax;
                }
                generation = Math.max(generation, file.generation());
            }
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("partitions", partitions.size());
            item.put("newest_generation", generation);
            item.put("files", files.size());
            item.put("rows", files.stream().mapToLong(LakeFile::rows).sum());
            item.put("bytes", files.stream().mapToLong(LakeFile::bytes).sum());
            item.put("min_event_time_ns", min);
            item.put("max_event_time_ns", max);
            tables.put(table.directory(), item);
        }
        return tables;
    }

    /** Where {@code run.json} of this version is; it is missing where a streaming job has published nothing yet. */
    public Path runFile() {
        return LakeRun.runFile(lake, version.run());
    }

    /** The resolved configuration of the run that wrote the version, by option; empty where {@code run.json} is missing. */
    public Map<String, String> configuration() {
        Map<String, String> options = new TreeMap<>();
        Path file = runFile();
        if (Files.exists(file) && LakeJson.read(file).get("configuration") instanceof Map<?, ?> map) {
            map.forEach((key, value) -> options.put(String.valueOf(key), String.valueOf(value)));
        }
        return options;
    }

    /** Where {@code run.json} of a run of this lake is or would be. */
    public Path runFile(String run) {
        return LakeRun.runFile(lake, run);
    }

    /** Names of the run's sources by their ordinal, topics or relative paths; empty where {@code run.json} is missing. */
    public List<String> sources() {
        return sources(runFile());
    }

    /**
     * Whether a run has read the trades of a lake: it archived none of its own, whatever its options say, since they are in
     * that lake already.
     *
     * @param run the run's name; one without {@code run.json} has not
     */
    public boolean isOfArchive(String run) {
        List<String> sources = sources(runFile(run));
        return !sources.isEmpty() && sources.stream().allMatch(LakeCatalog::isArchived);
    }

    /** Whether a source is named as a file of a trades table is, relative to its lake. */
    private static boolean isArchived(String source) {
        int folder = source.lastIndexOf('/');
        LakeAudit.Partition partition = folder < 0 ? null : LakeAudit.Partition.parse(source.substring(0, folder));
        return partition != null && partition.table() == LakeTable.TRADES;
    }

    private static List<String> sources(Path file) {
        if (!Files.exists(file) || !(LakeJson.read(file).get("sources") instanceof List<?> names)) {
            return List.of();
        }
        return names.stream().map(String::valueOf).toList();
    }

    /** The double entry that the run published; empty where it published none. */
    public List<LedgerRow> ledger() {
        Path file = runFile();
        if (!Files.exists(file)) {
            return List.of();
        }
        Map<String, @Nullable Object> json = LakeJson.read(file);
        if (!(json.get("checks") instanceof Map<?, ?> checks) || !(checks.get("ledger") instanceof List<?> rows)) {
            return List.of();
        }
        Map<String, @Nullable Object> wrapped = new LinkedHashMap<>();
        wrapped.put("ledger", rows);
        List<LedgerRow> ledger = new ArrayList<>();
        for (Map<String, @Nullable Object> row : LakeJson.objects(wrapped, "ledger", file)) {
            ledger.add(new LedgerRow(
                    LakeJson.string(row, "scope", file),
                    LakeJson.optionalString(row, "read_partition", file),
                    LakeJson.optionalString(row, "interval", file),
                    LakeJson.optionalNumber(row, "read", file),
                    LakeJson.optionalNumber(row, "filtered", file),
                    LakeJson.optionalNumber(row, "rejected", file),
                    LakeJson.optionalNumber(row, "duplicate", file),
                    LakeJson.optionalNumber(row, "late", file),
                    LakeJson.optionalNumber(row, "accepted", file),
                    LakeJson.optionalNumber(row, "published", file),
                    LakeJson.optionalNumber(row, "open", file),
                    LakeJson.optionalNumber(row, "residual", file)));
        }
        return ledger;
    }

    /** What the run counted, by name; empty where {@code run.json} is missing. */
    public Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        Path file = runFile();
        if (Files.exists(file) && LakeJson.read(file).get("counts") instanceof Map<?, ?> map) {
            map.forEach((name, count) -> {
                if (count instanceof Long number) {
                    counts.put(String.valueOf(name), number);
                }
            });
        }
        return counts;
    }

    /** The resolved configuration of a run of this lake, by option; empty where its {@code run.json} is missing. */
    public Map<String, String> configuration(String run) {
        Map<String, String> configuration = new LinkedHashMap<>();
        Path file = runFile(run);
        if (Files.exists(file) && LakeJson.read(file).get("configuration") instanceof Map<?, ?> map) {
            map.forEach((key, value) -> configuration.put(String.valueOf(key), String.valueOf(value)));
        }
        return configuration;
    }

    /** The digests of the comparable outputs that the run published, by table. */
    public Map<String, String> digests() {
        Map<String, String> digests = new LinkedHashMap<>();
        Path file = runFile();
        if (Files.exists(file) && LakeJson.read(file).get("digests") instanceof Map<?, ?> map) {
            map.forEach((table, digest) -> digests.put(String.valueOf(table), String.valueOf(digest)));
        }
        return digests;
    }
}

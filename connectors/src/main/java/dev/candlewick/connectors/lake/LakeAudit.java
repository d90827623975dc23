package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a lake version says about itself against what lies in its folders: {@code lake.json}, {@code run.json},
 * manifests, and every file's size, SHA-256, footer and times; pure reading, one call, one thread.
 *
 * <p>Nothing that is wrong ends the audit: every fault becomes a {@link Finding}, and {@link Result#catalog} holds the
 * files that can still be read, so that the rest is compared all the same. Rows are looked at elsewhere.
 */
public final class LakeAudit {
    private static final Pattern PARTITION = Pattern.compile(
            "([a-z]+)/version=([0-9]+)(?:/interval=([0-9a-z]+))?/year=([0-9]{4,})/month=([0-9]{2})/day=([0-9]{2})");
    private static final Pattern MANIFEST = Pattern.compile("_manifest-([0-9]{6,12})\\.json");
    private static final Pattern VERSION = Pattern.compile("version=([0-9]{1,9})");

    /** What a finding is about; a closed list. */
    public enum Kind {
        /** {@code lake.json} disagrees with itself, with a run or with the folders. */
        LAKE,
        /** {@code run.json} disagrees with the lake. */
        RUN,
        /** A manifest is broken or disagrees with its files. */
        MANIFEST,
        /** A named file is missing, altered or no complete file of its table. */
        FILE,
        /** Something lies in a partition that no manifest names. */
        UNNAMED,
        /** A row that must be there is not. */
        ROW_MISSING,
        /** A row is there that must not be. */
        ROW_EXTRA,
        /** A row holds another value than it must. */
        ROW_ALTERED,
        /** The double entry or a count does not add up. */
        COUNT,
        /** A digest of {@code run.json} is not that of the rows. */
        DIGEST
    }

    /**
     * One fault.
     *
     * @param table the table, null where it is about none
     * @param partition the partition's folder relative to the lake, null where it is about none
     * @param file the file's name, null where it is about none
     * @param key the row's key, null where it is about no row
     * @param message what must hold and what was found
     */
    public record Finding(
            Kind kind,
            @Nullable LakeTable table,
            @Nullable String partition,
            @Nullable String file,
            @Nullable String key,
            String message) {
        /** A fault of a row. */
        public static Finding row(Kind kind, LakeTable table, String partition, String key, String message) {
            return new Finding(kind, table, partition, null, key, message);
        }

        /** A fault of the whole version. */
        public static Finding of(Kind kind, String message) {
            return new Finding(kind, null, null, null, null, message);
        }
    }

    /**
     * What an audit found.
     *
     * @param catalog the version with the files whose footers can be read
     * @param suspects files of the catalog that are not as their manifests say; their pages may be broken
     * @param broken partitions of which a file cannot be read or a manifest is broken
     * @param findings all faults
     * @param notes what is no fault but should be known
     */
    public record Result(
            LakeCatalog catalog,
            List<LakeFile> suspects,
            Set<Partition> broken,
            List<Finding> findings,
            List<String> notes) {}

    /**
     * A partition by its folder's name.
     *
     * @param interval the interval's name, null for tables without
     * @param startNanos first nanosecond of the UTC day
     */
    public record Partition(
            LakeTable table, String name, @Nullable String interval, long startNanos) {
        /** First nanosecond after the day. */
        public long endNanos() {
            return startNanos + LakePartitions.DAY_NANOS;
        }

        /** The partition of a folder's name relative to the lake, null where it is none. */
        public static @Nullable Partition parse(String name) {
            Matcher matcher = PARTITION.matcher(name);
            LakeTable table = matcher.matches() ? LakeTable.byName(matcher.group(1)) : null;
            if (table == null || table.hasInterval() != (matcher.group(3) != null)) {
                return null;
            }
            try {
                long day = LocalDate.of(
                                Integer.parseInt(matcher.group(4)),
                                Integer.parseInt(matcher.group(5)),
                                Integer.parseInt(matcher.group(6)))
                        .toEpochDay();
                return new Partition(table, name, matcher.group(3), Math.multiplyExact(day, LakePartitions.DAY_NANOS));
            } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
                return null;
            }
        }
    }

    private final Path lake;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<LakeFile> suspects = new ArrayList<>();
    private final Set<Partition> broken = new HashSet<>();
    private final Map<String, LakeFile> contents = new HashMap<>();
    private final Predicate<Partition> partitions;
    private final Consumer<LakeFile> progress;

    private LakeAudit(Path lake, Predicate<Partition> partitions, Consumer<LakeFile> progress) {
        this.lake = lake;
        this.partitions = partitions;
        this.progress = progress;
    }

    /**
     * Audits one version.
     *
     * @param number the version, 0 for the current one
     * @param partitions whose files are read; manifests are looked at everywhere
     * @param progress is told of each file after it was read
     * @throws LakeException of kind USAGE where there is no such lake or version, MISMATCH where {@code lake.json} cannot
     *     be read
     */
    public static Result check(Path given, int number, Predicate<Partition> partitions, Consumer<LakeFile> progress) {
        Path lake = given.toAbsolutePath().normalize();
        if (!LakeState.exists(lake)) {
            // Says what is wrong.
            LakeCatalog.open(given, number);
        }
        try {
            return new LakeAudit(lake, partitions, progress).run(number);
        } catch (IOException e) {
            throw LakeRun.environment("read the lake " + lake, e);
        } catch (UncheckedIOException e) {
            throw new LakeException(LakeException.Kind.ENVIRONMENT, "cannot read the lake " + lake + ": " + e, e);
        }
    }

    private Result run(int number) throws IOException {
        LakeState state = LakeState.read(lake);
        LakeState.Version chosen = state.find(number == 0 ? state.current() : number);
        checkState(state);
        if (chosen == null) {
            if (number != 0 || state.versions().isEmpty() || state.current() == 0) {
                LakeCatalog.open(lake, number);
            }
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "current version must be one of the listed ones, was " + state.current() + " ("
                            + lake.resolve(LakeState.FILE) + ")");
        }
        LakeCatalog whole = new LakeCatalog(lake, state, chosen, (table, own) -> checkTable(own, table));
        checkRun(state, chosen, whole);
        Set<Path> unreadable = checkFiles(whole);
        return new Result(
                whole.restrictedTo(file -> !unreadable.contains(file.path())),
                List.copyOf(suspects),
                Set.copyOf(broken),
                List.copyOf(findings),
                List.copyOf(notes));
    }

    /**
     * The partition's folder of a row, relative to the lake.
     *
     * @param interval the interval's name, null for tables without
     * @param nanos the row's time
     */
    public static String partitionName(LakeTable table, int version, @Nullable String interval, long nanos) {
        return new LakePartitions(table, version, interval).at(nanos);
    }

    // lake.json

    private void checkState(LakeState state) throws IOException {
        Set<Integer> numbers = new TreeSet<>();
        Set<String> runs = new HashSet<>();
        for (LakeState.Version each : state.versions()) {
            if (!numbers.add(each.version())) {
                found(Kind.LAKE, "versions must be listed once each, was " + each.version() + " twice");
            }
            if (!runs.add(each.run())) {
                found(Kind.LAKE, "runs must be listed once each, was '" + each.run() + "' twice");
            }
        }
        if (state.find(state.current()) == null
                && !(state.current() == 0 && state.versions().isEmpty())) {
            found(Kind.LAKE, "current version must be one of " + numbers + ", was " + state.current());
        }
        Set<Integer> claimed = LakeRun.claimedVersions(lake);
        for (LakeTable table : LakeTable.values()) {
            Path directory = lake.resolve(table.directory());
            if (!Files.isDirectory(directory)) {
                continue;
            }
            for (Path entry : sorted(directory)) {
                Matcher matcher = VERSION.matcher(name(entry));
                if (matcher.matches() && !numbers.contains(Integer.parseInt(matcher.group(1)))) {
                    if (claimed.contains(Integer.parseInt(matcher.group(1)))) {
                        notes.add(table.directory() + "/" + name(entry) + " belongs to a run that is not published");
                    } else {
                        findings.add(new Finding(
                                Kind.UNNAMED,
                                table,
                                table.directory() + "/" + name(entry),
                                null,
                                null,
                                "version must be listed in lake.json, was not"));
                    }
                } else if (!matcher.matches()) {
                    findings.add(new Finding(
                            Kind.UNNAMED,
                            table,
                            table.directory(),
                            name(entry),
                            null,
                            "nothing but versions may lie here"));
                }
            }
        }
    }

    private void found(Kind kind, String message) {
        findings.add(Finding.of(kind, message));
    }

    // Manifests

    private List<LakeManifest> checkTable(LakeState.Version chosen, LakeTable table) throws IOException {
        Path directory = LakeRun.versionDirectory(lake, table, chosen.version());
        List<LakeManifest> list = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return list;
        }
        Map<Path, List<Path>> folders = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            walk.filter(Files::isRegularFile)
                    .sorted()
                    .forEach(file -> folders.computeIfAbsent(
                                    Objects.requireNonNull(file.getParent()), folder -> new ArrayList<>())
                            .add(file));
        }
        for (Map.Entry<Path, List<Path>> folder : folders.entrySet()) {
            String name = LakeManifest.slashes(lake.relativize(folder.getKey()));
            Partition partition = Partition.parse(name);
            if (partition == null) {
                folder.getValue()
                        .forEach(file -> findings.add(new Finding(
                                Kind.UNNAMED,
                                table,
                                name,
                                name(file),
                                null,
                                "files must lie in partitions, was elsewhere")));
                continue;
            }
            LakeManifest newest = checkChain(chosen, partition, folder.getValue());
            if (newest != null) {
                list.add(newest);
            }
        }
        return list;
    }

    private @Nullable LakeManifest checkChain(LakeState.Version chosen, Partition partition, List<Path> files) {
        TreeMap<Long, Path> chain = new TreeMap<>();
        for (Path file : files) {
            Matcher matcher = MANIFEST.matcher(name(file));
            if (matcher.matches()) {
                chain.put(Long.parseLong(matcher.group(1)), file);
            }
        }
        LakeManifest newest = null;
        LakeManifest before = null;
        for (Map.Entry<Long, Path> link : chain.entrySet()) {
            boolean last = link.getKey().equals(chain.lastKey());
            LakeManifest manifest;
            try {
                manifest = LakeManifest.read(lake, link.getValue());
                checkManifest(chosen, partition, link.getKey(), link.getValue(), manifest);
            } catch (LakeException e) {
                report(Kind.MANIFEST, partition, name(link.getValue()), String.valueOf(e.getMessage()));
                if (last) {
                    broken.add(partition);
                }
                before = null;
                continue;
            }
            checkSuccession(partition, before, manifest, link.getKey(), chain.firstKey());
            before = manifest;
            newest = last ? manifest : null;
        }
        checkUnnamed(chosen, partition, files, newest, chain.isEmpty());
        return newest;
    }

    private void checkManifest(
            LakeState.Version chosen, Partition partition, long generation, Path file, LakeManifest manifest) {
        String name = name(file);
        Map<String, @Nullable Object> json = LakeJson.read(file);
        if (manifest.table() != partition.table()) {
            report(
                    Kind.MANIFEST,
                    partition,
                    name,
                    "table must be " + partition.table().directory() + ", was "
                            + manifest.table().directory());
        }
        same(partition, name, "format", 1L, json.get("format"));
        same(partition, name, "generation", generation, manifest.generation());
        same(partition, name, "rows", manifest.rows(), json.get("rows"));
        same(partition, name, "bytes", manifest.bytes(), json.get("bytes"));
        same(
                partition,
                name,
                "min_event_time_ns",
                LakeManifest.minTime(manifest.files()),
                json.get("min_event_time_ns"));
        same(
                partition,
                name,
                "max_event_time_ns",
                LakeManifest.maxTime(manifest.files()),
                json.get("max_event_time_ns"));
        checkRunName(chosen, partition, name, manifest.run());
        Set<Path> named = new HashSet<>();
        for (LakeFile each : manifest.files()) {
            if (!named.add(each.path())) {
                report(
                        Kind.MANIFEST,
                        partition,
                        name,
                        "files must be named once each, was " + name(each.path()) + " twice");
            }
            if (each.generation() < 1 || each.generation() > generation) {
                report(
                        Kind.MANIFEST,
                        partition,
                        name,
                        "generation of " + name(each.path()) + " must lie in 1.." + generation + ", was "
                                + each.generation());
            }
            checkRunName(chosen, partition, name, each.run());
        }
    }

    private void checkRunName(LakeState.Version chosen, Partition partition, String manifest, String run) {
        if (!run.equals(chosen.run()) && !Files.isRegularFile(LakeRun.runFile(lake, run))) {
            report(
                    Kind.MANIFEST,
                    partition,
                    manifest,
                    "run must be " + chosen.run() + " or another that left a run.json, was '" + run + "'");
        }
    }

    private void same(
            Partition partition, String file, String what, @Nullable Object expected, @Nullable Object actual) {
        if (!Objects.equals(expected, actual)) {
            report(Kind.MANIFEST, partition, file, what + " must be " + expected + ", was " + actual);
        }
    }

    /** A generation names what the one before named, or, after a compaction, the same rows in other files. */
    private void checkSuccession(
            Partition partition, @Nullable LakeManifest before, LakeManifest manifest, long generation, long first) {
        if (before == null) {
            return;
        }
        if (before.generation() + 1 != generation && generation != first) {
            report(
                    Kind.MANIFEST,
                    partition,
                    LakeManifest.fileName(generation),
                    "generations must follow each other, was " + generation + " after " + before.generation());
        }
        if (manifest.rows() < before.rows() && manifest.replaced().isEmpty()) {
            report(
                    Kind.MANIFEST,
                    partition,
                    LakeManifest.fileName(generation),
                    "rows must not become fewer, was " + manifest.rows() + " after " + before.rows());
        }
    }

    private void checkUnnamed(
            LakeState.Version chosen,
            Partition partition,
            List<Path> files,
            @Nullable LakeManifest newest,
            boolean withoutManifest) {
        Set<Path> named = new HashSet<>();
        if (newest != null) {
            newest.files().forEach(file -> named.add(file.path()));
        }
        Set<String> known = newest == null ? Set.of() : newest.knownNames();
        for (Path file : files) {
            String name = name(file);
            if (named.contains(file) || MANIFEST.matcher(name).matches()) {
                continue;
            }
            if (name.startsWith(".")) {
                notes.add(partition.name() + "/" + name + " is in progress, or was left by a run that ended");
            } else if (newest == null && !withoutManifest) {
                // The broken manifest was told already, and may well name it.
                notes.add(partition.name() + "/" + name + " cannot be judged: the newest manifest is broken");
            } else if (known.contains(name)) {
                notes.add(partition.name() + "/" + name + " was replaced and may be deleted");
            } else if (chosen.streaming() && LakeManifest.isDataFileName(name)) {
                notes.add(partition.name() + "/" + name + " is not published yet, or was added by somebody");
            } else {
                report(
                        Kind.UNNAMED,
                        partition,
                        name,
                        "files must be named by the newest manifest, was "
                                + (withoutManifest ? "in a partition without one" : "not"));
            }
        }
    }

    private void report(Kind kind, Partition partition, @Nullable String file, String message) {
        findings.add(new Finding(kind, partition.table(), partition.name(), file, null, message));
    }

    // Files

    private Set<Path> checkFiles(LakeCatalog catalog) throws IOException {
        Set<Path> unreadable = new HashSet<>();
        for (LakeTable table : LakeTable.values()) {
            for (LakeManifest manifest : catalog.manifests(table)) {
                Partition partition = Objects.requireNonNull(Partition.parse(manifest.partition()));
                for (LakeFile file : partitions.test(partition) ? manifest.files() : List.<LakeFile>of()) {
                    if (!checkFile(catalog, partition, file)) {
                        unreadable.add(file.path());
                        broken.add(partition);
                    }
                    progress.accept(file);
                }
            }
        }
        return unreadable;
    }

    /** Whether the file's footer can be read. */
    private boolean checkFile(LakeCatalog catalog, Partition partition, LakeFile file) throws IOException {
        String name = name(file.path());
        if (!Files.isRegularFile(file.path())) {
            report(Kind.FILE, partition, name, "file must exist, was missing");
            return false;
        }
        int before = findings.size();
        LakeFile actual;
        try {
            actual = LakeFiles.inspect(
                    file.path(), lake, file.table(), catalog.scales(), file.generation(), file.run(), true);
        } catch (LakeException e) {
            report(Kind.FILE, partition, name, String.valueOf(e.getMessage()));
            return false;
        }
        differs(partition, name, "bytes", file.bytes(), actual.bytes());
        differs(partition, name, "sha256", file.sha256(), actual.sha256());
        differs(partition, name, "rows", file.rows(), actual.rows());
        differs(partition, name, "min_event_time_ns", file.minTimeNanos(), actual.minTimeNanos());
        differs(partition, name, "max_event_time_ns", file.maxTimeNanos(), actual.maxTimeNanos());
        // Rejected messages go by whichever of their times is usable.
        if (partition.table() != LakeTable.REJECTED) {
            Long min = actual.minTimeNanos();
            Long max = actual.maxTimeNanos();
            if ((min != null && min < partition.startNanos()) || (max != null && max >= partition.endNanos())) {
                report(
                        Kind.FILE,
                        partition,
                        name,
                        partition.table().timeColumn() + " must lie in the partition's day [" + partition.startNanos()
                                + ", " + partition.endNanos() + "), was " + min + " to " + max);
            }
        }
        String digest = actual.sha256();
        if (actual.rows() > 0 && digest != null) {
            LakeFile twin = contents.putIfAbsent(digest, file);
            if (twin != null) {
                report(
                        Kind.FILE,
                        partition,
                        name,
                        "content must be in the lake once, was that of " + twin.partition() + "/" + name(twin.path())
                                + " too");
            }
        }
        if (findings.size() > before) {
            suspects.add(file);
        }
        return true;
    }

    private void differs(
            Partition partition, String file, String what, @Nullable Object named, @Nullable Object actual) {
        if (!Objects.equals(named, actual)) {
            report(Kind.FILE, partition, file, what + " must be " + named + " as the manifest says, was " + actual);
        }
    }

    // run.json

    private void checkRun(LakeState state, LakeState.Version chosen, LakeCatalog catalog) throws IOException {
        for (LakeState.Version each : state.versions()) {
            if (each.publishedAt() != null && !Files.isRegularFile(LakeRun.runFile(lake, each.run()))) {
                found(
                        Kind.RUN,
                        "runs/" + each.run() + "/run.json must exist for version " + each.version() + ", was missing");
            }
        }
        Path file = catalog.runFile();
        if (!Files.isRegularFile(file)) {
            return;
        }
        Map<String, @Nullable Object> json;
        try {
            json = LakeJson.read(file);
        } catch (LakeException e) {
            found(Kind.RUN, String.valueOf(e.getMessage()));
            return;
        }
        runHas("format", 1L, json.get("format"));
        runHas("run", chosen.run(), json.get("run"));
        runHas("version", (long) chosen.version(), json.get("version"));
        runHas("mode", chosen.streaming() ? "streaming" : "bounded", json.get("mode"));
        runHas("opened_at", chosen.openedAt(), json.get("opened_at"));
        if (!chosen.streaming()) {
            runHas("published_at", chosen.publishedAt(), json.get("published_at"));
        }
        Map<String, @Nullable Object> scales = new LinkedHashMap<>();
        scales.put("price", (long) chosen.scales().priceScale());
        scales.put("size", (long) chosen.scales().sizeScale());
        scales.put("notional", (long) chosen.scales().notionalScale());
        runHas("scales", scales, json.get("scales"));
        checkSummary(catalog, json);
        checkLedger(catalog, json);
        LakeState.Version current = state.find(state.current());
        Path copy = lake.resolve("run.json");
        if (current != null && current.version() == chosen.version()) {
            if (!Files.isRegularFile(copy)) {
                found(
                        Kind.RUN,
                        "run.json of the lake must be a copy of runs/" + chosen.run() + "/run.json, was missing");
            } else if (Files.mismatch(file, copy) >= 0) {
                found(
                        Kind.RUN,
                        "run.json of the lake must be a copy of runs/" + chosen.run() + "/run.json, was another text");
            }
        }
    }

    private void runHas(String what, @Nullable Object expected, @Nullable Object actual) {
        if (!Objects.equals(expected, actual)) {
            found(Kind.RUN, what + " of run.json must be " + expected + ", was " + actual);
        }
    }

    /** What {@code run.json} says about a table holds to the letter until another run has written into it. */
    private void checkSummary(LakeCatalog catalog, Map<String, @Nullable Object> json) {
        if (catalog.overlay() != null) {
            // It told what lay below as well, which goes on.
            return;
        }
        Map<?, ?> told = json.get("tables") instanceof Map<?, ?> map ? map : Map.of();
        Map<String, @Nullable Object> counted = catalog.summary();
        for (LakeTable table : LakeTable.values()) {
            Map<?, ?> expected = counted.get(table.directory()) instanceof Map<?, ?> map ? map : Map.of();
            Map<?, ?> actual = told.get(table.directory()) instanceof Map<?, ?> map ? map : Map.of();
            boolean untouched = catalog.manifests(table).stream()
                    .allMatch(manifest -> manifest.run().equals(catalog.run()));
            Set<String> fields = new TreeSet<>();
            expected.keySet().forEach(field -> fields.add(String.valueOf(field)));
            actual.keySet().forEach(field -> fields.add(String.valueOf(field)));
            for (String field : untouched ? fields : Set.of("rows")) {
                Object left = number(expected.get(field));
                Object right = number(actual.get(field));
                boolean holds = untouched
                        ? Objects.equals(left, right)
                        : left instanceof Long rows && rows >= (right instanceof Long before ? before : 0);
                if (!holds) {
                    findings.add(new Finding(
                            Kind.RUN,
                            table,
                            null,
                            null,
                            null,
                            "tables." + table.directory() + "." + field + " of run.json must be " + left
                                    + " as in the manifests, was " + right));
                }
            }
        }
    }

    private static @Nullable Object number(@Nullable Object value) {
        return value instanceof Number number ? (Object) number.longValue() : value;
    }

    private void checkLedger(LakeCatalog catalog, Map<String, @Nullable Object> json) {
        List<LedgerRow> ledger;
        try {
            ledger = catalog.ledger();
        } catch (LakeException e) {
            found(Kind.RUN, String.valueOf(e.getMessage()));
            return;
        }
        long residual = 0;
        for (LedgerRow row : ledger) {
            String line = row.scope() + " "
                    + (row.readPartition() != null ? row.readPartition() : String.valueOf(row.interval()));
            Long own = row.residual();
            residual += own == null ? 0 : Math.abs(own);
            if (own != null && own != 0) {
                found(Kind.COUNT, "residual of the ledger must be 0, was " + own + " (" + line + ")");
            }
            Long read = row.read();
            if (read != null) {
                long sum = value(row.filtered())
                        + value(row.rejected())
                        + value(row.duplicate())
                        + value(row.late())
                        + value(row.accepted());
                if (read - sum != value(own)) {
                    found(
                            Kind.COUNT,
                            "read of the ledger must be the sum of its terms, " + sum + ", was " + read + " (" + line
                                    + ")");
                }
            } else if (row.published() != null
                    && value(row.accepted()) - value(row.published()) - value(row.open()) != value(own)) {
                found(
                        Kind.COUNT,
                        "accepted of the ledger must be published and open, "
                                + (value(row.published()) + value(row.open())) + ", was " + row.accepted() + " (" + line
                                + ")");
            }
        }
        Object told = json.get("checks") instanceof Map<?, ?> checks ? checks.get("residual") : null;
        runHas("checks.residual", residual, told);
    }

    private static long value(@Nullable Long number) {
        return number == null ? 0 : number;
    }

    private static String name(Path path) {
        return Objects.requireNonNull(path.getFileName()).toString();
    }

    private static List<Path> sorted(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }
}

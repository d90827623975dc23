package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Adds staged files to partitions that exist; all methods need the lake's lock.
 *
 * <p>A plan in the staging directory says which file goes where. Files are moved to their partitions under names that no
 * publisher takes for its own; then the plan is marked as decided, and from there on the manifests are written, by this
 * process or by the next run that finds the plan.
 */
final class LakeAppend {
    private static final String PLAN = "append.json";
    private static final String PREFIX = "add-";

    private LakeAppend() {}

    /** One file on its way; {@code from} is null in a plan that is read back. */
    private record Move(Path from, String partition, String name) {}

    static int append(LakeRun run, RunReport report, Map<String, ? extends @Nullable Object> audit, LakeSteps steps)
            throws IOException {
        Path lake = run.lake();
        String now = run.clock().instant().toString();
        steps.before("inspect");
        LakeCatalog catalog = LakeCatalog.open(lake, run.version());
        List<Move> moves = new ArrayList<>();
        Map<LakeTable, Long> rows = new EnumMap<>(LakeTable.class);
        for (LakeTable table : LakeTable.values()) {
            Path written = LakeRun.versionDirectory(run.staging(), table, run.version());
            for (Map.Entry<Path, List<Path>> partition :
                    LakeFiles.byPartition(written).entrySet()) {
                for (Path file : partition.getValue()) {
                    LakeFiles.force(file);
                    LakeFile found = LakeFiles.inspect(file, run.staging(), table, run.scales(), 1, run.run(), false);
                    rows.merge(table, found.rows(), Long::sum);
                    LakePartition place = LakePartition.parse(found.partition());
                    moves.add(new Move(
                            file,
                            place.in(catalog.owner(place)).path(),
                            PREFIX + run.run() + "-" + moves.size() + ".parquet"));
                }
            }
        }
        LakePublisher.checkRows(run, report, rows);
        steps.before("plan");
        write(run.staging(), moves, run.run(), now, false);
        for (Move move : moves) {
            steps.before("move " + move.name());
            Path target = lake.resolve(move.partition()).resolve(move.name());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            Files.move(move.from(), target, StandardCopyOption.ATOMIC_MOVE);
        }
        steps.before("run.json");
        LakeState.Version written = new LakeState.Version(
                run.version(), run.run(), false, run.scales(), run.openedAt(), now, catalog.overlay());
        LakeRunWriter.write(lake, written, "append", report, catalog.summary(), Map.of(), now, record(moves, audit));
        steps.before("decision");
        write(run.staging(), moves, run.run(), now, true);
        finish(lake, moves, run.run(), now, steps);
        steps.before("end");
        Files.delete(run.staging().resolve(PLAN));
        return moves.size();
    }

    private static Map<String, @Nullable Object> record(
            List<Move> moves, Map<String, ? extends @Nullable Object> audit) {
        Map<String, Object> files = new TreeMap<>();
        for (Move move : moves) {
            @SuppressWarnings("unchecked") // Only such lists are put in.
            List<String> names = (List<String>) files.computeIfAbsent(move.partition(), key -> new ArrayList<String>());
            names.add(move.name());
        }
        Map<String, @Nullable Object> record = new LinkedHashMap<>();
        record.put("appended", files);
        record.put("audit", new LinkedHashMap<String, @Nullable Object>(audit));
        return record;
    }

    /** Names the files in the next generation of their partitions, where they are not named yet. */
    private static void finish(Path lake, List<Move> moves, String run, String now, LakeSteps steps)
            throws IOException {
        Map<String, List<String>> partitions = new TreeMap<>();
        for (Move move : moves) {
            partitions
                    .computeIfAbsent(move.partition(), key -> new ArrayList<>())
                    .add(move.name());
        }
        LakeState state = LakeState.read(lake);
        for (Map.Entry<String, List<String>> entry : partitions.entrySet()) {
            LakePartition place = LakePartition.parse(entry.getKey());
            Path directory = lake.resolve(entry.getKey());
            LakeManifest newest = LakeManifest.newest(lake, directory);
            long generation = newest == null ? 1 : newest.generation() + 1;
            List<LakeFile> files = new ArrayList<>(newest == null ? List.of() : newest.files());
            Set<String> known = newest == null ? Set.of() : newest.knownNames();
            LakeScales scales = state.require(place.version(), lake).scales();
            for (String name : entry.getValue()) {
                if (!known.contains(name)) {
                    files.add(LakeFiles.inspect(
                            directory.resolve(name), lake, place.table(), scales, generation, run, true));
                }
            }
            if (newest == null || files.size() > newest.files().size()) {
                steps.before("manifest " + entry.getKey());
                new LakeManifest(
                                place.table(),
                                entry.getKey(),
                                generation,
                                run,
                                now,
                                files,
                                newest == null ? List.of() : newest.stillReplaced(directory))
                        .write(directory);
            }
        }
    }

    private static void write(Path staging, List<Move> moves, String run, String now, boolean decided)
            throws IOException {
        List<Map<String, @Nullable Object>> files = new ArrayList<>();
        for (Move move : moves) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("partition", move.partition());
            item.put("name", move.name());
            files.add(item);
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("run", run);
        json.put("created_at", now);
        json.put("decided", decided);
        json.put("files", files);
        LakeJson.write(staging.resolve(PLAN), json);
    }

    /** Brings a dead or given-up append to its end: finished where it was decided, else undone. */
    static void recover(Path lake, Path staging, LakeClaim claim, Consumer<String> notes) throws IOException {
        Path file = staging.resolve(PLAN);
        if (!Files.exists(file)) {
            return;
        }
        Map<String, @Nullable Object> json = LakeJson.read(file);
        List<Move> moves = new ArrayList<>();
        for (Map<String, @Nullable Object> item : LakeJson.objects(json, "files", file)) {
            LakePartition place = LakePartition.parse(LakeJson.string(item, "partition", file));
            String name = LakeJson.string(item, "name", file);
            if (!name.startsWith(PREFIX) || !LakeManifest.isDataFileName(name)) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH,
                        "file to append must be named " + PREFIX + "….parquet, was '" + name + "' (" + file + ")");
            }
            moves.add(new Move(file, place.path(), name));
        }
        if (Boolean.TRUE.equals(json.get("decided"))) {
            notes.accept("finishing what the interrupted run " + claim.run() + " appended to " + lake);
            finish(lake, moves, claim.run(), LakeJson.string(json, "created_at", file), LakeSteps.NONE);
            return;
        }
        notes.accept("removing what the interrupted run " + claim.run() + " left in " + lake);
        for (Move move : moves) {
            Files.deleteIfExists(lake.resolve(move.partition()).resolve(move.name()));
        }
        LakeRun.deleteTree(lake.resolve("runs").resolve(claim.run()));
    }
}

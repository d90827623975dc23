package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of a resumable run are whole: one small file {@code runs/<run>/parts/<part>.json} for each, kept with the
 * run when it is published; not safe for threads.
 *
 * <p>A part is what one job of the run makes, for example a day. Its marker names the staged files that the part wrote,
 * what it was made from and by what. Parts are made one after the other: the files that no marker names when a part is
 * completed are that part's. After {@link LakeRun#resume}, call {@link #removeUnfinished()} before anything is staged,
 * and make again what {@link #isDone} does not confirm.
 */
public final class LakeProgress {
    private static final Pattern PART = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,99}");

    private final LakeRun run;
    private final Path directory;

    LakeProgress(LakeRun run) {
        this.run = run;
        this.directory = Objects.requireNonNull(
                        LakeRun.runFile(run.lake(), run.run()).getParent())
                .resolve("parts");
    }

    /**
     * A partition that a part was made from.
     *
     * @param partition its directory relative to the lake
     * @param generation the generation that was read
     * @param sha256 digest of that generation's manifest, which names the digests of its files
     */
    public record Input(String partition, long generation, String sha256) {}

    /**
     * A whole part.
     *
     * @param part its name
     * @param code what made it: version of the program
     * @param configuration digest of the configuration that it was made by
     * @param inputs what it was made from
     * @param files the staged files that it wrote, relative to the staging, with their sizes in bytes
     * @param counts totals of the part, by name
     * @param finishedAt when it was completed, as an ISO instant
     */
    public record Part(
            String part,
            String code,
            String configuration,
            List<Input> inputs,
            Map<String, Long> files,
            Map<String, Long> counts,
            String finishedAt) {
        /** Copies the collections. */
        public Part {
            inputs = List.copyOf(inputs);
            files = Map.copyOf(files);
            counts = Map.copyOf(counts);
        }
    }

    /** The partitions of a table that a version shows for some days, as inputs of a part, by interval and day. */
    public static List<Input> inputs(LakeCatalog catalog, LakeTable table, LocalDate from, LocalDate to) {
        LakeCover days = new LakeCover(table, null, from, to);
        List<Input> inputs = new ArrayList<>();
        try {
            for (LakeManifest manifest : catalog.manifests(table)) {
                if (days.contains(manifest.place())) {
                    inputs.add(new Input(
                            manifest.partition(),
                            manifest.generation(),
                            LakeFiles.sha256(manifest.path(catalog.lake()))));
                }
            }
        } catch (IOException e) {
            throw LakeRun.environment("read the manifests of " + catalog.lake(), e);
        }
        return inputs;
    }

    /** The whole parts, by name. */
    public Map<String, Part> parts() {
        Map<String, Part> parts = new TreeMap<>();
        if (!Files.isDirectory(directory)) {
            return parts;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path file : (Iterable<Path>) entries.sorted()::iterator) {
                if (file.getFileName().toString().endsWith(".json")
                        && !file.getFileName().toString().startsWith(".")) {
                    Part part = read(file);
                    parts.put(part.part(), part);
                }
            }
        } catch (IOException e) {
            throw LakeRun.environment("list " + directory, e);
        }
        return parts;
    }

    /** Whether a part is whole, was made by this program and configuration from these inputs, and its files stand. */
    public boolean isDone(String part, String code, String configuration, List<Input> inputs) {
        Path file = file(part);
        if (!Files.exists(file)) {
            return false;
        }
        Part found = read(file);
        return found.code().equals(code)
                && found.configuration().equals(configuration)
                && found.inputs().equals(inputs)
                && found.files().entrySet().stream().allMatch(entry -> stands(entry.getKey(), entry.getValue()));
    }

    private boolean stands(String name, long bytes) {
        try {
            return Files.size(run.staging().resolve(name)) == bytes;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw LakeRun.environment("look at " + name, e);
        }
    }

    /**
     * Marks a part as whole, with all staged files that no other part names; each is read back first.
     *
     * @throws LakeException of kind MISMATCH where a file is broken; the part is not marked then
     */
    public Part complete(String part, String code, String configuration, List<Input> inputs, Map<String, Long> counts) {
        Path marker = file(part);
        try {
            Set<String> others = new HashSet<>();
            parts().forEach((name, other) -> {
                if (!name.equals(part)) {
                    others.addAll(other.files().keySet());
                }
            });
            Map<String, Long> files = new TreeMap<>();
            for (LakeTable table : LakeTable.values()) {
                for (Path file : staged(table)) {
                    String name = relative(file);
                    if (!others.contains(name)) {
                        LakeFiles.force(file);
                        files.put(
                                name,
                                LakeFiles.inspect(file, run.staging(), table, run.scales(), 1, run.run(), false)
                                        .bytes());
                    }
                }
            }
            Part whole = new Part(
                    part,
                    code,
                    configuration,
                    inputs,
                    files,
                    counts,
                    run.clock().instant().toString());
            Files.createDirectories(directory);
            LakeJson.write(marker, json(whole));
            return whole;
        } catch (IOException e) {
            throw LakeRun.environment("write " + marker, e);
        }
    }

    /** Forgets a part and removes its files, so that it can be made again. */
    public void forget(String part) {
        Path marker = file(part);
        try {
            if (Files.exists(marker)) {
                Part found = read(marker);
                // First the marker: files without one are nobody's, a marker without its files would be a lie.
                Files.delete(marker);
                for (String name : found.files().keySet()) {
                    Files.deleteIfExists(run.staging().resolve(name));
                }
            }
        } catch (IOException e) {
            throw LakeRun.environment("remove part " + part + " of run " + run.run(), e);
        }
    }

    /**
     * Removes the staged files that no part names, finished or not: what a part left that was interrupted.
     *
     * @return how many files were removed
     */
    public int removeUnfinished() {
        Set<String> named = new HashSet<>();
        parts().values().forEach(part -> named.addAll(part.files().keySet()));
        int removed = 0;
        try {
            for (LakeTable table : LakeTable.values()) {
                Path written = LakeRun.versionDirectory(run.staging(), table, run.version());
                if (!Files.isDirectory(written)) {
                    continue;
                }
                List<Path> files;
                try (Stream<Path> walk = Files.walk(written)) {
                    files = walk.filter(Files::isRegularFile).toList();
                }
                for (Path file : files) {
                    if (!named.contains(relative(file))) {
                        Files.delete(file);
                        removed++;
                    }
                }
            }
        } catch (IOException e) {
            throw LakeRun.environment("remove unfinished files of run " + run.run(), e);
        }
        return removed;
    }

    private List<Path> staged(LakeTable table) throws IOException {
        List<Path> files = new ArrayList<>();
        LakeFiles.byPartition(LakeRun.versionDirectory(run.staging(), table, run.version()))
                .values()
                .forEach(files::addAll);
        return files;
    }

    private String relative(Path file) {
        return LakeManifest.slashes(run.staging().relativize(file));
    }

    private Path file(String part) {
        if (!PART.matcher(part).matches()) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "part of a run must be 1 to 100 letters, digits, dots, dashes and underscores, was '" + part + "'");
        }
        return directory.resolve(part + ".json");
    }

    private Map<String, @Nullable Object> json(Part part) {
        List<Map<String, @Nullable Object>> inputs = new ArrayList<>();
        for (Input input : part.inputs()) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("partition", input.partition());
            item.put("generation", input.generation());
            item.put("sha256", input.sha256());
            inputs.add(item);
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("run", run.run());
        json.put("part", part.part());
        json.put("code", part.code());
        json.put("configuration", part.configuration());
        json.put("inputs", inputs);
        json.put("files", new TreeMap<>(part.files()));
        json.put("counts", new TreeMap<>(part.counts()));
        json.put("finished_at", part.finishedAt());
        return json;
    }

    private static Part read(Path file) {
        Map<String, @Nullable Object> json = LakeJson.read(file);
        List<Input> inputs = new ArrayList<>();
        for (Map<String, @Nullable Object> item : LakeJson.objects(json, "inputs", file)) {
            inputs.add(new Input(
                    LakeJson.string(item, "partition", file),
                    LakeJson.number(item, "generation", file),
                    LakeJson.string(item, "sha256", file)));
        }
        return new Part(
                LakeJson.string(json, "part", file),
                LakeJson.string(json, "code", file),
                LakeJson.string(json, "configuration", file),
                inputs,
                LakeJson.numbers(json, "files", file),
                LakeJson.numbers(json, "counts", file),
                LakeJson.string(json, "finished_at", file));
    }
}

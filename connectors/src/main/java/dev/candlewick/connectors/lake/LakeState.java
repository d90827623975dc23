package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The content of {@code lake.json}: which versions there are and which one readers see; immutable. Whoever changes it holds
 * the {@link LakeLock}.
 *
 * @param current the version that readers see; 0 for none
 * @param versions all versions
 */
public record LakeState(int current, List<Version> versions) {
    /** The file's name. */
    public static final String FILE = "lake.json";

    /**
     * One version.
     *
     * @param version its number, from 1
     * @param run the run that wrote it
     * @param streaming whether a streaming job writes it
     * @param scales its decimals
     * @param openedAt when it was opened, as an ISO instant
     * @param publishedAt null for a streaming version that has published nothing yet
     * @param overlay what it lies over; null for a version that stands alone
     */
    public record Version(
            int version,
            String run,
            boolean streaming,
            LakeScales scales,
            String openedAt,
            @Nullable String publishedAt,
            @Nullable LakeOverlay overlay) {}

    /** Copies the list. */
    public LakeState {
        versions = List.copyOf(versions);
    }

    static LakeState empty() {
        return new LakeState(0, List.of());
    }

    static boolean exists(Path lake) {
        return Files.isRegularFile(lake.resolve(FILE));
    }

    /** A version by its number; null where there is none. */
    public @Nullable Version find(int version) {
        for (Version candidate : versions) {
            if (candidate.version() == version) {
                return candidate;
            }
        }
        return null;
    }

    /** The state without some versions. */
    public LakeState without(Collection<Integer> removed) {
        List<Version> list = new ArrayList<>(versions);
        list.removeIf(candidate -> removed.contains(candidate.version()));
        return new LakeState(current, list);
    }

    /**
     * A version that something reads from.
     *
     * @throws LakeException of kind MISMATCH where {@code lake.json} does not list it
     */
    public Version require(int version, Path lake) {
        Version found = find(version);
        if (found == null) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "version that another one lies over must be listed, was " + version + " (" + lake.resolve(FILE)
                            + "; restore it from a backup)");
        }
        return found;
    }

    /** The versions that a version needs, itself first, each lying over the next. */
    public List<Version> chain(Version top, Path lake) {
        List<Version> chain = new ArrayList<>();
        Version version = top;
        chain.add(version);
        for (LakeOverlay overlay = version.overlay(); overlay != null; overlay = version.overlay()) {
            version = require(overlay.base(), lake);
            chain.add(version);
        }
        return chain;
    }

    /** The state with a version added or replaced. */
    LakeState with(Version version, int newCurrent) {
        List<Version> list = new ArrayList<>(versions);
        list.removeIf(candidate -> candidate.version() == version.version());
        list.add(version);
        return new LakeState(newCurrent, list);
    }

    /** Reads the file of a lake. */
    public static LakeState read(Path lake) {
        Path file = lake.resolve(FILE);
        Map<String, @Nullable Object> json = LakeJson.read(file);
        long format = LakeJson.number(json, "format", file);
        if (format != 1) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "lake format must be 1, was " + format + " (" + file + "; use a newer candlewick)");
        }
        List<Version> versions = new ArrayList<>();
        for (Map<String, @Nullable Object> item : LakeJson.objects(json, "versions", file)) {
            String run = LakeJson.string(item, "run", file);
            LakeRun.checkRunName(run);
            int number = Math.toIntExact(LakeJson.number(item, "version", file));
            versions.add(new Version(
                    number,
                    run,
                    LakeJson.string(item, "mode", file).equals("streaming"),
                    new LakeScales(
                            Math.toIntExact(LakeJson.number(item, "price_scale", file)),
                            Math.toIntExact(LakeJson.number(item, "size_scale", file))),
                    LakeJson.string(item, "opened_at", file),
                    LakeJson.optionalString(item, "published_at", file),
                    readOverlay(item, number, file)));
        }
        Long current = LakeJson.optionalNumber(json, "current", file);
        return new LakeState(current == null ? 0 : Math.toIntExact(current), versions);
    }

    private static @Nullable LakeOverlay readOverlay(Map<String, @Nullable Object> item, int version, Path file) {
        Long base = LakeJson.optionalNumber(item, "base", file);
        if (base == null) {
            return null;
        }
        // A base is always older, so no chain can be a circle.
        if (base < 1 || base >= version) {
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "base of version " + version + " must be an older version, was " + base + " (" + file + ")");
        }
        return new LakeOverlay(Math.toIntExact(base), readCovers(item, file));
    }

    /** The covered days of a version or a claim. */
    static List<LakeCover> readCovers(Map<String, @Nullable Object> item, Path file) {
        List<LakeCover> covers = new ArrayList<>();
        for (Map<String, @Nullable Object> cover : LakeJson.objects(item, "covers", file)) {
            String name = LakeJson.string(cover, "table", file);
            LakeTable table = LakeTable.byName(name);
            if (table == null) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH, "table must be one of a lake, was '" + name + "' (" + file + ")");
            }
            try {
                covers.add(new LakeCover(
                        table,
                        LakeJson.optionalString(cover, "interval", file),
                        LocalDate.parse(LakeJson.string(cover, "from", file)),
                        LocalDate.parse(LakeJson.string(cover, "to", file))));
            } catch (DateTimeException e) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH, "covered days must be dates, was " + cover + " (" + file + ")", e);
            }
        }
        return covers;
    }

    /** Adds base and covered days to a version's or a claim's JSON. */
    static void writeOverlay(@Nullable LakeOverlay overlay, Map<String, @Nullable Object> item) {
        if (overlay == null) {
            return;
        }
        List<Map<String, @Nullable Object>> covers = new ArrayList<>();
        for (LakeCover cover : overlay.covers()) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("table", cover.table().directory());
            entry.put("interval", cover.interval());
            entry.put("from", cover.from().toString());
            entry.put("to", cover.to().toString());
            covers.add(entry);
        }
        item.put("base", overlay.base());
        item.put("covers", covers);
    }

    /** Writes the file of a lake, at once. */
    public void write(Path lake) throws IOException {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("format", 1);
        json.put("current", current == 0 ? null : current);
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (Version version : versions) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("version", version.version());
            item.put("run", version.run());
            item.put("mode", version.streaming() ? "streaming" : "bounded");
            item.put("price_scale", version.scales().priceScale());
            item.put("size_scale", version.scales().sizeScale());
            item.put("opened_at", version.openedAt());
            item.put("published_at", version.publishedAt());
            writeOverlay(version.overlay(), item);
            list.add(item);
        }
        json.put("versions", list);
        LakeJson.write(lake.resolve(FILE), json);
    }
}

package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The content of {@code lake.json}: which versions there are and which one readers see; immutable. */
record LakeState(int current, List<Version> versions) {
    static final String FILE = "lake.json";

    /**
     * One version.
     *
     * @param publishedAt null for a streaming version that has published nothing yet
     */
    record Version(
            int version,
            String run,
            boolean streaming,
            LakeScales scales,
            String openedAt,
            @Nullable String publishedAt) {}

    LakeState {
        versions = List.copyOf(versions);
    }

    static LakeState empty() {
        return new LakeState(0, List.of());
    }

    static boolean exists(Path lake) {
        return Files.isRegularFile(lake.resolve(FILE));
    }

    @Nullable
    Version find(int version) {
        for (Version candidate : versions) {
            if (candidate.version() == version) {
                return candidate;
            }
        }
        return null;
    }

    /** The state with a version added or replaced. */
    LakeState with(Version version, int newCurrent) {
        List<Version> list = new ArrayList<>(versions);
        list.removeIf(candidate -> candidate.version() == version.version());
        list.add(version);
        return new LakeState(newCurrent, list);
    }

    static LakeState read(Path lake) {
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
            versions.add(new Version(
                    Math.toIntExact(LakeJson.number(item, "version", file)),
                    run,
                    LakeJson.string(item, "mode", file).equals("streaming"),
                    new LakeScales(
                            Math.toIntExact(LakeJson.number(item, "price_scale", file)),
                            Math.toIntExact(LakeJson.number(item, "size_scale", file))),
                    LakeJson.string(item, "opened_at", file),
                    LakeJson.optionalString(item, "published_at", file)));
        }
        Long current = LakeJson.optionalNumber(json, "current", file);
        return new LakeState(current == null ? 0 : Math.toIntExact(current), versions);
    }

    void write(Path lake) throws IOException {
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
            list.add(item);
        }
        json.put("versions", list);
        LakeJson.write(lake.resolve(FILE), json);
    }
}

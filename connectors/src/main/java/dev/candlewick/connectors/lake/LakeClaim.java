package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run has claimed, as it stands in the {@code staging.json} of its staging directory; immutable.
 *
 * @param run the run's name
 * @param version the version that it writes, or that it appends to
 * @param mode how it writes
 * @param resumable whether its staging outlives its process
 * @param overlay what its version will lie over; null for none
 * @param openedAt when it was opened, as an ISO instant
 */
public record LakeClaim(
        String run,
        int version,
        Mode mode,
        boolean resumable,
        @Nullable LakeOverlay overlay,
        String openedAt) {
    static final String FILE = "staging.json";
    static final String LOCK = ".lock";
    private static final String PREFIX = ".staging-";

    /** How a run writes. */
    public enum Mode {
        /** Into a version of its own, all at once. */
        BOUNDED,
        /** Into a version of its own, for ever. */
        STREAMING,
        /** Into partitions of a version that another run wrote. */
        APPEND,
        /** No version: its staging is a place to work. */
        UPKEEP
    }

    static Path directory(Path lake, String run) {
        return lake.resolve(PREFIX + run);
    }

    /** All staging directories of a lake, sorted. */
    public static List<Path> directories(Path lake) throws IOException {
        try (Stream<Path> entries = Files.list(lake)) {
            return entries.filter(path -> path.getFileName().toString().startsWith(PREFIX) && Files.isDirectory(path))
                    .sorted()
                    .toList();
        }
    }

    void write(Path staging, LakeScales scales) throws IOException {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("run", run);
        json.put("version", version);
        json.put("mode", mode.name().toLowerCase(Locale.ROOT));
        json.put("opened_at", openedAt);
        json.put("resumable", resumable);
        json.put("price_scale", scales.priceScale());
        json.put("size_scale", scales.sizeScale());
        LakeState.writeOverlay(overlay, json);
        LakeJson.write(staging.resolve(FILE), json);
    }

    /** The claim of a staging directory; null where its run was killed before it wrote one. */
    public static @Nullable LakeClaim read(Path staging) {
        Path file = staging.resolve(FILE);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            Map<String, @Nullable Object> json = LakeJson.read(file);
            String run = LakeJson.string(json, "run", file);
            LakeRun.checkRunName(run);
            Long base = LakeJson.optionalNumber(json, "base", file);
            return new LakeClaim(
                    run,
                    Math.toIntExact(LakeJson.number(json, "version", file)),
                    mode(LakeJson.string(json, "mode", file), file),
                    Boolean.TRUE.equals(json.get("resumable")),
                    base == null ? null : new LakeOverlay(Math.toIntExact(base), LakeState.readCovers(json, file)),
                    LakeJson.string(json, "opened_at", file));
        } catch (LakeException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return null;
            }
            throw e;
        }
    }

    /** The scales that a resumable claim was opened with. */
    static LakeScales scales(Path staging) {
        Path file = staging.resolve(FILE);
        Map<String, @Nullable Object> json = LakeJson.read(file);
        return new LakeScales(
                Math.toIntExact(LakeJson.number(json, "price_scale", file)),
                Math.toIntExact(LakeJson.number(json, "size_scale", file)));
    }

    private static Mode mode(String text, Path file) {
        for (Mode mode : Mode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
                return mode;
            }
        }
        throw new LakeException(
                LakeException.Kind.MISMATCH,
                "mode must be bounded, streaming, append or upkeep, was '" + text + "' (" + file + ")");
    }
}

package dev.candlewick.connectors.lake;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code run.json} tells about how a version was made. */
public final class LakeRunFile {
    /** What a job tells about itself at its start, beside its {@code run.json}. */
    static final String ANNOUNCEMENT = "job.json";

    static final String IDLE_TIMEOUTS = "idle_timeouts";

    private LakeRunFile() {}

    /** The texts of {@code source.idle-timeout} of all starts that wrote the version; empty where it does not tell. */
    public static List<String> idleTimeouts(LakeCatalog catalog) {
        Path file = catalog.runFile().resolveSibling(ANNOUNCEMENT);
        return Files.exists(file) && LakeJson.read(file).get(IDLE_TIMEOUTS) instanceof List<?> all
                ? all.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** The resolved configuration by option; empty where the run has published nothing yet. */
    public static Map<String, String> configuration(LakeCatalog catalog) {
        return texts(catalog, "configuration");
    }

    /** Versions of the program and of what it ran on; empty where the run has published nothing yet. */
    public static Map<String, String> versions(LakeCatalog catalog) {
        return texts(catalog, "versions");
    }

    private static Map<String, String> texts(LakeCatalog catalog, String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        Path file = catalog.runFile();
        if (Files.exists(file) && LakeJson.read(file).get(name) instanceof Map<?, ?> map) {
            map.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        }
        return texts;
    }
}

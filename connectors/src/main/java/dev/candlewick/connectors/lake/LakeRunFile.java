package dev.candlewick.connectors.lake;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code run.json} tells about how a version was made. */
public final class LakeRunFile {
    private LakeRunFile() {}

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

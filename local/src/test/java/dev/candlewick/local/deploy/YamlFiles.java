package dev.candlewick.local.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Documents of YAML as maps and lists, with Compose's merge keys carried out. */
final class YamlFiles {
    private YamlFiles() {}

    /** All documents of a file. */
    static List<Map<String, Object>> documents(Path file) throws IOException {
        return documents(Files.readString(file));
    }

    /** All documents of a text. */
    static List<Map<String, Object>> documents(String text) {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (Object document :
                new Load(LoadSettings.builder().setMaxAliasesForCollections(200).build()).loadAllFromString(text)) {
            documents.add(map(merged(document)));
        }
        return documents;
    }

    /** The value at a path of keys, and of numbers in lists; an error where there is none. */
    static Object at(Object from, String path) {
        return Objects.requireNonNull(find(from, path), path);
    }

    /** The value at a path of keys, and of numbers in lists. */
    static @Nullable Object find(@Nullable Object from, String path) {
        Object value = from;
        for (String step : path.split("/")) {
            if (value instanceof Map<?, ?> map) {
                value = map.get(step);
            } else if (value instanceof List<?> list) {
                value = list.get(Integer.parseInt(step));
            } else {
                return null;
            }
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(@Nullable Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    static List<?> list(@Nullable Object value) {
        return value == null ? List.of() : (List<?>) value;
    }

    private static @Nullable Object merged(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(YamlFiles::merged).toList();
        }
        if (!(value instanceof Map<?, ?> map)) {
            return value;
        }
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        if (map.get("<<") != null) {
            result.putAll(map(merged(map.get("<<"))));
        }
        map.forEach((key, entry) -> {
            if (!"<<".equals(key)) {
                result.put(String.valueOf(key), merged(entry));
            }
        });
        return result;
    }
}

package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Small files of one JSON object each, replaced as a whole and readable for their owner only. */
public final class JsonFiles {
    private JsonFiles() {}

    /** The fields of a file, or null where there is none or it is no JSON object. */
    public static @Nullable Map<String, Json.Value> read(Path file) {
        try {
            return Json.object(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a file at once and as a whole. */
    public static void write(Path file, Map<String, ?> fields) {
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Path next = Files.createTempFile(file.getParent(), "." + file.getFileName(), ".next");
            Files.writeString(next, Output.json(fields) + "\n", StandardCharsets.UTF_8);
            if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                // Arguments of jobs may hold secrets.
                Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
            }
            try {
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A field that must be there. */
    public static String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " must be present, was missing");
        }
        return value.text();
    }

    /** A list of strings, kept as an array of objects with the field {@code v}. */
    public static List<String> texts(Map<String, Json.Value> fields, String name) {
        List<String> texts = new ArrayList<>();
        for (Map<String, Json.Value> item : objects(fields, name)) {
            texts.add(text(item, "v"));
        }
        return texts;
    }

    /** What {@link #texts} reads. */
    public static List<Map<String, String>> ofTexts(List<String> texts) {
        return texts.stream().map(text -> Map.of("v", text)).toList();
    }

    /** A list of objects; empty where it is missing. */
    public static List<Map<String, Json.Value>> objects(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        List<Map<String, Json.Value>> objects =
                value == null ? null : Json.objects(value.text().getBytes(StandardCharsets.UTF_8));
        return objects == null ? List.of() : objects;
    }

    /** An object; null where it is missing or something else. */
    public static @Nullable Map<String, Json.Value> object(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null || value.kind() != Json.Kind.NESTED
                ? null
                : Json.object(value.text().getBytes(StandardCharsets.UTF_8));
    }
}

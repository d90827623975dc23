package dev.candlewick.local.produce;

import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of one input, in the order that gives them their ordinals.
 *
 * @param files in the order of the bytes of their relative paths
 * @param format the format of all of them
 */
record InputFiles(List<Entry> files, MessageTranscoder format) {

    private static final String GZIP = ".gz";

    /**
     * One file.
     *
     * @param path where it is
     * @param name its path inside the input folder with slashes, or its name if it is the input
     * @param bytes its size as stored
     */
    record Entry(Path path, String name, long bytes) {
        boolean isGzip() {
            return name.toLowerCase(java.util.Locale.ROOT).endsWith(GZIP);
        }
    }

    /**
     * Finds the files.
     *
     * <p>Of a folder, all files below it whose name says that they are of the format count; hidden ones and those that
     * begin with an underscore do not. Without a format, the names decide it and must agree.
     */
    static InputFiles find(Path input, @Nullable String formatName) {
        if (!Files.exists(input)) {
            throw CommandFailure.usage("input must exist, was not found: " + input, "--input", null);
        }
        if (!Files.isDirectory(input)) {
            String name = String.valueOf(input.getFileName());
            MessageTranscoder format = formatName != null
                    ? Transcoders.byName(formatName, "--format")
                    : Transcoders.byFileName(name).orElseGet(() -> Transcoders.byName("csv", "--format"));
            return new InputFiles(List.of(new Entry(input, name, size(input))), format);
        }
        Map<String, List<Entry>> byFormat = new TreeMap<>();
        for (Entry entry : walk(input)) {
            Optional<MessageTranscoder> format = Transcoders.byFileName(entry.name());
            format.ifPresent(f -> byFormat.computeIfAbsent(f.name(), unused -> new ArrayList<>())
                    .add(entry));
        }
        String chosen = formatName != null
                ? Transcoders.byName(formatName, "--format").name()
                : byFormat.size() == 1 ? byFormat.keySet().iterator().next() : null;
        if (chosen == null && !byFormat.isEmpty()) {
            throw CommandFailure.usage(
                    "files of a folder must be of one format, were " + String.join(", ", byFormat.keySet()),
                    input.toString(),
                    "choose with --format");
        }
        List<Entry> files = chosen == null ? List.of() : byFormat.getOrDefault(chosen, List.of());
        if (chosen == null || files.isEmpty()) {
            throw CommandFailure.usage(
                    "folder must hold files of trades, had none" + (chosen == null ? "" : " named as " + chosen),
                    input.toString(),
                    "names end in .csv, .json, .jsonl, .ndjson, .avrobin or .bin, with or without .gz");
        }
        return new InputFiles(files, Transcoders.byName(chosen, "--format"));
    }

    /** The stored size of all files. */
    long bytes() {
        return files.stream().mapToLong(Entry::bytes).sum();
    }

    static String withoutGzip(String name) {
        return name.endsWith(GZIP) ? name.substring(0, name.length() - GZIP.length()) : name;
    }

    private static List<Entry> walk(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .filter(path -> isVisible(folder.relativize(path)))
                    .map(path -> new Entry(
                            path,
                            folder.relativize(path).toString().replace(java.io.File.separatorChar, '/'),
                            size(path)))
                    .sorted(Comparator.comparing(
                            entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw CommandFailure.environment(
                    "folder must be readable, was refused: " + e.getMessage(), folder.toString(), null, e);
        }
    }

    private static boolean isVisible(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".") || part.toString().startsWith("_")) {
                return false;
            }
        }
        return true;
    }

    private static long size(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "file must be readable, was refused: " + e.getMessage(), path.toString(), null, e);
        }
    }
}

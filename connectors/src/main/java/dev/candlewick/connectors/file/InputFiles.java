package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.TradeValidator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** Lists, opens and measures the files of a run's input; any file system that Flink knows. */
public final class InputFiles {
    /** The most files that are merged by event time at once. */
    public static final int OVERLAPPING_MAX = 256;

    private InputFiles() {}

    /**
     * The files of an input, in the order that gives their ordinals: relative paths sorted by their UTF-8 bytes.
     *
     * <p>A folder is listed with all folders below it; files and folders whose name begins with {@code .} or {@code _}
     * are skipped. A single file is taken whatever its name.
     *
     * @throws IOException where the input does not exist, cannot be listed or has no file
     */
    public static List<InputFile> list(Path input) throws IOException {
        FileSystem fileSystem = input.getFileSystem();
        Path root = input.makeQualified(fileSystem);
        FileStatus status;
        try {
            status = fileSystem.getFileStatus(root);
        } catch (IOException e) {
            throw new IOException("input must exist and be readable, was not (" + input + ")", e);
        }
        if (!status.isDir()) {
            return List.of(new InputFile(0, root.getName(), root.toUri().toString(), status.getLen()));
        }
        Map<byte[], FileStatus> found = new TreeMap<>(Arrays::compareUnsigned);
        collect(fileSystem, root, "", found);
        if (found.isEmpty()) {
            throw new IOException(
                    "input must hold at least one file whose name begins with neither . nor _, was empty (" + input
                            + ")");
        }
        List<InputFile> files = new ArrayList<>(found.size());
        found.forEach((path, file) -> files.add(new InputFile(
                files.size(),
                new String(path, StandardCharsets.UTF_8),
                file.getPath().toUri().toString(),
                file.getLen())));
        return files;
    }

    private static void collect(FileSystem fileSystem, Path folder, String prefix, Map<byte[], FileStatus> found)
            throws IOException {
        FileStatus[] entries = fileSystem.listStatus(folder);
        if (entries == null) {
            throw new IOException("input folder must be readable, was not (" + folder + ")");
        }
        for (FileStatus entry : entries) {
            String name = entry.getPath().getName();
            if (name.startsWith(".") || name.startsWith("_")) {
                continue;
            }
            String relative = prefix + name;
            if (entry.isDir()) {
                collect(fileSystem, entry.getPath(), relative + "/", found);
            } else {
                found.put(relative.getBytes(StandardCharsets.UTF_8), entry);
            }
        }
    }

    /** The uncompressed bytes of a file from a position on. */
    static InputStream open(InputFile file, long position) throws IOException {
        Path path = new Path(java.net.URI.create(file.uri()));
        var stored = path.getFileSystem().open(path);
        try {
            if (!file.isGzip()) {
                if (position > 0) {
                    stored.seek(position);
                }
                return stored;
            }
            InputStream plain = new BoundedGzipStream(stored);
            plain.skipNBytes(position);
            return plain;
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    /** A failure that names the file and what to do. */
    static IOException unreadable(InputFile file, long position, IOException cause) {
        String detail = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new IOException(
                "input file must be readable to its end, was not behind uncompressed byte " + position + ": " + detail
                        + " (file=" + file.relativePath() + ", at " + file.uri() + "); replace or remove the file",
                cause);
    }

    /**
     * How many of the files have to be open at once when they are merged by event time: the most whose ranges from the
     * first to the largest event time share an instant. Reads every file once.
     */
    public static int largestOverlap(List<InputFile> files, TradeFormat format, FeedRules rules) throws IOException {
        record Edge(long time, boolean begin) {}
        List<Edge> edges = new ArrayList<>();
        TradeValidator validator = new TradeValidator(rules);
        for (InputFile input : files) {
            try (OpenFile file = new OpenFile(new FileSplit(input), format, validator)) {
                long first = Trade.TIME_ABSENT;
                while (file.advance()) {
                    do {
                        if (first == Trade.TIME_ABSENT && file.head().isTrade()) {
                            first = file.head().trade().eventTimeNanos;
                        }
                    } while (file.advanceInMessage());
                }
                if (first != Trade.TIME_ABSENT) {
                    edges.add(new Edge(first, true));
                    edges.add(new Edge(file.markNanos(), false));
                }
            }
        }
        // A file that begins in the instant where another ends is open together with it.
        edges.sort(Comparator.comparingLong(Edge::time).thenComparing(edge -> edge.begin() ? 0 : 1));
        int open = 0;
        int most = 0;
        for (Edge edge : edges) {
            open += edge.begin() ? 1 : -1;
            most = Math.max(most, open);
        }
        return most;
    }

    /** The refusal of a merge of too many files. */
    static String tooManyOverlapping() {
        return "at most " + OVERLAPPING_MAX + " files whose event-time ranges overlap must be merged, was more;"
                + " use --mode batch, which needs no merge";
    }
}

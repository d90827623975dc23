package dev.candlewick.connectors.lake;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.parquet.column.statistics.LongStatistics;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Reads data files back before anybody is told about them. */
public final class LakeFiles {
    private static final byte[] MAGIC = {'P', 'A', 'R', '1'};

    private LakeFiles() {}

    /**
     * Reads a file's footer, checks it against the table and takes its figures.
     *
     * @param root what the partition's name is relative to
     * @throws LakeException of kind MISMATCH where the file is not a complete file of this table and version
     */
    public static LakeFile inspect(
            Path file, Path root, LakeTable table, LakeScales scales, long generation, String run, boolean withDigest)
            throws IOException {
        long bytes = Files.size(file);
        long rows = 0;
        Long min = null;
        Long max = null;
        for (BlockMetaData block : blocks(file, bytes, table, scales)) {
            rows += block.getRowCount();
            for (ColumnChunkMetaData column : block.getColumns()) {
                long end = column.getStartingPos() + column.getTotalSize();
                if (column.getStartingPos() < 4 || end > bytes) {
                    throw broken(file, "a column chunk that ends at byte " + end + " of " + bytes, null);
                }
                if (column.getPath().toDotString().equals(table.timeColumn())
                        && column.getStatistics() instanceof LongStatistics statistics
                        && statistics.hasNonNullValue()) {
                    min = min == null ? statistics.getMin() : Math.min(min, statistics.getMin());
                    max = max == null ? statistics.getMax() : Math.max(max, statistics.getMax());
                }
            }
        }
        return new LakeFile(
                file,
                table,
                LakeManifest.slashes(root.relativize(Objects.requireNonNull(file.getParent()))),
                generation,
                run,
                rows,
                bytes,
                min,
                max,
                withDigest ? sha256(file) : null);
    }

    private static List<BlockMetaData> blocks(Path file, long bytes, LakeTable table, LakeScales scales)
            throws IOException {
        ParquetMetadata footer;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            footer = new ParquetMetadataConverter()
                    .readParquetMetadata(
                            new ByteArrayInputStream(footerBytes(channel, bytes, file)),
                            ParquetMetadataConverter.NO_FILTER);
        } catch (NoSuchFileException | LakeException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw broken(file, "'" + e.getMessage() + "'", e);
        }
        MessageType expected = table.parquetSchema(scales);
        MessageType actual = footer.getFileMetaData().getSchema();
        if (!actual.equals(expected)) {
            throw broken(file, "a file with the columns " + difference(expected, actual), null);
        }
        return footer.getBlocks();
    }

    /**
     * The footer's bytes by the format's own frame: magic, …, footer, its length in four bytes little endian, magic.
     * Parquet's own reader of files needs classes of Hadoop's MapReduce, which are not shipped.
     */
    private static byte[] footerBytes(FileChannel channel, long bytes, Path file) throws IOException {
        if (bytes < 2 * MAGIC.length + Integer.BYTES) {
            throw broken(file, bytes + " bytes", null);
        }
        byte[] head = new byte[MAGIC.length];
        read(channel, 0, head);
        byte[] tail = new byte[Integer.BYTES + MAGIC.length];
        read(channel, bytes - tail.length, tail);
        ByteBuffer buffer = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN);
        int length = buffer.getInt();
        if (!Arrays.equals(head, MAGIC) || !Arrays.equals(tail, Integer.BYTES, tail.length, MAGIC, 0, MAGIC.length)) {
            throw broken(file, "a file without Parquet's magic bytes at both ends", null);
        }
        if (length <= 0 || length > bytes - tail.length - MAGIC.length) {
            throw broken(file, "a footer of " + length + " bytes in a file of " + bytes, null);
        }
        byte[] footer = new byte[length];
        read(channel, bytes - tail.length - length, footer);
        return footer;
    }

    private static void read(FileChannel channel, long position, byte[] target) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(target);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("file became shorter while it was read");
            }
        }
    }

    private static String difference(MessageType expected, MessageType actual) {
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < Math.max(expected.getFieldCount(), actual.getFieldCount()); i++) {
            String left = i < expected.getFieldCount() ? expected.getType(i).toString() : "nothing";
            String right = i < actual.getFieldCount() ? actual.getType(i).toString() : "nothing";
            if (!left.equals(right)) {
                differences.add("'" + right + "' instead of '" + left + "'");
            }
        }
        return differences.isEmpty() ? actual.getName() : String.join(", ", differences);
    }

    private static LakeException broken(Path file, String was, @Nullable Throwable cause) {
        String message = "file must be a complete Parquet file of its table, was " + was + " (" + file + ")";
        return cause == null
                ? new LakeException(LakeException.Kind.MISMATCH, message)
                : new LakeException(LakeException.Kind.MISMATCH, message, cause);
    }

    /** Digest of a file's bytes. */
    public static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 must be part of every Java runtime", e);
        }
        ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                digest.update(buffer);
                buffer.clear();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Data files by partition directory, both sorted; hidden and in-progress files are not among them. */
    static Map<Path, List<Path>> byPartition(Path versionDirectory) throws IOException {
        Map<Path, List<Path>> partitions = new TreeMap<>();
        if (!Files.isDirectory(versionDirectory)) {
            return partitions;
        }
        try (Stream<Path> walk = Files.walk(versionDirectory)) {
            for (Path path : (Iterable<Path>) walk.sorted()::iterator) {
                if (Files.isRegularFile(path)
                        && LakeManifest.isDataFileName(path.getFileName().toString())) {
                    partitions
                            .computeIfAbsent(Objects.requireNonNull(path.getParent()), directory -> new ArrayList<>())
                            .add(path);
                }
            }
        }
        return partitions;
    }

    /** The partition directories of a version's directory, which may be missing, sorted; files are not looked at. */
    public static List<Path> partitions(Path versionDirectory) throws IOException {
        List<Path> partitions = new ArrayList<>();
        if (Files.isDirectory(versionDirectory)) {
            partitions(versionDirectory, partitions);
        }
        return partitions;
    }

    private static void partitions(Path directory, List<Path> found) throws IOException {
        List<Path> children;
        try (Stream<Path> entries = Files.list(directory)) {
            children = entries.filter(path -> path.getFileName().toString().indexOf('=') > 0)
                    .sorted()
                    .toList();
        }
        for (Path child : children) {
            if (child.getFileName().toString().startsWith("day=")) {
                found.add(child);
            } else {
                partitions(child, found);
            }
        }
    }

    /** The data files of one partition, sorted; hidden and in-progress files are not among them. */
    public static List<Path> dataFiles(Path partition) throws IOException {
        try (Stream<Path> entries = Files.list(partition)) {
            return entries.filter(path ->
                            LakeManifest.isDataFileName(path.getFileName().toString()))
                    .sorted()
                    .toList();
        }
    }

    /** Removes the manifests below a directory, which may be missing. */
    static void deleteManifests(Path versionDirectory) throws IOException {
        if (!Files.isDirectory(versionDirectory)) {
            return;
        }
        List<Path> manifests;
        try (Stream<Path> walk = Files.walk(versionDirectory)) {
            manifests = walk.filter(path ->
                            LakeManifest.isManifestName(path.getFileName().toString()))
                    .toList();
        }
        for (Path manifest : manifests) {
            Files.delete(manifest);
        }
    }

    /** Whether a file has the name of a data file. */
    public static boolean isDataFile(Path file) {
        return LakeManifest.isDataFileName(String.valueOf(file.getFileName()));
    }

    /** Whether a file has a name that the sinks of a job give. */
    public static boolean isOfSink(Path file) {
        return String.valueOf(file.getFileName()).startsWith(LakePublisher.SINK_PREFIX);
    }

    /** Makes sure that a file's bytes are on the disk. */
    public static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Removes a directory with everything in it; a missing one is fine. */
    public static void deleteTree(Path root) throws IOException {
        LakeRun.deleteTree(root);
    }
}

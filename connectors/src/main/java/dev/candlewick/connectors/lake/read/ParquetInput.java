package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.lake.LakeException;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputDecompressor;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * One open Parquet file: its footer, checked, and its bytes; one thread.
 *
 * <p>Whatever is wrong with the file is one {@link LakeException} of kind MISMATCH that names it; a file that cannot be
 * opened is one of kind ENVIRONMENT. Sizes that the file claims are bounded before anything is allocated for them.
 */
public final class ParquetInput implements Closeable {
    /** The most bytes of a footer. */
    public static final int FOOTER_BYTES_MAX = 64 << 20;
    /** The most bytes of one page, stored or inflated. */
    public static final int PAGE_BYTES_MAX = 64 << 20;
    /** The most bytes of one row group, inflated. */
    public static final long ROW_GROUP_BYTES_MAX = 2L << 30;
    /** The most rows of one row group. */
    public static final int ROW_GROUP_ROWS_MAX = 1 << 23;

    private static final byte[] MAGIC = {'P', 'A', 'R', '1'};
    private static final byte[] MAGIC_ENCRYPTED = {'P', 'A', 'R', 'E'};

    private final String name;
    private final FSDataInputStream stream;
    private final long bytes;
    private final Map<CompressionCodecName, BytesInputDecompressor> decompressors = new HashMap<>();
    private final ParquetMetadata footer;
    private @Nullable CodecFactory codecs;

    private ParquetInput(String name, FSDataInputStream stream, long bytes) throws IOException {
        this.name = name;
        this.stream = stream;
        this.bytes = bytes;
        this.footer = readFooter();
        checkRowGroups();
    }

    /** Opens a local file. */
    public static ParquetInput open(java.nio.file.Path file) {
        return open(new Path(file.toUri()), file.toString());
    }

    /**
     * Opens a file.
     *
     * @param name the file in messages
     * @throws LakeException of kind ENVIRONMENT where it cannot be opened, MISMATCH where it is not a whole Parquet file
     */
    public static ParquetInput open(Path path, String name) {
        FSDataInputStream stream = null;
        try {
            FileSystem files = path.getFileSystem();
            long bytes = files.getFileStatus(path).getLen();
            stream = files.open(path);
            return new ParquetInput(name, stream, bytes);
        } catch (IOException | RuntimeException e) {
            closeQuietly(stream);
            if (e instanceof LakeException known) {
                throw known;
            }
            if (e instanceof FileNotFoundException || e instanceof NoSuchFileException) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH, "data file must exist, was missing (" + name + ")", e);
            }
            throw new LakeException(
                    LakeException.Kind.ENVIRONMENT,
                    "data file must be readable, was not: " + e.getMessage() + " (" + name + ")",
                    e);
        }
    }

    private static void closeQuietly(@Nullable FSDataInputStream stream) {
        if (stream != null) {
            try {
                stream.close();
            } catch (IOException e) {
                // The failure that led here is the one to tell.
            }
        }
    }

    /** The frame of the format: magic, …, footer, its length in four bytes little endian, magic. */
    private ParquetMetadata readFooter() throws IOException {
        if (bytes < 2 * MAGIC.length + Integer.BYTES) {
            throw broken(bytes + " bytes long");
        }
        byte[] head = new byte[MAGIC.length];
        readFully(0, head, 0, head.length);
        byte[] tail = new byte[Integer.BYTES + MAGIC.length];
        readFully(bytes - tail.length, tail, 0, tail.length);
        if (Arrays.equals(tail, Integer.BYTES, tail.length, MAGIC_ENCRYPTED, 0, MAGIC.length)) {
            throw broken("encrypted");
        }
        if (!Arrays.equals(head, MAGIC)) {
            throw broken("without Parquet's magic bytes at its beginning");
        }
        if (!Arrays.equals(tail, Integer.BYTES, tail.length, MAGIC, 0, MAGIC.length)) {
            throw broken("without Parquet's magic bytes at its end: cut off, or not closed");
        }
        int length = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (length <= 0 || length > bytes - tail.length - MAGIC.length || length > FOOTER_BYTES_MAX) {
            throw broken("with a footer of " + length + " bytes in a file of " + bytes);
        }
        byte[] thrift = new byte[length];
        readFully(bytes - tail.length - length, thrift, 0, length);
        try {
            return new ParquetMetadataConverter()
                    .readParquetMetadata(new ByteArrayInputStream(thrift), ParquetMetadataConverter.NO_FILTER);
        } catch (IOException | RuntimeException e) {
            throw broken("with a footer that cannot be read: " + firstLine(e), e);
        }
    }

    private void checkRowGroups() {
        for (BlockMetaData group : footer.getBlocks()) {
            if (group.getRowCount() < 0 || group.getRowCount() > ROW_GROUP_ROWS_MAX) {
                throw broken("with a row group of " + group.getRowCount() + " rows (the most is " + ROW_GROUP_ROWS_MAX
                        + ")");
            }
            long inflated = 0;
            for (ColumnChunkMetaData column : group.getColumns()) {
                long end = column.getStartingPos() + column.getTotalSize();
                if (column.getStartingPos() < MAGIC.length || column.getTotalSize() < 0 || end > bytes) {
                    throw broken("with a column chunk that ends at byte " + end + " of " + bytes);
                }
                inflated += Math.max(0, column.getTotalUncompressedSize());
            }
            if (inflated > ROW_GROUP_BYTES_MAX) {
                throw broken("with a row group of " + inflated + " bytes (the most is " + ROW_GROUP_BYTES_MAX + ")");
            }
        }
    }

    /** The file in messages. */
    public String name() {
        return name;
    }

    /** Bytes of the file. */
    public long bytes() {
        return bytes;
    }

    /** The file's columns. */
    public MessageType schema() {
        return footer.getFileMetaData().getSchema();
    }

    /** What the writer noted in the footer. */
    public Map<String, String> notes() {
        return footer.getFileMetaData().getKeyValueMetaData();
    }

    /** The row groups in file order. */
    public List<RowGroup> rowGroups() {
        List<RowGroup> groups = new ArrayList<>();
        long first = 0;
        for (BlockMetaData block : footer.getBlocks()) {
            groups.add(new RowGroup(block, first));
            first += block.getRowCount();
        }
        return groups;
    }

    /** Rows of the file. */
    public long rows() {
        return footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).sum();
    }

    void readFully(long position, byte[] into, int offset, int length) throws IOException {
        stream.seek(position);
        int done = 0;
        while (done < length) {
            int count = stream.read(into, offset + done, length - done);
            if (count < 0) {
                throw broken("shorter than its own length of " + bytes + " bytes while it was read");
            }
            done += count;
        }
    }

    /** The decompressor of a codec other than zstd, for which a faster way exists. */
    BytesInputDecompressor decompressor(CompressionCodecName codec) {
        BytesInputDecompressor known = decompressors.get(codec);
        if (known != null) {
            return known;
        }
        CodecFactory factory = codecs;
        if (factory == null) {
            factory = new CodecFactory(new PlainParquetConfiguration(), 1 << 16);
            codecs = factory;
        }
        try {
            BytesInputDecompressor made = factory.getDecompressor(codec);
            decompressors.put(codec, made);
            return made;
        } catch (RuntimeException | LinkageError e) {
            throw broken("compressed by " + codec + ", which this program cannot read; use zstd or snappy", e);
        }
    }

    LakeException broken(String was) {
        return new LakeException(LakeException.Kind.MISMATCH, message(was));
    }

    LakeException broken(String was, Throwable cause) {
        return new LakeException(LakeException.Kind.MISMATCH, message(was), cause);
    }

    private String message(String was) {
        return "data file must be a whole Parquet file, was " + was + " (" + name + ")";
    }

    static String firstLine(Throwable failure) {
        String text = failure.getMessage();
        if (text == null || text.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        int end = text.indexOf('\n');
        String line = end < 0 ? text : text.substring(0, end);
        byte[] utf8 = line.getBytes(StandardCharsets.UTF_8);
        return utf8.length > 300 ? line.substring(0, Math.min(line.length(), 300)) : line;
    }

    @Override
    public void close() {
        CodecFactory factory = codecs;
        if (factory != null) {
            factory.release();
        }
        closeQuietly(stream);
    }
}

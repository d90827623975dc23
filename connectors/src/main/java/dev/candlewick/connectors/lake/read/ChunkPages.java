package dev.candlewick.connectors.lake.read;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * The pages of one column chunk, one after the other, inflated into one buffer that is used again; one thread.
 *
 * <p>Every page's checksum is verified where the file has one, and no page may be larger than
 * {@link ParquetInput#PAGE_BYTES_MAX}.
 */
final class ChunkPages {
    private static final byte[] NO_BYTES = new byte[0];

    private final ParquetInput file;
    private final ColumnChunkMetaData chunk;
    private final ChunkStream stream;
    private final CRC32 crc = new CRC32();
    private byte[] stored = NO_BYTES;
    private byte[] inflated = NO_BYTES;

    /** Values of the data pages so far. */
    long taken;

    /** The page's content; not the buffer's length but {@link #end} bounds it. */
    byte[] buffer = NO_BYTES;
    /** Where repetition levels begin. */
    int repetitionFrom;
    /** Where definition levels begin. */
    int definitionFrom;
    /** Where values begin; −1 where the levels tell (version 1). */
    int valuesFrom;

    int end;
    /** Values with nulls. */
    int values;

    Encoding encoding = Encoding.PLAIN;
    boolean dictionary;

    ChunkPages(ParquetInput file, ColumnChunkMetaData chunk) {
        this.file = file;
        this.chunk = chunk;
        this.stream = new ChunkStream(file, chunk.getStartingPos(), chunk.getTotalSize());
    }

    /** Whether values are left behind those of the pages so far, or in the page itself. */
    boolean left(int inPage) {
        return inPage > 0 || taken < chunk.getValueCount();
    }

    String column() {
        return chunk.getPath().toDotString();
    }

    /** Goes to the next page, the dictionary's or one with data. */
    boolean next() throws IOException {
        while (stream.left() > 0) {
            PageHeader header = header();
            int storedBytes = checked(header.getCompressed_page_size(), "stored");
            int inflatedBytes = checked(header.getUncompressed_page_size(), "inflated");
            if (storedBytes > stream.left()) {
                throw broken("with a page of " + storedBytes + " bytes where " + stream.left() + " are left");
            }
            if (stored.length < storedBytes) {
                stored = new byte[capacity(storedBytes)];
            }
            stream.readFully(stored, storedBytes);
            if (header.isSetCrc()) {
                crc.reset();
                crc.update(stored, 0, storedBytes);
                if ((int) crc.getValue() != header.getCrc()) {
                    throw broken("with a page whose checksum does not match");
                }
            }
            if (header.getType() == PageType.DICTIONARY_PAGE && header.isSetDictionary_page_header()) {
                inflate(0, storedBytes, inflatedBytes, true);
                dictionary = true;
                values = header.getDictionary_page_header().getNum_values();
                encoding = encoding(header.getDictionary_page_header().getEncoding());
                checkValues();
                return true;
            }
            if (header.getType() == PageType.DATA_PAGE && header.isSetData_page_header()) {
                DataPageHeader data = header.getData_page_header();
                inflate(0, storedBytes, inflatedBytes, true);
                dictionary = false;
                values = data.getNum_values();
                encoding = encoding(data.getEncoding());
                repetitionFrom = 0;
                definitionFrom = -1;
                valuesFrom = -1;
                checkValues();
                return true;
            }
            if (header.getType() == PageType.DATA_PAGE_V2 && header.isSetData_page_header_v2()) {
                DataPageHeaderV2 data = header.getData_page_header_v2();
                int repetition = data.getRepetition_levels_byte_length();
                int definition = data.getDefinition_levels_byte_length();
                int levels = repetition + definition;
                if (repetition < 0 || definition < 0 || levels < 0 || levels > storedBytes || levels > inflatedBytes) {
                    throw broken("with a page whose levels take " + levels + " bytes of " + storedBytes);
                }
                inflate(levels, storedBytes, inflatedBytes, !data.isSetIs_compressed() || data.isIs_compressed());
                dictionary = false;
                values = data.getNum_values();
                encoding = encoding(data.getEncoding());
                repetitionFrom = 0;
                definitionFrom = repetition;
                valuesFrom = levels;
                checkValues();
                return true;
            }
            // Index pages and kinds to come hold nothing that a reader needs.
        }
        return false;
    }

    private PageHeader header() throws IOException {
        try {
            return Util.readPageHeader(stream);
        } catch (IOException | RuntimeException e) {
            throw broken("with a page header that cannot be read: " + ParquetInput.firstLine(e), e);
        }
    }

    private void checkValues() {
        if (values < 0 || values > chunk.getValueCount() && !dictionary || values > ParquetInput.PAGE_BYTES_MAX) {
            throw broken("with a page of " + values + " values in a chunk of " + chunk.getValueCount());
        }
    }

    private int checked(int size, String kind) {
        if (size < 0 || size > ParquetInput.PAGE_BYTES_MAX) {
            throw broken("with a page of " + Integer.toUnsignedString(size) + " bytes " + kind + " (the most is "
                    + ParquetInput.PAGE_BYTES_MAX + ")");
        }
        return size;
    }

    /** Inflates what stands behind the first bytes, which are plain. */
    private void inflate(int plain, int storedBytes, int inflatedBytes, boolean compressed) throws IOException {
        CompressionCodecName codec = chunk.getCodec();
        if (codec == CompressionCodecName.UNCOMPRESSED || !compressed) {
            if (storedBytes != inflatedBytes) {
                throw broken("with a plain page of " + storedBytes + " bytes that should be " + inflatedBytes);
            }
            buffer = stored;
            end = storedBytes;
            return;
        }
        if (inflated.length < inflatedBytes) {
            inflated = new byte[capacity(inflatedBytes)];
        }
        System.arraycopy(stored, 0, inflated, 0, plain);
        int expected = inflatedBytes - plain;
        if (expected > 0) {
            try {
                if (codec == CompressionCodecName.ZSTD) {
                    long count =
                            Zstd.decompressByteArray(inflated, plain, expected, stored, plain, storedBytes - plain);
                    if (count != expected) {
                        throw broken("with a page that does not inflate to " + expected + " bytes");
                    }
                } else {
                    byte[] whole = file.decompressor(codec)
                            .decompress(BytesInput.from(stored, plain, storedBytes - plain), expected)
                            .toByteArray();
                    if (whole.length != expected) {
                        throw broken("with a page that does not inflate to " + expected + " bytes");
                    }
                    System.arraycopy(whole, 0, inflated, plain, expected);
                }
            } catch (dev.candlewick.connectors.lake.LakeException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw broken("with a page that does not inflate: " + ParquetInput.firstLine(e), e);
            }
        }
        buffer = inflated;
        end = inflatedBytes;
    }

    private static int capacity(int bytes) {
        return Math.max(bytes, Math.min(ParquetInput.PAGE_BYTES_MAX, bytes + (bytes >> 2)));
    }

    private Encoding encoding(org.apache.parquet.format.Encoding value) {
        try {
            return Encoding.valueOf(value.name());
        } catch (RuntimeException e) {
            throw broken("with a page of an unknown encoding", e);
        }
    }

    InputStream slice(int from) {
        return new ByteArrayInputStream(buffer, from, end - from);
    }

    RuntimeException broken(String was) {
        return file.broken(was + ", in column " + column());
    }

    RuntimeException broken(String was, Throwable cause) {
        return file.broken(was + ", in column " + column(), cause);
    }

    /** A chunk's bytes through a small buffer, so that reading a row group never holds all of its bytes. */
    private static final class ChunkStream extends InputStream {
        /** For headers only: pages are read past it. */
        private static final int BUFFER_BYTES = 4 << 10;

        private final ParquetInput file;
        private final byte[] buffer;
        private long position;
        private long left;
        private int at;
        private int limit;

        ChunkStream(ParquetInput file, long position, long length) {
            this.file = file;
            this.position = position;
            this.left = length;
            this.buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, length))];
        }

        /** Bytes of the chunk that were not handed out. */
        long left() {
            return left + limit - at;
        }

        private boolean fill() throws IOException {
            if (left == 0) {
                return false;
            }
            int count = (int) Math.min(buffer.length, left);
            file.readFully(position, buffer, 0, count);
            position += count;
            left -= count;
            at = 0;
            limit = count;
            return true;
        }

        @Override
        public int read() throws IOException {
            return at < limit || fill() ? buffer[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (at == limit && !fill()) {
                return -1;
            }
            int count = Math.min(length, limit - at);
            System.arraycopy(buffer, at, into, offset, count);
            at += count;
            return count;
        }

        void readFully(byte[] into, int length) throws IOException {
            int buffered = Math.min(length, limit - at);
            System.arraycopy(buffer, at, into, 0, buffered);
            at += buffered;
            if (buffered < length) {
                file.readFully(position, into, buffered, length - buffered);
                position += length - buffered;
                left -= length - buffered;
            }
        }
    }
}

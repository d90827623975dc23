package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.lake.LakeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ValuesType;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one column of one row group into arrays, as many rows at a time as the caller wants; one thread.
 *
 * <p>Plain and dictionary pages are decoded here, run by run; the rarer encodings by Parquet's own value readers.
 */
abstract class ColumnCursor {
    static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int NULL_RUN = -1;

    final ColumnDescriptor descriptor;
    final ChunkPages pages;
    private final int definitionMax;
    private final int repetitionMax;

    private int left;
    private @Nullable RunLengthBitPackingHybridDecoder definitions;
    private @Nullable RunLengthBitPackingHybridDecoder repetitions;

    /** Position of the next plain value in {@link ChunkPages#buffer}. */
    int at;
    /** Ids of the dictionary's values, where the page has them. */
    @Nullable
    RunLengthBitPackingHybridDecoder ids;
    /** Values of the rarer encodings. */
    @Nullable
    ValuesReader other;

    boolean hasDictionary;

    ColumnCursor(ColumnDescriptor descriptor, ChunkPages pages) {
        this.descriptor = descriptor;
        this.pages = pages;
        this.definitionMax = descriptor.getMaxDefinitionLevel();
        this.repetitionMax = descriptor.getMaxRepetitionLevel();
    }

    /** Makes room for that many rows. */
    abstract void ensure(int rows);

    /** Takes the dictionary page that {@link #pages} stands at. */
    abstract void dictionary(int count) throws IOException;

    /** Decodes values that are not null. */
    abstract void values(int from, int count) throws IOException;

    /** Sets rows to null. */
    abstract void nulls(int from, int count);

    /** Whether plain values are decoded by the subclass. */
    boolean readsPlain() {
        return true;
    }

    /** Forgets what earlier calls of {@link #read} decoded. */
    void restart() {}

    /** Decodes the next rows into places 0 to count − 1 behind what a {@link #restart} forgot. */
    void read(int count) {
        read(0, count);
    }

    final void read(int from, int count) {
        ensure(from + count);
        try {
            int done = 0;
            while (done < count) {
                if (left == 0) {
                    nextPage();
                }
                int run = Math.min(left, count - done);
                if (definitions == null) {
                    values(from + done, run);
                } else {
                    levels(from + done, run);
                }
                left -= run;
                done += run;
            }
        } catch (LakeException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw pages.broken("with values that cannot be read: " + ParquetInput.firstLine(e), e);
        }
    }

    @SuppressWarnings("NullAway") // Called with levels only.
    private void levels(int from, int count) throws IOException {
        int start = 0;
        int state = 0;
        for (int i = 0; i < count; i++) {
            int now = definitions.readInt() == definitionMax ? 1 : NULL_RUN;
            if (now != state) {
                flush(from + start, i - start, state);
                start = i;
                state = now;
            }
        }
        flush(from + start, count - start, state);
    }

    private void flush(int from, int count, int state) throws IOException {
        if (count > 0) {
            if (state == NULL_RUN) {
                nulls(from, count);
            } else {
                values(from, count);
            }
        }
    }

    /** The levels of the next entry of a repeated column, repetition in the upper half. */
    final int nextEntry() throws IOException {
        while (left == 0) {
            nextPage();
        }
        left--;
        int repetition = repetitions == null ? 0 : repetitions.readInt();
        int definition = definitions == null ? 0 : definitions.readInt();
        return repetition << 16 | definition;
    }

    /** Whether a repeated column goes on. */
    final boolean hasEntry() {
        return pages.left(left);
    }

    private void nextPage() throws IOException {
        do {
            if (!pages.next()) {
                throw pages.broken("with fewer values than rows");
            }
            if (pages.dictionary) {
                if (pages.encoding != Encoding.PLAIN && pages.encoding != Encoding.PLAIN_DICTIONARY) {
                    throw pages.broken("with a dictionary of encoding " + pages.encoding);
                }
                at = 0;
                dictionary(pages.values);
                hasDictionary = true;
            }
        } while (pages.dictionary || pages.values == 0);
        left = pages.values;
        pages.taken += left;
        int from = 0;
        if (pages.valuesFrom < 0) {
            if (repetitionMax > 0) {
                int length = levelBytes(from);
                repetitions = levelReader(from + 4, length, repetitionMax);
                from += 4 + length;
            }
            if (definitionMax > 0) {
                int length = levelBytes(from);
                definitions = levelReader(from + 4, length, definitionMax);
                from += 4 + length;
            }
        } else {
            if (repetitionMax > 0) {
                repetitions = levelReader(0, pages.definitionFrom, repetitionMax);
            }
            if (definitionMax > 0) {
                definitions = levelReader(pages.definitionFrom, pages.valuesFrom - pages.definitionFrom, definitionMax);
            }
            from = pages.valuesFrom;
        }
        ids = null;
        other = null;
        at = from;
        if (pages.encoding.usesDictionary()) {
            if (!hasDictionary) {
                throw pages.broken("with a page that needs a dictionary, of which there is none");
            }
            if (from < pages.end) {
                int width = pages.buffer[from] & 0xff;
                if (width > 32) {
                    throw pages.broken("with dictionary ids of " + width + " bits");
                }
                ids = new RunLengthBitPackingHybridDecoder(width, pages.slice(from + 1));
            } else {
                ids = new RunLengthBitPackingHybridDecoder(0, pages.slice(from));
            }
        } else if (pages.encoding != Encoding.PLAIN || !readsPlain()) {
            ValuesReader reader = pages.encoding.getValuesReader(descriptor, ValuesType.VALUES);
            reader.initFromPage(
                    pages.values,
                    ByteBufferInputStream.wrap(ByteBuffer.wrap(pages.buffer, from, pages.end - from)
                            .slice()));
            other = reader;
        }
    }

    private int levelBytes(int from) {
        int length = from + 4 <= pages.end ? (int) INTS.get(pages.buffer, from) : -1;
        if (length < 0 || length > pages.end - from - 4) {
            throw pages.broken("with levels of " + length + " bytes");
        }
        return length;
    }

    private RunLengthBitPackingHybridDecoder levelReader(int from, int length, int max) {
        return new RunLengthBitPackingHybridDecoder(
                32 - Integer.numberOfLeadingZeros(max), new ByteArrayInputStream(pages.buffer, from, length));
    }

    /** Moves on by the bytes of plain values, which must be there. */
    final int take(long bytes) {
        if (bytes > pages.end - at) {
            throw pages.broken("with a page that ends within its values");
        }
        int from = at;
        at += (int) bytes;
        return from;
    }
}

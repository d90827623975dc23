package dev.candlewick.connectors.lake.read;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridDecoder;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * Texts as entries of one array of bytes: those of the dictionary first, which rows share, then those of plain pages.
 */
class TextCursor extends ColumnCursor {
    /** The entry of a row that is null. */
    static final int NULL = -1;

    /** The most bytes of the texts that are held at once. */
    private static final int ARENA_BYTES_MAX = 1 << 30;

    private int dictionaryEntries;
    private int entries;
    private int[] offsets = new int[16];
    private @Nullable String[] strings = new @Nullable String[0];

    byte[] arena = new byte[256];
    /** Entry of each row, or {@link #NULL}. */
    int[] refs = new int[0];

    TextCursor(ColumnDescriptor descriptor, ChunkPages pages) {
        super(descriptor, pages);
    }

    /** Entries below this number are of the dictionary and stand for the whole row group. */
    final int dictionaryEntries() {
        return dictionaryEntries;
    }

    final int from(int entry) {
        return offsets[entry];
    }

    final int length(int entry) {
        return offsets[entry + 1] - offsets[entry];
    }

    /** The text of an entry; made once for each entry of the dictionary. */
    final String string(int entry) {
        if (entry < dictionaryEntries) {
            String known = strings[entry];
            if (known != null) {
                return known;
            }
        }
        String made = new String(arena, from(entry), length(entry), StandardCharsets.UTF_8);
        if (entry < dictionaryEntries) {
            strings[entry] = made;
        }
        return made;
    }

    /** The text of a row, null where it has none. */
    final @Nullable String stringOf(int row) {
        return refs[row] == NULL ? null : string(refs[row]);
    }

    @Override
    void restart() {
        entries = dictionaryEntries;
    }

    @Override
    void ensure(int rows) {
        if (refs.length < rows) {
            refs = Arrays.copyOf(refs, rows);
        }
    }

    @Override
    void dictionary(int count) {
        if (entries != 0) {
            throw pages.broken("with a dictionary behind its first page");
        }
        for (int i = 0; i < count; i++) {
            addPlain();
        }
        dictionaryEntries = count;
        strings = new @Nullable String[count];
    }

    private int addPlain() {
        int length = (int) INTS.get(pages.buffer, take(4));
        if (length < 0) {
            throw pages.broken("with a text of " + length + " bytes");
        }
        return add(pages.buffer, take(length), length);
    }

    private int add(byte[] bytes, int from, int length) {
        int end = offsets[entries];
        if (length > arena.length - end) {
            if (length > ARENA_BYTES_MAX - end) {
                throw pages.broken("with texts of more than " + ARENA_BYTES_MAX + " bytes in a row group");
            }
            arena = Arrays.copyOf(arena, (int) Math.max(end + length, Math.min(ARENA_BYTES_MAX, 2L * arena.length)));
        }
        System.arraycopy(bytes, from, arena, end, length);
        if (entries + 1 == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * offsets.length);
        }
        offsets[entries + 1] = end + length;
        return entries++;
    }

    @Override
    void values(int from, int count) throws IOException {
        RunLengthBitPackingHybridDecoder references = ids;
        ValuesReader reader = other;
        if (references != null) {
            for (int i = from; i < from + count; i++) {
                int id = references.readInt();
                if (id < 0 || id >= dictionaryEntries) {
                    throw pages.broken("with id " + id + " of a dictionary of " + dictionaryEntries);
                }
                refs[i] = id;
            }
        } else if (reader == null) {
            for (int i = from; i < from + count; i++) {
                refs[i] = addPlain();
            }
        } else {
            for (int i = from; i < from + count; i++) {
                Binary binary = reader.readBytes();
                byte[] bytes = binary.getBytesUnsafe();
                refs[i] = add(bytes, 0, bytes.length);
            }
        }
    }

    @Override
    void nulls(int from, int count) {
        Arrays.fill(refs, from, from + count, NULL);
    }
}

package dev.candlewick.core.validate;

import dev.candlewick.core.parse.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** An immutable set of texts, asked by UTF-8 slices without allocation. */
final class TextSet {
    private final byte[] @Nullable [] table;

    TextSet(Collection<String> texts) {
        int capacity = Integer.highestOneBit(Math.max(4, texts.size()) * 4);
        table = new byte[capacity] @Nullable [];
        for (String text : texts) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            int slot = Utf8.hash(utf8, 0, utf8.length) & capacity - 1;
            while (table[slot] != null) {
                slot = slot + 1 & capacity - 1;
            }
            table[slot] = utf8;
        }
    }

    boolean contains(byte[] buffer, int from, int length) {
        int mask = table.length - 1;
        for (int slot = Utf8.hash(buffer, from, length) & mask; ; slot = slot + 1 & mask) {
            byte[] candidate = table[slot];
            if (candidate == null) {
                return false;
            }
            if (Arrays.equals(candidate, 0, candidate.length, buffer, from, from + length)) {
                return true;
            }
        }
    }
}

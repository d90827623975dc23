package dev.candlewick.core.validate;

import dev.candlewick.core.parse.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Strings of short texts that come again and again, such as {@code buy}; bounded, whatever the input sends.
 *
 * <p>Each slot keeps the last text that fell into it, so a feed of ever new texts costs an allocation each, as without
 * the pool, and no memory.
 */
final class TextPool {
    private static final int SLOTS = 512;
    private static final int LENGTH_MAX = 64;

    private final byte[] @Nullable [] texts = new byte[SLOTS] @Nullable [];
    private final String[] strings = new String[SLOTS];

    String string(byte[] buffer, int from, int length) {
        if (length > LENGTH_MAX) {
            return new String(buffer, from, length, StandardCharsets.UTF_8);
        }
        int slot = Utf8.hash(buffer, from, length) & SLOTS - 1;
        byte[] known = texts[slot];
        if (known != null && Arrays.equals(known, 0, known.length, buffer, from, from + length)) {
            return strings[slot];
        }
        String string = new String(buffer, from, length, StandardCharsets.UTF_8);
        texts[slot] = Arrays.copyOfRange(buffer, from, from + length);
        strings[slot] = string;
        return string;
    }
}

package dev.candlewick.connectors.format;

import dev.candlewick.core.validate.TradeField;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which JSON name stands for what; immutable, found by the name's bytes without allocation. */
public final class JsonNames {
    /** The name stands for nothing. */
    public static final int UNKNOWN = -1;
    /** The name says the message's type. */
    static final int TYPE = TradeField.COUNT;
    /** The name says the message's event. */
    static final int EVENT = TradeField.COUNT + 1;
    /** The name says the message's channel. */
    static final int CHANNEL = TradeField.COUNT + 2;

    /** The canonical names. */
    static final JsonNames CANONICAL = canonical();

    private static final int SLOTS = 128;

    private final byte[] @Nullable [] names = new byte[SLOTS] @Nullable [];
    private final int[] meanings = new int[SLOTS];

    /** Names with what they stand for, numbers from 0 on; at most half as many as there are slots. */
    public JsonNames(Map<String, Integer> meaningByName) {
        if (meaningByName.size() > SLOTS / 2) {
            throw new IllegalArgumentException("names must be at most " + SLOTS / 2 + ", was " + meaningByName.size());
        }
        meaningByName.forEach((name, meaning) -> {
            byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
            int slot = slot(utf8, 0, utf8.length);
            while (names[slot] != null) {
                slot = slot + 1 & SLOTS - 1;
            }
            names[slot] = utf8;
            meanings[slot] = meaning;
        });
    }

    private static JsonNames canonical() {
        Map<String, Integer> meanings = new LinkedHashMap<>();
        for (TradeField field : TradeField.values()) {
            meanings.put(field.columnName(), field.ordinal());
        }
        meanings.put("type", TYPE);
        meanings.put("event", EVENT);
        meanings.put("channel", CHANNEL);
        return new JsonNames(meanings);
    }

    /** What the name stands for, {@link #UNKNOWN} for nothing. */
    public int find(byte[] buffer, int from, int length) {
        for (int slot = slot(buffer, from, length); ; slot = slot + 1 & SLOTS - 1) {
            byte[] name = names[slot];
            if (name == null) {
                return UNKNOWN;
            }
            if (name.length == length && isEqual(name, buffer, from)) {
                return meanings[slot];
            }
        }
    }

    /** Where the search begins: length, first and last byte tell nearly all names apart. */
    private static int slot(byte[] buffer, int from, int length) {
        return length == 0 ? 0 : length + 11 * buffer[from] + 37 * buffer[from + length - 1] & SLOTS - 1;
    }

    private static boolean isEqual(byte[] name, byte[] buffer, int from) {
        // Names are short: a loop is faster than a call that checks ranges first.
        for (int i = 0; i < name.length; i++) {
            if (name[i] != buffer[from + i]) {
                return false;
            }
        }
        return true;
    }

    /** A name with the meaning, for messages. */
    public String describe(int meaning) {
        for (int slot = 0; slot < SLOTS; slot++) {
            byte[] name = names[slot];
            if (name != null && meanings[slot] == meaning) {
                return new String(name, StandardCharsets.UTF_8);
            }
        }
        return "?";
    }
}

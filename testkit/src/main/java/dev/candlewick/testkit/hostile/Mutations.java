package dev.candlewick.testkit.hostile;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Seeded mutations of valid messages; the same seed gives the same messages on every machine. One thread.
 *
 * <p>One to four edits of a kind that breaks parsers: flipped bits, bytes set, inserted, deleted and swapped, slices
 * repeated, moved or taken from another message, words that mean something to a parser, cuts and appended rests. One in a
 * hundred messages grows to some 64 KiB. A mutation may leave a message valid, which is part of the exercise.
 */
public final class Mutations {
    private static final int LARGE_BYTES = 1 << 16;

    private static final byte[][] WORDS = words(
            "",
            "\0",
            "\"",
            "\"\"",
            "'",
            ",",
            ",,,,,,,,,,,,",
            ":",
            "{",
            "}",
            "[",
            "]",
            "{\"a\":",
            "[[[[[[[[[[[[[[[[[[",
            "\\",
            "\\u",
            "\\u0000",
            "\\ud83d",
            "\\ude00",
            "\\\"",
            "\n",
            "\r\n",
            "\u001b[2J",
            "\u202e",
            "\ufeff",
            "\uff11",
            "null",
            "true",
            "NaN",
            "-Infinity",
            "0",
            "-0.0",
            "-1",
            "+1",
            "01",
            "1e400",
            "1e-400",
            "1e99999999999",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "0.00000000000000000001",
            "1_000",
            "0x10",
            "\"price\":\"1\",",
            "\"type\":\"order\",",
            "../../etc/passwd",
            "=cmd()",
            "\u001f\u008b");

    private final List<byte[]> seeds;
    private final SplittableRandom random;
    private byte[] buffer = new byte[2 * LARGE_BYTES];
    private int length;

    /** Mutations of the given valid messages. */
    public Mutations(List<byte[]> seeds, long seed) {
        this.seeds = List.copyOf(seeds);
        random = new SplittableRandom(seed);
    }

    private static byte[][] words(String... texts) {
        // ISO-8859-1 where it fits, so that single bytes beyond ASCII, which are no UTF-8, take part too.
        return Arrays.stream(texts)
                .map(text -> text.getBytes(
                        text.chars().allMatch(c -> c < 256)
                                ? java.nio.charset.StandardCharsets.ISO_8859_1
                                : java.nio.charset.StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    /** The next mutation, from index 0 of {@link #buffer()} on; its length in bytes. */
    public int next() {
        byte[] base = seeds.get(random.nextInt(seeds.size()));
        length = 0;
        insert(0, base, 0, base.length);
        for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
            edit();
        }
        if (random.nextInt(100) == 0) {
            grow();
        }
        return length;
    }

    /** Holds the last mutation; filled again by the next. */
    public byte[] buffer() {
        return buffer;
    }

    /** A copy of the last mutation. */
    public byte[] copy() {
        return Arrays.copyOf(buffer, length);
    }

    private void edit() {
        int at = length == 0 ? 0 : random.nextInt(length);
        switch (random.nextInt(12)) {
            case 0 -> {
                if (length > 0) {
                    buffer[at] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 1 -> {
                if (length > 0) {
                    buffer[at] = (byte) random.nextInt(256);
                }
            }
            case 2 -> delete(at, Math.min(1, length - at));
            case 3 -> delete(at, Math.min(length - at, 1 + random.nextInt(16)));
            case 4 -> length = at;
            case 5 -> {
                int count = Math.min(length - at, 1 + random.nextInt(32));
                byte[] slice = Arrays.copyOfRange(buffer, at, at + count);
                insert(at, slice, 0, slice.length);
            }
            case 6 -> {
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                int from = random.nextInt(other.length);
                insert(at, other, from, Math.min(other.length - from, 1 + random.nextInt(64)));
            }
            case 7 -> {
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                insert(length, other, 0, other.length);
            }
            case 8 -> {
                if (length > 0) {
                    int to = random.nextInt(length);
                    byte swapped = buffer[at];
                    buffer[at] = buffer[to];
                    buffer[to] = swapped;
                }
            }
            case 9 -> digits(at);
            default -> {
                byte[] word = WORDS[random.nextInt(WORDS.length)];
                if (random.nextBoolean()) {
                    delete(at, Math.min(length - at, word.length));
                }
                insert(at, word, 0, word.length);
            }
        }
    }

    /** Changes the digits behind a place: numbers stay numbers and get other values. */
    private void digits(int at) {
        for (int i = at; i < Math.min(length, at + 20); i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                buffer[i] = (byte) ('0' + random.nextInt(10));
            }
        }
    }

    private void grow() {
        int at = length == 0 ? 0 : random.nextInt(length);
        byte[] word = WORDS[random.nextInt(WORDS.length)];
        while (word.length > 0 && length < LARGE_BYTES) {
            insert(at, word, 0, word.length);
            word = Arrays.copyOfRange(buffer, at, at + Math.min(2 * word.length, length - at));
        }
    }

    private void insert(int at, byte[] bytes, int from, int count) {
        if (length + count > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length + count, 2 * buffer.length));
        }
        System.arraycopy(buffer, at, buffer, at + count, length - at);
        System.arraycopy(bytes, from, buffer, at, count);
        length += count;
    }

    private void delete(int at, int count) {
        System.arraycopy(buffer, at + count, buffer, at, length - at - count);
        length -= count;
    }
}

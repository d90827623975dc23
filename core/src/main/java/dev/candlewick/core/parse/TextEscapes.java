package dev.candlewick.core.parse;

import java.nio.charset.StandardCharsets;

/**
 * Makes text from the input safe to show: in messages, logs and on terminals.
 *
 * <p>Control characters, format characters (bidirectional marks, zero-width characters), line and paragraph separators,
 * private and unassigned characters become {@code \}{@code uXXXX} escapes, and a backslash is doubled, so that nothing
 * in a message can move a cursor, turn the reading direction or forge a second line.
 */
public final class TextEscapes {
    /** The most characters of a value that a message shows. */
    public static final int VALUE_LENGTH_MAX = 120;

    private TextEscapes() {}

    /** The escaped text of a slice, cut at {@value #VALUE_LENGTH_MAX} characters. */
    public static String value(byte[] buffer, int from, int length) {
        // A character has at most four bytes, so no more of them can be shown.
        int taken = Math.min(length, 4 * VALUE_LENGTH_MAX + 4);
        return value(new String(buffer, from, taken, StandardCharsets.UTF_8));
    }

    /** The escaped text, cut at {@value #VALUE_LENGTH_MAX} characters with {@code ...} behind a cut. */
    public static String value(String text) {
        StringBuilder escaped = new StringBuilder(Math.min(text.length(), VALUE_LENGTH_MAX) + 8);
        int position = 0;
        while (position < text.length()) {
            int point = text.codePointAt(position);
            int before = escaped.length();
            append(escaped, point);
            if (escaped.length() > VALUE_LENGTH_MAX) {
                escaped.setLength(before);
                return escaped.append("...").toString();
            }
            position += Character.charCount(point);
        }
        return escaped.toString();
    }

    /**
     * The whole text with unsafe characters as {@code \}{@code uXXXX} and everything else, a backslash too, as it is: for
     * cells of tables, and for JSON texts, where unsafe characters stand in strings only and so keep their meaning.
     */
    public static String printable(String text) {
        int position = 0;
        while (position < text.length()) {
            int point = text.codePointAt(position);
            if (isUnsafe(point)) {
                StringBuilder escaped = new StringBuilder(text.length() + 16);
                escaped.append(text, 0, position);
                text.codePoints().skip(text.codePointCount(0, position)).forEach(next -> {
                    if (isUnsafe(next)) {
                        escape(escaped, next);
                    } else {
                        escaped.appendCodePoint(next);
                    }
                });
                return escaped.toString();
            }
            position += Character.charCount(point);
        }
        return text;
    }

    /** Whether a character may move a cursor, turn the reading direction, end a line or hide. */
    public static boolean isUnsafe(int point) {
        if (point >= 0x20 && point < 0x7f) {
            return false;
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static void append(StringBuilder escaped, int point) {
        if (point == '\\') {
            escaped.append("\\\\");
        } else if (isUnsafe(point)) {
            escape(escaped, point);
        } else {
            escaped.appendCodePoint(point);
        }
    }

    private static void escape(StringBuilder escaped, int point) {
        for (char unit : Character.toChars(point)) {
            escaped.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
                escaped.append(Character.forDigit(unit >> shift & 0xf, 16));
            }
        }
    }
}

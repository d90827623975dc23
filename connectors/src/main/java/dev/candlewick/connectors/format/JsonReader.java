package dev.candlewick.connectors.format;

import dev.candlewick.core.parse.DecimalParser;
import dev.candlewick.core.validate.TradeValidator;
import org.jspecify.annotations.Nullable;

/**
 * What decoders of JSON messages share: the grammar of RFC 8259, read in place and digit by digit, without objects.
 *
 * <p>A value that was read last stands in the slice ({@link #sliceFrom}, {@link #sliceLength}) of {@link #data}. Methods
 * that read return false where the text is no JSON, after they have noted the problem. One thread.
 */
public abstract class JsonReader extends TextDecoder {
    /** The deepest nesting of objects and arrays. */
    public static final int DEPTH_MAX = 16;

    /** The longest name or value that the head of a message is looked at for. */
    private static final int WORD_MAX = 64;

    private static final long ONES = 0x0101010101010101L;

    /** First index of the value that was read last. */
    protected int sliceFrom;
    /** Bytes of the value that was read last. */
    protected int sliceLength;

    private int headFrom;
    private int headLength;

    /** A reader over the validator. */
    protected JsonReader(TradeValidator validator) {
        super(validator);
    }

    /**
     * Reads {@code {"name":"value"} or {@code {"name":} at the beginning of a message, where the name is the given one, or
     * any of those where several are given; no other byte is looked at but the last one, which must close the message.
     *
     * @return the name that was found; null where the message begins in another way or is cut off
     */
    protected final @Nullable String head(byte[] buffer, int offset, int length, String... names) {
        headLength = -1;
        int last = offset + length - 1;
        while (last > offset && isSpace(buffer[last])) {
            last--;
        }
        int at = spaces(buffer, offset, last);
        if (buffer[last] != '}' || buffer[at] != '{') {
            return null;
        }
        at = spaces(buffer, at + 1, last);
        int nameFrom = at + 1;
        int nameEnd = word(buffer, at, last);
        if (nameEnd < 0) {
            return null;
        }
        String found = null;
        for (String name : names) {
            if (isAscii(buffer, nameFrom, nameEnd - nameFrom, name)) {
                found = name;
                break;
            }
        }
        at = spaces(buffer, nameEnd + 1, last);
        if (found == null || buffer[at] != ':') {
            return null;
        }
        at = spaces(buffer, at + 1, last);
        int valueEnd = word(buffer, at, last);
        if (valueEnd >= 0) {
            int behind = spaces(buffer, valueEnd + 1, last);
            if (buffer[behind] == ',' || behind == last) {
                headFrom = at + 1;
                headLength = valueEnd - headFrom;
            }
        }
        return found;
    }

    /** Whether the value behind the name that {@link #head} has found is a plain text that is not empty. */
    protected final boolean hasHeadValue() {
        return headLength > 0;
    }

    /** Whether the value behind the name that {@link #head} has found is the given word, in any case. */
    protected final boolean isHeadValue(byte[] buffer, String word) {
        return isWord(buffer, headFrom, headLength, word);
    }

    /** Whether the value behind the name that {@link #head} has found is exactly the given text. */
    protected final boolean isHeadExactly(byte[] buffer, String text) {
        return isAscii(buffer, headFrom, headLength, text);
    }

    /** Whether the value behind the name that {@link #head} has found ends with the given text. */
    protected final boolean headValueEndsWith(byte[] buffer, String end) {
        return headLength > end.length() && isAscii(buffer, headFrom + headLength - end.length(), end.length(), end);
    }

    /** Index of the closing quote of a plain text that begins at an index, −1 where there is none. */
    private static int word(byte[] buffer, int from, int last) {
        if (buffer[from] != '"') {
            return -1;
        }
        int end = Math.min(last, from + WORD_MAX + 2);
        for (int at = from + 1; at < end; at++) {
            byte b = buffer[at];
            if (b == '"') {
                return at;
            }
            if (b < ' ' || b == '\\') {
                return -1;
            }
        }
        return -1;
    }

    /** Index of the first byte from an index on that is no white space; at most the last one. */
    private static int spaces(byte[] buffer, int from, int last) {
        int at = Math.min(from, last);
        while (at < last && isSpace(buffer[at])) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /** Whether bytes are the given text. */
    protected static boolean isAscii(byte[] buffer, int from, int length, String text) {
        if (length != text.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buffer[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether bytes are the given word of lower-case letters, in any case. */
    protected static boolean isWord(byte[] buffer, int from, int length, String word) {
        if (length != word.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((buffer[from + i] | 0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the slice is the given text. */
    protected final boolean isSlice(String text) {
        return isAscii(data, sliceFrom, sliceLength, text);
    }

    /** Reads one value that nobody needs; a value inside the message's own object has depth 1. */
    protected final boolean skipValue(int depth) {
        if (position == end) {
            return fail("JSON must be complete, was cut off");
        }
        switch (data[position]) {
            case '"':
                return string();
            case 't':
                return literal("true");
            case 'f':
                return literal("false");
            case 'n':
                return literal("null");
            case '{':
            case '[':
                return skipContainer(depth + 1);
            default:
                return number();
        }
    }

    private boolean skipContainer(int depth) {
        if (depth > DEPTH_MAX) {
            return fail("JSON must have at most " + DEPTH_MAX + " levels, was deeper");
        }
        boolean object = data[position++] == '{';
        byte close = (byte) (object ? '}' : ']');
        skipWhitespace();
        if (position < end && data[position] == close) {
            position++;
            return true;
        }
        while (true) {
            skipWhitespace();
            if (object) {
                if (position == end || data[position] != '"') {
                    return fail("JSON name must begin with a quote, was " + describePosition());
                }
                if (!string() || !colon()) {
                    return false;
                }
            }
            if (!skipValue(depth)) {
                return false;
            }
            skipWhitespace();
            if (position == end) {
                return fail("JSON must be complete, was cut off");
            }
            byte b = data[position++];
            if (b == close) {
                return true;
            }
            if (b != ',') {
                position--;
                return fail("JSON values must be separated by a comma, was " + describePosition());
            }
        }
    }

    /** Reads the colon behind a name. */
    protected final boolean colon() {
        skipWhitespace();
        if (position == end || data[position] != ':') {
            return fail("JSON name must be followed by a colon, was " + describePosition());
        }
        position++;
        skipWhitespace();
        return true;
    }

    /** Skips white space. */
    protected final void skipWhitespace() {
        int at = position;
        while (at < end) {
            byte b = data[at];
            if (b > ' ' || (b != ' ' && b != '\n' && b != '\r' && b != '\t')) {
                break;
            }
            at++;
        }
        position = at;
    }

    /** Reads {@code true}, {@code false} or {@code null}. */
    protected final boolean literal(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (position == end || data[position] != word.charAt(i)) {
                return fail("JSON value must be a JSON value, was " + describePosition());
            }
            position++;
        }
        return true;
    }

    /** Reads a number by the grammar of RFC 8259 into the slice. */
    protected final boolean number() {
        int from = position;
        int at = position;
        if (at < end && data[at] == '-') {
            at++;
        }
        int whole = at;
        at = digits(at);
        boolean valid = at > whole && (data[whole] != '0' || at == whole + 1);
        if (valid && at < end && data[at] == '.') {
            int fraction = ++at;
            at = digits(at);
            valid = at > fraction;
        }
        if (valid && at < end && (data[at] | 0x20) == 'e') {
            at++;
            if (at < end && (data[at] == '+' || data[at] == '-')) {
                at++;
            }
            int exponent = at;
            at = digits(at);
            valid = at > exponent;
        }
        position = at;
        if (!valid) {
            return fail("JSON value must be a JSON value, was " + describePosition());
        }
        sliceFrom = from;
        sliceLength = at - from;
        return sliceLength <= DecimalParser.LENGTH_MAX
                || fail("JSON number must have at most " + DecimalParser.LENGTH_MAX + " characters, was "
                        + sliceLength);
    }

    private int digits(int at) {
        while (at < end && data[at] >= '0' && data[at] <= '9') {
            at++;
        }
        return at;
    }

    /** Reads a string from its opening quote on into the slice, unescaped. */
    protected final boolean string() {
        byte[] bytes = data;
        int from = position + 1;
        int at = from;
        int last = end;
        while (at <= last - 8) {
            long word = (long) BinaryLayout.LONG.get(bytes, at);
            long stops = stops(word);
            if (stops != 0) {
                at += Long.numberOfTrailingZeros(stops) >> 3;
                break;
            }
            at += 8;
        }
        while (at < last) {
            byte b = bytes[at];
            if (b == '"') {
                sliceFrom = from;
                sliceLength = at - from;
                position = at + 1;
                return true;
            }
            if (b == '\\') {
                position = at;
                return escapedString(from);
            }
            if (b >= 0 && b < ' ') {
                position = at;
                return fail("JSON string must have its control characters escaped, was " + describePosition());
            }
            at++;
        }
        return fail("JSON must be complete, was cut off in a string");
    }

    /** The high bit of each byte that is a quote, a backslash or a control character; the lowest one set is exact. */
    private static long stops(long word) {
        long quote = word ^ ONES * '"';
        long backslash = word ^ ONES * '\\';
        return ((quote - ONES & ~quote) | (backslash - ONES & ~backslash) | (word - ONES * ' ' & ~word)) & ONES << 7;
    }

    private boolean escapedString(int from) {
        int before = position;
        useScratch();
        int start = from + position - before;
        int write = position;
        while (position < end) {
            byte b = data[position++];
            if (b == '"') {
                sliceFrom = start;
                sliceLength = write - start;
                return true;
            }
            if (b >= 0 && b < ' ') {
                position--;
                return fail("JSON string must have its control characters escaped, was " + describePosition());
            }
            if (b != '\\') {
                data[write++] = b;
                continue;
            }
            if (position == end) {
                break;
            }
            byte escape = data[position++];
            switch (escape) {
                case '"', '\\', '/' -> data[write++] = escape;
                case 'b' -> data[write++] = '\b';
                case 'f' -> data[write++] = '\f';
                case 'n' -> data[write++] = '\n';
                case 'r' -> data[write++] = '\r';
                case 't' -> data[write++] = '\t';
                case 'u' -> {
                    int point = hex();
                    if (point >= 0xd800 && point <= 0xdbff) {
                        boolean paired = position + 1 < end && data[position] == '\\' && data[position + 1] == 'u';
                        position += paired ? 2 : 0;
                        int low = paired ? hex() : -1;
                        point = low >= 0xdc00 && low <= 0xdfff ? Character.toCodePoint((char) point, (char) low) : -1;
                    } else if (point >= 0xdc00 && point <= 0xdfff) {
                        point = -1;
                    }
                    if (point < 0) {
                        return fail("JSON escape must be four hexadecimal digits of a whole character, was not");
                    }
                    write = putUtf8(point, write);
                }
                default -> {
                    return fail("JSON escape must be one of \"\\/bfnrtu, was another");
                }
            }
        }
        return fail("JSON must be complete, was cut off in a string");
    }

    private int hex() {
        if (end - position < 4) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            byte b = data[position++];
            int digit = b >= '0' && b <= '9'
                    ? b - '0'
                    : (b | 0x20) >= 'a' && (b | 0x20) <= 'f' && b > 0 ? (b | 0x20) - 'a' + 10 : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private int putUtf8(int point, int write) {
        if (point < 0x80) {
            data[write++] = (byte) point;
        } else if (point < 0x800) {
            data[write++] = (byte) (0xc0 | point >> 6);
            data[write++] = (byte) (0x80 | point & 0x3f);
        } else if (point < 0x10000) {
            data[write++] = (byte) (0xe0 | point >> 12);
            data[write++] = (byte) (0x80 | point >> 6 & 0x3f);
            data[write++] = (byte) (0x80 | point & 0x3f);
        } else {
            data[write++] = (byte) (0xf0 | point >> 18);
            data[write++] = (byte) (0x80 | point >> 12 & 0x3f);
            data[write++] = (byte) (0x80 | point >> 6 & 0x3f);
            data[write++] = (byte) (0x80 | point & 0x3f);
        }
        return write;
    }

    /** The next byte, for messages. */
    protected final String describePosition() {
        if (position >= end) {
            return "the end of the message";
        }
        int b = data[position] & 0xff;
        return b > 0x20 && b < 0x7f ? "'" + (char) b + "'" : "byte 0x" + Integer.toHexString(b);
    }
}

package dev.candlewick.local.lake;

import dev.candlewick.core.parse.TextEscapes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A rejected message as the lake and the topic hold it.
 *
 * @param reason the code
 * @param message what must hold and what was found; escaped by the job
 * @param raw the original bytes; empty for a record without value
 * @param timeNanos event time where readable, else receive time, else the log's time
 * @param source topic or file it was read from
 * @param partition partition as read
 * @param offset offset as read
 */
record RejectedMessage(
        String reason,
        String message,
        byte[] raw,
        @Nullable Long timeNanos,
        String source,
        int partition,
        long offset) {
    private static final Pattern VENUE = Pattern.compile("\\(instrument=((?:\\\\.|[^|\\\\])*)\\|");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(x[0-9a-fA-F]{2}|[\\\\trn])");

    /** Where it was read, which identifies it. */
    String position() {
        return source + '/' + partition + '/' + offset;
    }

    /** The venue that the job's text names, escaped as it is there; null where it could not be read. */
    @Nullable
    String venue() {
        Matcher matcher = VENUE.matcher(message);
        return matcher.find() ? matcher.group(1) : null;
    }

    /** The bytes as text that is safe to show, cut. */
    String shown() {
        return TextEscapes.value(raw, 0, raw.length);
    }

    /**
     * The bytes as one line of text that {@link #parseLine} reads back: as they are where they are UTF-8, but for
     * backslash, tab, line ends and other control characters; else with every byte beyond ASCII as {@code \xNN}.
     */
    String line() {
        boolean text = true;
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw));
        } catch (CharacterCodingException e) {
            text = false;
        }
        StringBuilder line = new StringBuilder(raw.length + 16);
        String chars = new String(raw, text ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        for (int i = 0; i < chars.length(); i++) {
            char c = chars.charAt(i);
            switch (c) {
                case '\\' -> line.append("\\\\");
                case '\t' -> line.append("\\t");
                case '\r' -> line.append("\\r");
                case '\n' -> line.append("\\n");
                default -> {
                    if (c < ' ' || c == 0x7f || !text && c > 0x7f) {
                        line.append(String.format("\\x%02x", (int) c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
        return line.toString();
    }

    /** The bytes of {@link #line()}, or null where an escape is broken. */
    static byte @Nullable [] parseLine(String line) {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream(line.length());
        Matcher escape = ESCAPE.matcher(line);
        int at = 0;
        while (at < line.length()) {
            int next = line.indexOf('\\', at);
            int end = next < 0 ? line.length() : next;
            bytes.writeBytes(line.substring(at, end).getBytes(StandardCharsets.UTF_8));
            if (next < 0) {
                break;
            }
            if (!escape.region(next, line.length()).lookingAt()) {
                return null;
            }
            String code = escape.group(1);
            bytes.write(
                    switch (code.charAt(0)) {
                        case 't' -> '\t';
                        case 'r' -> '\r';
                        case 'n' -> '\n';
                        case '\\' -> '\\';
                        default -> Integer.parseInt(code.substring(1), 16);
                    });
            at = escape.end();
        }
        return bytes.toByteArray();
    }
}

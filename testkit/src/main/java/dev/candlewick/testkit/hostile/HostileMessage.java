package dev.candlewick.testkit.hostile;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of a golden table: a message and what must become of it.
 *
 * @param name unique in its table
 * @param context what is known beside the message, by name; empty for nothing
 * @param outcome a code, ACCEPTED or FILTERED
 * @param part what the text of a rejection holds; of an accepted message its scaled price or {@code id=}, or empty
 * @param message the bytes, null for a record without value
 */
public record HostileMessage(
        String name, Map<String, String> context, String outcome, String part, byte @Nullable [] message) {
    /**
     * The table of a format.
     *
     * @param format {@code csv}, {@code json} or {@code binary}
     */
    public static List<HostileMessage> table(String format) {
        List<HostileMessage> rows = new ArrayList<>();
        String resource = "/hostile/" + format + ".txt";
        try (InputStream in = HostileMessage.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("format must have a table, was " + format);
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    rows.add(parse(line, resource));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private static HostileMessage parse(String line, String resource) {
        String[] cells = line.split(" \\| ", 5);
        if (cells.length != 5) {
            throw new IllegalArgumentException(
                    "row must have 5 cells, was " + cells.length + " (" + resource + ", " + line + ")");
        }
        Map<String, String> context = new LinkedHashMap<>();
        if (!cells[1].isEmpty()) {
            String[] pair = cells[1].split("=", 2);
            context.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
        byte[] message = cells[4].equals("\\{null}") ? null : bytes(cells[4]);
        return new HostileMessage(
                cells[0], context, cells[2], new String(bytes(cells[3]), StandardCharsets.UTF_8), message);
    }

    /** The bytes of a table's text: {@code \xNN} is a byte, {@code \\} a backslash, <code>\{N*text}</code> repeats. */
    private static byte[] bytes(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != '\\') {
                if (c > 0x7e) {
                    throw new IllegalArgumentException("table must be ASCII, was " + text);
                }
                bytes.write(c);
                continue;
            }
            char kind = text.charAt(at++);
            switch (kind) {
                case '\\' -> bytes.write('\\');
                case 'x' -> {
                    bytes.write(Integer.parseInt(text.substring(at, at + 2), 16));
                    at += 2;
                }
                case '{' -> {
                    int star = text.indexOf('*', at);
                    int close = text.indexOf('}', star);
                    byte[] repeated = bytes(text.substring(star + 1, close));
                    for (int i = Integer.parseInt(text.substring(at, star)); i > 0; i--) {
                        bytes.writeBytes(repeated);
                    }
                    at = close + 1;
                }
                default -> throw new IllegalArgumentException("escape must be x, \\ or {, was " + text);
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public String toString() {
        return name;
    }
}

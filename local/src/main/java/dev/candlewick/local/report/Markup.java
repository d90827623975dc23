package dev.candlewick.local.report;

import dev.candlewick.core.parse.TextEscapes;

/**
 * Writes markup that is well-formed XML and HTML at once; every text and attribute is escaped here and nowhere else. One
 * thread.
 */
final class Markup {
    private final StringBuilder out = new StringBuilder(1 << 14);

    /** Makes text inert: no markup, no control or direction characters, nothing that XML does not allow. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        String printable = TextEscapes.printable(text);
        for (int i = 0; i < printable.length(); i++) {
            char character = printable.charAt(i);
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(character);
            }
        }
        return escaped.toString();
    }

    /** Markup of this program, as it is. */
    Markup raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Text from anywhere. */
    Markup text(String text) {
        out.append(escape(text));
        return this;
    }

    /** An element with text. */
    Markup element(String name, String text) {
        return open(name).text(text).close(name);
    }

    /** An element with a class and text. */
    Markup element(String name, String style, String text) {
        return open(name, "class", style).text(text).close(name);
    }

    /** Opens an element; names and values of attributes in turn. */
    Markup open(String name, Object... attributes) {
        start(name, attributes);
        out.append('>');
        return this;
    }

    /** An element without content. */
    Markup empty(String name, Object... attributes) {
        start(name, attributes);
        out.append("/>");
        return this;
    }

    private void start(String name, Object... attributes) {
        out.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escape(String.valueOf(attributes[i + 1])))
                    .append('"');
        }
    }

    /** Closes an element. */
    Markup close(String name) {
        out.append("</").append(name).append('>');
        return this;
    }

    @Override
    public String toString() {
        return out.toString();
    }
}

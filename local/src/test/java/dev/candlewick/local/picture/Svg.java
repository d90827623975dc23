package dev.candlewick.local.picture;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Writes SVG; texts and attributes are escaped here and nowhere else. */
final class Svg {
    /** Width of a legend's bar. */
    static final double BAR = 12;

    private final StringBuilder out = new StringBuilder(1 << 16);

    /** Opens an element; names and values of attributes in turn. */
    Svg open(String name, Object... attributes) {
        start(name, attributes);
        out.append(">\n");
        return this;
    }

    /** An element without content. */
    Svg empty(String name, Object... attributes) {
        start(name, attributes);
        out.append("/>\n");
        return this;
    }

    /** An element with text. */
    Svg element(String name, String text, Object... attributes) {
        start(name, attributes);
        out.append('>').append(escape(text)).append("</").append(name).append(">\n");
        return this;
    }

    /** The short bar in front of an entry of a legend, at the height of its letters. */
    Svg bar(String color, double left, double baseline) {
        return empty("rect", "fill", color, "x", left, "y", baseline - 6, "width", BAR, "height", "4", "rx", "2");
    }

    Svg close(String name) {
        out.append("</").append(name).append(">\n");
        return this;
    }

    private void start(String name, Object... attributes) {
        out.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            Object value = attributes[i + 1];
            out.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(value instanceof Double number ? number(number) : escape(value.toString()))
                    .append('"');
        }
    }

    /** A coordinate to a tenth, which nobody sees beyond. */
    static String number(double value) {
        BigDecimal tenth = new BigDecimal(value).setScale(1, RoundingMode.HALF_UP);
        return tenth.signum() == 0 ? "0" : tenth.stripTrailingZeros().toPlainString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return out.toString();
    }
}

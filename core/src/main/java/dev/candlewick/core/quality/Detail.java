package dev.candlewick.core.quality;

import dev.candlewick.core.number.Decimals;

/** Writes the JSON object of an event's detail, one canonical form for equal values; one thread. */
final class Detail {
    private final StringBuilder text = new StringBuilder("{");

    private StringBuilder name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        return text.append('"').append(name).append("\":");
    }

    Detail decimal(String name, long unscaled, int scale) {
        Decimals.append(name(name).append('"'), unscaled, scale);
        text.append('"');
        return this;
    }

    Detail number(String name, long value) {
        name(name).append(value);
        return this;
    }

    Detail text(String name, String value) {
        name(name).append('"');
        for (int i = 0; i < value.length(); i++) {
            char unit = value.charAt(i);
            if (unit == '"' || unit == '\\') {
                text.append('\\').append(unit);
            } else if (unit < 0x20) {
                text.append("\\u00")
                        .append(Character.forDigit(unit >> 4, 16))
                        .append(Character.forDigit(unit & 15, 16));
            } else {
                text.append(unit);
            }
        }
        text.append('"');
        return this;
    }

    @Override
    public String toString() {
        return text + "}";
    }
}

package dev.candlewick.core.validate;

import dev.candlewick.core.model.Instrument;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Decimal scales by symbol: the first entry whose pattern matches decides, else the default.
 *
 * @param entries patterns with their scales, in order of precedence
 * @param defaultScale the scale of all other symbols, 0 to 18
 */
public record ScaleRules(List<Entry> entries, int defaultScale) implements Serializable {
    /**
     * One pattern with its scale.
     *
     * @param pattern a symbol in which {@code *} stands for any text, also none; case counts
     * @param scale decimals, 0 to 18
     */
    public record Entry(String pattern, int scale) implements Serializable {
        /** Checks the scale. */
        public Entry {
            check(pattern, scale);
        }
    }

    /** Takes an unmodifiable, serializable copy and checks the scale. */
    public ScaleRules {
        entries = new ArrayList<>(entries);
        check("*", defaultScale);
    }

    /** One scale for all symbols. */
    public static ScaleRules of(int scale) {
        return new ScaleRules(List.of(), scale);
    }

    /** The patterns with their scales, in order of precedence. */
    @Override
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** The scale of a symbol. */
    public int scaleOf(String symbol) {
        for (Entry entry : entries) {
            if (matches(entry.pattern(), symbol)) {
                return entry.scale();
            }
        }
        return defaultScale;
    }

    /** Whether the text matches the pattern, in which {@code *} stands for any text. */
    static boolean matches(String pattern, String text) {
        int patternAt = 0;
        int textAt = 0;
        int star = -1;
        int resume = 0;
        while (textAt < text.length()) {
            if (patternAt < pattern.length() && pattern.charAt(patternAt) == '*') {
                star = patternAt++;
                resume = textAt;
            } else if (patternAt < pattern.length() && pattern.charAt(patternAt) == text.charAt(textAt)) {
                patternAt++;
                textAt++;
            } else if (star >= 0) {
                patternAt = star + 1;
                textAt = ++resume;
            } else {
                return false;
            }
        }
        while (patternAt < pattern.length() && pattern.charAt(patternAt) == '*') {
            patternAt++;
        }
        return patternAt == pattern.length();
    }

    private static void check(String pattern, int scale) {
        if (scale < 0 || scale > Instrument.SCALE_MAX) {
            throw new IllegalArgumentException("scale must lie in 0..18, was " + scale + " (pattern=" + pattern + ")");
        }
    }
}

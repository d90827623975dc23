package dev.candlewick.local.drill;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of {@code conf/prometheus/alerts.yml} in a hurry: every time that passes while one waits for an alert is divided
 * by a factor, and nothing else is changed.
 *
 * <p>Divided are {@code for}, ranges as {@code [15m]}, offsets, the bounds of the recorded ages
 * ({@code candlewick:checkpoint_age_seconds > 180}) and how far {@code predict_linear} looks ahead. Not divided are dates that
 * somebody else has set: when a certificate expires, when the last reconciliation was. Names keep what they say
 * ({@code candlewick:read:delta10m}).
 */
final class FasterRules {
    /** The slowest and the fastest that is of use: with more, ranges are shorter than two scrapes. */
    static final int MOST = 60;

    private static final Pattern TIMES = Pattern.compile(
            // for: 5m
            "(?m)(?:(?<=^ {8}for: )(\\d+)(ms|s|m|h|d)$)"
                    // [15m]
                    + "|(?:(?<=\\[)(\\d+)(ms|s|m|h|d)(?=\\]))"
                    // offset 10m
                    + "|(?:(?<=\\boffset )(\\d+)(ms|s|m|h|d)\\b)"
                    // candlewick:…_seconds > 180
                    + "|(?:(?<=candlewick:[a-z_]{1,40}_seconds > )(\\d+(?:\\.\\d+)?)\\b)"
                    // predict_linear(…[6h], 24 * 3600)
                    + "|(?:(?<=\\[\\d{1,9}[mshd]{1,2}\\], )(\\d+)(?: \\* (\\d+))?(?=\\)))");

    private static final Map<String, Long> MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    private FasterRules() {}

    /**
     * Rules with all times divided.
     *
     * @param rules the text of a file of rules
     * @param factor 1 to {@value #MOST}; 1 gives the text as it is
     */
    static String of(String rules, int factor) {
        if (factor < 1 || factor > MOST) {
            throw new IllegalArgumentException("factor must lie in 1.." + MOST + ", was " + factor);
        }
        if (factor == 1) {
            return rules;
        }
        return rewrite(rules, match -> divided(match, factor));
    }

    /** The text with every time that {@link #of} divides replaced by a sign, to see that all else is equal. */
    static String withoutTimes(String rules) {
        return rewrite(rules, match -> "@");
    }

    private static String rewrite(String rules, java.util.function.Function<MatchResult, String> by) {
        List<String> lines = new ArrayList<>();
        for (String line : rules.split("\n", -1)) {
            // What people read is not computed with.
            lines.add(
                    line.strip().startsWith("#")
                            ? line
                            : TIMES.matcher(line).replaceAll(match -> Matcher.quoteReplacement(by.apply(match))));
        }
        return String.join("\n", lines);
    }

    private static String divided(MatchResult match, int factor) {
        for (int group = 1; group <= 5; group += 2) {
            if (match.group(group) != null) {
                return text(Duration.ofMillis(Long.parseLong(match.group(group)) * millis(match.group(group + 1)))
                        .dividedBy(factor));
            }
        }
        if (match.group(7) != null) {
            return seconds(new BigDecimal(match.group(7)), factor);
        }
        BigDecimal times = match.group(9) == null ? BigDecimal.ONE : new BigDecimal(match.group(9));
        return seconds(new BigDecimal(match.group(8)).multiply(times), factor);
    }

    private static long millis(String unit) {
        Long millis = MILLIS.get(unit);
        if (millis == null) {
            throw new IllegalArgumentException("unit must be one of " + MILLIS.keySet() + ", was " + unit);
        }
        return millis;
    }

    /** As Prometheus writes a duration. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    /** To a thousandth. */
    private static String seconds(BigDecimal written, int factor) {
        return written.divide(BigDecimal.valueOf(factor), 3, RoundingMode.DOWN)
                .stripTrailingZeros()
                .toPlainString();
    }
}

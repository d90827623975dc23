package dev.candlewick.local.reconcile;

import dev.candlewick.local.cli.CommandFailure;
import java.math.BigDecimal;

/** Reads a threshold such as {@code 0.5%}. */
final class DriftThreshold {
    private static final BigDecimal PARTS_PER_PERCENT = BigDecimal.valueOf(10_000_000);

    private DriftThreshold() {}

    /** Parts per billion. */
    static long parse(String text) {
        String number = text.strip();
        if (number.endsWith("%") && number.matches("[0-9]{1,6}(\\.[0-9]{1,7})?%")) {
            return new BigDecimal(number.substring(0, number.length() - 1))
                    .multiply(PARTS_PER_PERCENT)
                    .longValueExact();
        }
        throw CommandFailure.usage(
                "drift-alert must be a percentage with at most 7 decimals, was '" + text + "'",
                "--drift-alert",
                "for example 0.5%");
    }
}

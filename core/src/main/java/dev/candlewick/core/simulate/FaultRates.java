package dev.candlewick.core.simulate;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How often each kind of fault occurs, in millionths; immutable.
 *
 * <p>Faults of trades and extra messages are counted for each trade of the market. A fault of a venue is counted for each
 * slice of {@value FaultWindows#SLICE_SECONDS_TEXT} of event time.
 */
public final class FaultRates implements Serializable {
    private static final long serialVersionUID = 1;
    private static final int MILLION = 1_000_000;
    private static final FaultKind[] KINDS = FaultKind.values();

    /** No faults. */
    public static final FaultRates NONE = new FaultRates(new int[KINDS.length]);

    /** Every kind: 5 % of trades in all, and in 2 % of the slices a silent venue, in 2 % a skewed clock. */
    public static final FaultRates DEFAULT = NONE.with(FaultKind.DISORDER, 8_000)
            .with(FaultKind.LATE, 2_500)
            .with(FaultKind.GAP, 2_500)
            .with(FaultKind.FAT_FINGER, 1_500)
            .with(FaultKind.DUPLICATE_NEAR, 8_000)
            .with(FaultKind.DUPLICATE_FAR, 5_000)
            .with(FaultKind.ID_CONFLICT, 1_500)
            .with(FaultKind.NEGATIVE_PRICE, 2_000)
            .with(FaultKind.ZERO_PRICE, 2_000)
            .with(FaultKind.NEGATIVE_SIZE, 1_000)
            .with(FaultKind.EXCESS_DECIMALS, 1_000)
            .with(FaultKind.FUTURE_TIME, 2_000)
            .with(FaultKind.ANCIENT_TIME, 2_000)
            .with(FaultKind.MILLIS_AS_NANOS, 2_000)
            .with(FaultKind.MISSING_FIELD, 2_500)
            .with(FaultKind.GARBAGE, 2_500)
            .with(FaultKind.WRONG_TYPE, 2_000)
            .with(FaultKind.TRUNCATED, 2_000)
            .with(FaultKind.SILENCE, 20_000)
            .with(FaultKind.CLOCK_SKEW, 20_000);

    private final int[] millionths;

    private FaultRates(int[] millionths) {
        this.millionths = millionths;
    }

    /** The same with another rate of one kind, in millionths from 0 to 1,000,000. */
    public FaultRates with(FaultKind kind, int newMillionths) {
        if (newMillionths < 0 || newMillionths > MILLION) {
            throw new IllegalArgumentException(
                    "rate of " + kind.optionName() + " must lie in 0..1000000 millionths, was " + newMillionths);
        }
        int[] changed = millionths.clone();
        changed[kind.ordinal()] = newMillionths;
        FaultRates rates = new FaultRates(changed);
        if (rates.total(FaultKind.Class.TRADE) > MILLION || rates.total(FaultKind.Class.EXTRA) > MILLION) {
            throw new IllegalArgumentException("rates of one class must not exceed 100 % together, was "
                    + percent(Math.max(rates.total(FaultKind.Class.TRADE), rates.total(FaultKind.Class.EXTRA))));
        }
        return rates;
    }

    /** The rate of one kind in millionths. */
    public int millionths(FaultKind kind) {
        return millionths[kind.ordinal()];
    }

    /** The sum over one class in millionths. */
    public int total(FaultKind.Class faultClass) {
        int total = 0;
        for (FaultKind kind : KINDS) {
            total += kind.faultClass() == faultClass ? millionths[kind.ordinal()] : 0;
        }
        return total;
    }

    /** Whether nothing happens. */
    public boolean isNone() {
        return this.equals(NONE);
    }

    /** These rates times a factor of millionths; none exceeds its bound. */
    public FaultRates scaled(long factorMillionths) {
        FaultRates scaled = NONE;
        for (FaultKind kind : KINDS) {
            scaled =
                    scaled.with(kind, (int) Math.min(MILLION, millionths[kind.ordinal()] * factorMillionths / MILLION));
        }
        return scaled;
    }

    /**
     * The rates that a text names: {@code default}, {@code none}, a total as {@code 5%} in the mix of the default, or kinds
     * as {@code gap=1%,late=0.5%}; several joined by commas, of which later ones win.
     *
     * @throws IllegalArgumentException naming what is wrong, with an example
     */
    public static FaultRates parse(String text) {
        FaultRates rates = NONE;
        for (String part : text.split(",", -1)) {
            String item = part.strip().toLowerCase(Locale.ROOT);
            int equals = item.indexOf('=');
            if (item.equals("none")) {
                rates = NONE;
            } else if (item.equals("default")) {
                rates = DEFAULT;
            } else if (equals < 0) {
                int total = DEFAULT.total(FaultKind.Class.TRADE) + DEFAULT.total(FaultKind.Class.EXTRA);
                rates = DEFAULT.scaled((long) parseMillionths(item, text) * MILLION / total);
            } else {
                FaultKind kind = kind(item.substring(0, equals), text);
                rates = rates.with(kind, parseMillionths(item.substring(equals + 1), text));
            }
        }
        return rates;
    }

    private static FaultKind kind(String name, String text) {
        List<String> names = new ArrayList<>();
        for (FaultKind kind : KINDS) {
            if (kind.optionName().equals(name)) {
                return kind;
            }
            names.add(kind.optionName());
        }
        throw new IllegalArgumentException(
                "fault must be one of " + String.join(", ", names) + ", was " + name + " (" + text + ")");
    }

    private static int parseMillionths(String number, String text) {
        boolean percent = number.endsWith("%");
        try {
            int value = new BigDecimal(percent ? number.substring(0, number.length() - 1) : number)
                    .movePointRight(percent ? 4 : 6)
                    .intValueExact();
            if (value >= 0 && value <= MILLION) {
                return value;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Told below, with an example.
        }
        throw new IllegalArgumentException("rate must be a share from 0 to 100 % in steps of 0.0001 %, was " + number
                + " (" + text + "; example: default, none, 5%, or gap=1%,late=0.5%)");
    }

    private static String percent(int value) {
        return BigDecimal.valueOf(value, 4).stripTrailingZeros().toPlainString() + "%";
    }

    /** Which kind of a class a mixed number picks, each as often as its rate says; −1 for none. */
    int pick(FaultKind.Class faultClass, long mixed, int outOf) {
        int drawn = Mix.below(mixed, outOf);
        for (FaultKind kind : KINDS) {
            if (kind.faultClass() == faultClass) {
                drawn -= millionths[kind.ordinal()];
                if (drawn < 0) {
                    return kind.ordinal();
                }
            }
        }
        return -1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FaultRates that && Arrays.equals(millionths, that.millionths);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(millionths);
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        for (FaultKind kind : KINDS) {
            if (millionths(kind) > 0) {
                parts.add(kind.optionName() + "=" + percent(millionths(kind)));
            }
        }
        return parts.isEmpty() ? "none" : String.join(",", parts);
    }
}

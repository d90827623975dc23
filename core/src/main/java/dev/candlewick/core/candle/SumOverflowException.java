package dev.candlewick.core.candle;

import org.jspecify.annotations.Nullable;

/**
 * A sum passed 10^38 − 1: a wrong scale, which is a fault of the configuration and stops the job (design section 3).
 */
public final class SumOverflowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String symbol;

    /** An exception whose message names what overflowed. */
    public SumOverflowException(String message) {
        super(message);
        this.symbol = null;
    }

    /** An exception that also says whose sum it was. */
    public SumOverflowException(String message, String symbol) {
        super(message);
        this.symbol = symbol;
    }

    /** The instrument's symbol; null where it is not known. */
    public @Nullable String symbol() {
        return symbol;
    }
}

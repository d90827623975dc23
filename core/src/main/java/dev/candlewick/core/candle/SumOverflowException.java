package dev.candlewick.core.candle;

/**
 * A sum passed 10^38 − 1: a wrong scale, which is a fault of the configuration and stops the job (design section 3).
 */
public final class SumOverflowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An exception whose message names what overflowed. */
    public SumOverflowException(String message) {
        super(message);
    }
}

package dev.candlewick.connectors.lake;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A value that has more digits than a lake's column: a wrong scale, which is a fault of the configuration. */
public final class WideValueException extends ArithmeticException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final @Nullable String symbol;

    WideValueException(String message, @Nullable String symbol) {
        super(message);
        this.symbol = symbol;
    }

    /** Whose value it is; null where it is not known. */
    public @Nullable String symbol() {
        return symbol;
    }
}

package dev.candlewick.local.broker;

import org.jspecify.annotations.Nullable;

/** A broker could not be started; the message says on which address and directory, the cause says why. */
public final class BrokerStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what could not be started, and where
     * @param cause what Kafka or the operating system reported
     */
    public BrokerStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

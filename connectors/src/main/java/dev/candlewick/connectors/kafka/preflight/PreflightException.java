package dev.candlewick.connectors.kafka.preflight;

/** The broker is not in a state in which the job may start; the message says what, where and how to mend it. */
public final class PreflightException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An exception with all problems in its message. */
    public PreflightException(String message) {
        super(message);
    }

    /** An exception with its cause. */
    public PreflightException(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.candlewick.connectors.kafka.preflight;

import org.jspecify.annotations.Nullable;

/** The broker is not in a state in which the job may start; the message says what, where and how to mend it. */
public final class PreflightException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final KafkaTrouble.@Nullable Kind kind;

    /** An exception with all problems in its message. */
    public PreflightException(String message) {
        super(message);
        this.kind = null;
    }

    /** What keeps the client from the broker, with its cause. */
    public PreflightException(KafkaTrouble trouble, @Nullable Throwable cause) {
        super(trouble.message(), cause);
        this.kind = trouble.kind();
    }

    /** What keeps the client from the broker; null where the broker answers and is not as it must be. */
    public KafkaTrouble.@Nullable Kind kind() {
        return kind;
    }
}

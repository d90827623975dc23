package dev.candlewick.connectors.lake;

import java.io.Serial;

/**
 * A lake that cannot be used as asked; the message says what, where and what to do, and needs no stack trace.
 *
 * <p>{@link #kind()} decides the exit code of a command.
 */
public final class LakeException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Whose fault it is. */
    public enum Kind {
        /** The request: no such lake, version or table, or a configuration that a lake cannot hold. */
        USAGE,
        /** The data: a file or a manifest is not what it must be. */
        MISMATCH,
        /** The file system. */
        ENVIRONMENT
    }

    private final Kind kind;

    /** A failure with its message. */
    public LakeException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** A failure with its message and cause. */
    public LakeException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** Whose fault it is. */
    public Kind kind() {
        return kind;
    }
}

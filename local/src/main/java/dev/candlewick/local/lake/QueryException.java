package dev.candlewick.local.lake;

import java.io.Serial;

/** SQL that cannot be run as given; the message is for the user and needs no stack trace. */
public final class QueryException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean usersFault;

    public QueryException(String message, boolean usersFault, Throwable cause) {
        super(message, cause);
        this.usersFault = usersFault;
    }

    public QueryException(String message) {
        super(message);
        this.usersFault = true;
    }

    /** Whether another statement would help; else memory, disk or a file failed. */
    public boolean isUsersFault() {
        return usersFault;
    }
}

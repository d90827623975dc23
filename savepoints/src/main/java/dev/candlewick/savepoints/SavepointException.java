package dev.candlewick.savepoints;

import org.jspecify.annotations.Nullable;

/** A savepoint cannot be found, read or used; the message says what and where, and the fix what to do about it. */
public final class SavepointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String fix;

    /** A problem with what the reader can do about it, null where nothing is known. */
    public SavepointException(String message, @Nullable String fix, @Nullable Throwable cause) {
        super(message, cause);
        this.fix = fix;
    }

    /** What to do about it. */
    public @Nullable String fix() {
        return fix;
    }

    /** The messages of a failure and of all its causes, innermost last, each once. */
    public static String reasons(Throwable failure) {
        StringBuilder text = new StringBuilder();
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 8; depth++, at = at.getCause()) {
            String message = at.getMessage() == null ? at.getClass().getSimpleName() : at.getMessage();
            if (text.indexOf(message) < 0) {
                text.append(text.length() == 0 ? "" : ": ").append(message);
            }
        }
        return text.toString();
    }
}

package dev.candlewick.local.cli;

/** Nobody reads standard output any more, as behind {@code | head}: the command has nothing left to do. */
public final class OutputClosedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public OutputClosedException() {
        super("standard output must be open, was closed by its reader");
    }
}

package dev.candlewick.local.cli;

/** How a command ended, as the process exit code; the numbers are a contract with scripts. */
public enum ExitCode {
    /** Done. */
    OK(0),
    /** A fault of Candlewick itself. */
    INTERNAL(1),
    /** Wrong options, arguments or configuration. */
    USAGE(2),
    /** Published data is not what it must be. */
    DATA_MISMATCH(3),
    /** Something around the command is missing or broken: broker, disk, port, file. */
    ENVIRONMENT(4),
    /** A Flink job failed. */
    JOB_FAILED(5),
    /** Ended by the user. */
    INTERRUPTED(130);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    /** The process exit code. */
    public int code() {
        return code;
    }
}

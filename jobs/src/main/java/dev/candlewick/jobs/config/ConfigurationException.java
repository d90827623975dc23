package dev.candlewick.jobs.config;

import java.util.List;

/**
 * A configuration breaks rules; the message lists every problem, one a line. The command line ends with exit code
 * {@value #EXIT_CODE}.
 */
public final class ConfigurationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Usage. */
    public static final int EXIT_CODE = 2;

    private final List<String> problems;

    /** All problems, at least one. */
    public ConfigurationException(List<String> problems) {
        super(message(problems));
        this.problems = List.copyOf(problems);
    }

    /** Every problem: {@code <key> must <rule>, was <value> (<where>; example: …)}. */
    public List<String> problems() {
        return problems;
    }

    private static String message(List<String> problems) {
        return problems.size() == 1
                ? "Configuration has a problem: " + problems.get(0)
                : "Configuration has " + problems.size() + " problems:\n  " + String.join("\n  ", problems);
    }
}

package dev.candlewick.local.cli;

import java.util.Locale;

/** How results are written to standard output. */
public enum OutputFormat {
    /** Aligned columns for people. */
    TABLE,
    /** One JSON object a line for programs. */
    JSON,
    /** RFC 4180 with a header line. */
    CSV;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.candlewick.local.doctor;

import java.util.Locale;

/** How much a finding matters. */
enum Severity {
    /** Does not work, or loses or falsifies data. */
    ERROR,
    /** Works now and will not, or not as promised. */
    WARNING,
    /** Worth knowing; changes no exit code. */
    NOTE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

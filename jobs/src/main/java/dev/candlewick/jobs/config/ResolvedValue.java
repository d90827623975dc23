package dev.candlewick.jobs.config;

import org.jspecify.annotations.Nullable;

/**
 * One option of a resolved configuration, for display: secrets are replaced.
 *
 * @param key the option
 * @param value in its canonical text; null where the option has no value
 * @param origin where the value came from
 */
public record ResolvedValue(String key, @Nullable String value, Origin origin) {
    /** Whether nobody set the option. */
    public boolean isDefault() {
        return origin.kind() == Origin.Kind.DEFAULT;
    }
}

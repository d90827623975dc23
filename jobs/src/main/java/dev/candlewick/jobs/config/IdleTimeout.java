package dev.candlewick.jobs.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * After which silence a partition no longer holds event time back (option {@code source.idle-timeout}).
 *
 * @param after positive; null for never
 */
public record IdleTimeout(@Nullable Duration after) {
    /** A silent partition holds event time back for ever. */
    public static final IdleTimeout OFF = new IdleTimeout(null);

    /**
     * Reads the option's text.
     *
     * @throws IllegalArgumentException where it is none
     */
    public static IdleTimeout parse(String text) {
        try {
            return OptionTypes.idleTimeout().parse(text, null);
        } catch (OptionType.InvalidValueException e) {
            throw new IllegalArgumentException(
                    "source.idle-timeout must be off, or a whole number and a unit, was '" + text + "'", e);
        }
    }
}

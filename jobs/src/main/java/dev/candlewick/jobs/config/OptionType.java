package dev.candlewick.jobs.config;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.jspecify.annotations.Nullable;

/**
 * How the text of an option becomes a value and back; immutable.
 *
 * @param <T> the type of the value
 */
public abstract class OptionType<T> {
    private final String name;
    private final String rule;

    /**
     * A type.
     *
     * @param name what the reference calls it
     * @param rule what a value must be; completes the sentence "the option must …"
     */
    OptionType(String name, String rule) {
        this.name = name;
        this.rule = rule;
    }

    /** What the reference calls it, such as {@code duration}. */
    public final String name() {
        return name;
    }

    /** What a value must be: completes the sentence "the option must …". */
    public final String rule() {
        return rule;
    }

    /**
     * Reads a value.
     *
     * @param text as written, without surrounding white space
     * @param below what the weaker layers say; null where they say nothing
     * @throws InvalidValueException where the text breaks {@link #rule()} or the rule that the exception names
     */
    abstract T parse(String text, @Nullable T below);

    /** The canonical text of a value, which {@link #parse} reads again. */
    public abstract String format(T value);

    /** The values that exist, where they are a closed list; else empty. */
    public List<String> values() {
        return List.of();
    }

    /** Whether an empty text is a value. */
    boolean takesEmpty() {
        return false;
    }

    /** Whether the option may stand on the command line without a value, which then is {@code true}. */
    boolean isFlag() {
        return false;
    }

    /** Whether a YAML mapping below the key is the value, rather than further keys. */
    boolean takesMapping() {
        return false;
    }

    /** The option as Flink knows options; a string where Flink has no such type. */
    ConfigOption<?> toFlink(String key, @Nullable T defaultValue, String description) {
        var typed = ConfigOptions.key(key).stringType();
        return (defaultValue == null ? typed.noDefaultValue() : typed.defaultValue(format(defaultValue)))
                .withDescription(description);
    }

    /** A text breaks a rule. */
    static final class InvalidValueException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final @Nullable String rule;

        /** The text breaks the rule of its type. */
        InvalidValueException() {
            this(null);
        }

        /** The text breaks a rule of its own. */
        InvalidValueException(@Nullable String rule) {
            super(rule, null, false, false);
            this.rule = rule;
        }

        String ruleOr(String ofType) {
            return rule == null ? ofType : rule;
        }
    }
}

package dev.candlewick.jobs.config;

import java.util.Locale;
import org.apache.flink.configuration.ConfigOption;
import org.jspecify.annotations.Nullable;

/**
 * One option: its key, type, default, meaning and a valid example; immutable.
 *
 * @param <T> the type of its value
 */
public final class Setting<T> {
    private final String key;
    private final OptionType<T> type;
    private final SettingGroup group;
    private final String description;
    private final String example;
    private final @Nullable T defaultValue;
    private final @Nullable String derivedDefault;
    private final boolean ofFeed;
    private final boolean stamped;
    private final ConfigOption<?> option;

    private Setting(Builder<T> builder, String description, String example) {
        this.key = builder.key;
        this.type = builder.type;
        this.group = builder.group;
        this.description = description;
        this.example = example;
        this.defaultValue = builder.defaultValue;
        this.derivedDefault = builder.derivedDefault;
        this.ofFeed = builder.ofFeed;
        this.stamped = builder.stamped;
        this.option = type.toFlink(key, defaultValue, description);
    }

    static <T> Builder<T> of(SettingGroup group, String key, OptionType<T> type) {
        return new Builder<>(group, key, type);
    }

    /** The name in files and behind {@code --}. */
    public String key() {
        return key;
    }

    /** The environment variable: {@code allowed-lateness} is {@code CANDLEWICK_ALLOWED_LATENESS}. */
    public String environmentVariable() {
        return environmentVariable(key);
    }

    static String environmentVariable(String key) {
        return ConfigurationSources.ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** How its values are read and written. */
    public OptionType<T> type() {
        return type;
    }

    /** Its section of the reference. */
    public SettingGroup group() {
        return group;
    }

    /** What it does, units and rules included. */
    public String description() {
        return description;
    }

    /** A valid value that is not the default. */
    public String example() {
        return example;
    }

    /** The default where it is one value; null where there is none or where {@link #derivedDefault()} tells it. */
    public @Nullable T defaultValue() {
        return defaultValue;
    }

    /** What the default depends on, in words. */
    public @Nullable String derivedDefault() {
        return derivedDefault;
    }

    /** The default as text, as in the reference; empty where there is none. */
    public String defaultText() {
        if (derivedDefault != null) {
            return derivedDefault;
        }
        return defaultValue == null ? "" : type.format(defaultValue);
    }

    /** Whether a feed profile may set it. */
    public boolean ofFeed() {
        return ofFeed;
    }

    /** Whether it decides what a candle or a VWAP row says, and so is part of the profile stamp. */
    public boolean stamped() {
        return stamped;
    }

    /** The same as an option of Flink; values of types that Flink does not have are strings there. */
    public ConfigOption<?> option() {
        return option;
    }

    @Override
    public String toString() {
        return key;
    }

    static final class Builder<T> {
        private final SettingGroup group;
        private final String key;
        private final OptionType<T> type;
        private @Nullable T defaultValue;
        private @Nullable String derivedDefault;
        private boolean ofFeed;
        private boolean stamped;

        private Builder(SettingGroup group, String key, OptionType<T> type) {
            this.group = group;
            this.key = key;
            this.type = type;
        }

        Builder<T> defaultValue(T value) {
            this.defaultValue = value;
            return this;
        }

        Builder<T> derivedDefault(String words) {
            this.derivedDefault = words;
            return this;
        }

        /** A feed profile may set it. */
        Builder<T> ofFeed() {
            this.ofFeed = true;
            return this;
        }

        /** It decides results. */
        Builder<T> stamped() {
            this.stamped = true;
            return this;
        }

        Setting<T> describe(String description, String example) {
            return new Setting<>(this, description, example);
        }
    }
}

package dev.candlewick.jobs.config;

import org.jspecify.annotations.Nullable;

/**
 * Where a value came from; its text is what users read.
 *
 * @param kind the layer
 * @param detail the variable, file and line, or profile; null where the layer says all
 */
public record Origin(Kind kind, @Nullable String detail) {
    /** The layers, strongest first. */
    public enum Kind {
        /** {@code --key value} or {@code --set key=value}. */
        COMMAND_LINE("command line"),
        /** A variable {@code CANDLEWICK_…}. */
        ENVIRONMENT("environment variable"),
        /** The file named by {@code --config}. */
        FILE("file"),
        /** The feed profile. */
        FEED_PROFILE("feed profile"),
        /** What the command presets, such as short checkpoint intervals for a demo. */
        COMMAND("command"),
        /** The default. */
        DEFAULT("default");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    static final Origin DEFAULT = new Origin(Kind.DEFAULT, null);

    @Override
    public String toString() {
        return detail == null ? kind.text : kind.text + ' ' + detail;
    }
}

package dev.candlewick.core.metric;

/**
 * What a line of the log says beside its text, as fields of a JSON log; names never change.
 *
 * <p>{@link #RUN} belongs to all lines of a thread that works for one job. The others are set for the one line that they belong
 * to and taken away again: tasks of several operators share a thread.
 */
public enum LogField {
    /** The run, by the name that it has in {@code run.json} and in the column {@code run} of the lake's tables. */
    RUN("run"),
    /** The operator, by the name that it has in metrics and in the web UI. */
    OPERATOR("operator"),
    /** The feed profile of the message that the line is about. */
    FEED("feed"),
    /** The topic that it was read from, or the relative path of the file. */
    SOURCE("source"),
    /** The partition that it was read from. */
    PARTITION("partition"),
    /** Its offset there, or its line in the file. */
    OFFSET("offset");

    /** The label under which Flink tells an operator's name. */
    public static final String OPERATOR_LABEL = "<operator_name>";

    private final String key;

    LogField(String key) {
        this.key = key;
    }

    /** Its name in the logger's context and in the log. */
    public String key() {
        return key;
    }
}

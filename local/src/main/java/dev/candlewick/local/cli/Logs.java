package dev.candlewick.local.cli;

/** Names of the logging configuration of all processes that the command starts, its own included. */
public final class Logs {

    /** The system property that names the configuration. */
    public static final String PROPERTY = "log4j2.configurationFile";

    /** The configuration: messages on standard error. */
    public static final String CONFIGURATION = "classpath:log4j2-candlewick.properties";

    /** The system property that sets the level, {@code WARN} if absent. */
    public static final String LEVEL_PROPERTY = "candlewick.log.level";

    /** How much of an exception a log line shows: {@code none} or {@code full}, which is the default. */
    public static final String EXCEPTIONS_PROPERTY = "candlewick.log.exceptions";

    private Logs() {}
}

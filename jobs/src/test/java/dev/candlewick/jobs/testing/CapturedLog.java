package dev.candlewick.jobs.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** What is logged while it is open, by all threads; several may be open. */
public final class CapturedLog implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final Level before;
    private final AbstractAppender appender;

    private CapturedLog(String name, Level level) {
        logger = (Logger) LogManager.getLogger(name);
        before = logger.getLevel();
        appender =
                new AbstractAppender(
                        "captured-" + System.identityHashCode(this), null, null, true, Property.EMPTY_ARRAY) {
                    @Override
                    public void append(LogEvent event) {
                        lines.add(event.getLevel() + " " + event.getLoggerName() + " "
                                + event.getMessage().getFormattedMessage());
                    }
                };
        appender.start();
        if (before.isMoreSpecificThan(level)) {
            Configurator.setLevel(logger, level);
        }
        logger.addAppender(appender);
    }

    /** Captures warnings and errors of everything. */
    public static CapturedLog warnings() {
        return new CapturedLog(LogManager.ROOT_LOGGER_NAME, Level.WARN);
    }

    /** Captures one logger down to its debug messages. */
    public static CapturedLog debug(String logger) {
        return new CapturedLog(logger, Level.DEBUG);
    }

    /** Lines that contain a text: level, logger and message. */
    public List<String> containing(String text) {
        return lines.stream().filter(line -> line.contains(text)).toList();
    }

    @Override
    public void close() {
        logger.removeAppender(appender);
        appender.stop();
        Configurator.setLevel(logger, before);
    }
}

package dev.candlewick.connectors.format;

import dev.candlewick.core.metric.LogField;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.parse.TextEscapes;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Tells the log of rejected messages: at most one line for each reason and minute, with the count since the last line and
 * one example; one thread.
 *
 * <p>It stands in the readers, behind the decoder, because only they may look at a clock: operators must not (the same
 * input must do the same whenever it is read), and a sink would be too late for a job that fails. Each reader has its own.
 * It is called for rejected messages only; a valid trade costs nothing. Nothing depends on it: the counts that are
 * balanced are kept elsewhere.
 *
 * <p>Operator, feed, and where the example was read are fields of the line too, for logs that programs read.
 *
 * <p>Everything that comes from the input is escaped and cut, so that no message can forge a line or move a cursor.
 */
public final class RejectionLog {
    private static final Logger LOG = LoggerFactory.getLogger(RejectionLog.class);
    private static final Set<LogField> OF_THE_LINE =
            EnumSet.of(LogField.OPERATOR, LogField.FEED, LogField.SOURCE, LogField.PARTITION, LogField.OFFSET);
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String operator;
    private final String feed;
    private final LongSupplier nanoTime;
    private final long[] counts = new long[Reason.values().length];
    private final long[] lastLines = new long[counts.length];
    private final boolean[] told = new boolean[counts.length];

    /**
     * A log by the JVM's clock.
     *
     * @param group of the operator that reads, or one below it
     * @param feed name of the feed's profile
     */
    public RejectionLog(MetricGroup group, String feed) {
        this(group.getAllVariables().getOrDefault(LogField.OPERATOR_LABEL, ""), feed, System::nanoTime);
    }

    /** A log by a clock that never goes back, in nanoseconds from any origin. */
    RejectionLog(String operator, String feed, LongSupplier nanoTime) {
        this.operator = operator;
        this.feed = feed;
        this.nanoTime = nanoTime;
    }

    /**
     * Counts a message and perhaps writes a line.
     *
     * @param source name of the topic or file it was read from
     */
    public void add(Rejected rejected, String source) {
        int reason = rejected.reason().ordinal();
        counts[reason]++;
        long now = nanoTime.getAsLong();
        if (told[reason] && now - lastLines[reason] < MINUTE_NANOS) {
            return;
        }
        String shown = TextEscapes.value(source);
        MDC.put(LogField.OPERATOR.key(), operator);
        MDC.put(LogField.FEED.key(), feed);
        MDC.put(LogField.SOURCE.key(), shown);
        MDC.put(LogField.PARTITION.key(), Integer.toString(rejected.readPartition()));
        MDC.put(LogField.OFFSET.key(), Long.toString(rejected.readOffset()));
        try {
            LOG.warn(
                    "messages must be valid trades, was {} since the last line: {}, for example {}; it reads '{}' (source={})",
                    rejected.reason(),
                    counts[reason],
                    rejected.message(),
                    TextEscapes.value(rejected.raw(), 0, rejected.raw().length),
                    shown);
        } finally {
            for (LogField field : OF_THE_LINE) {
                MDC.remove(field.key());
            }
        }
        told[reason] = true;
        lastLines[reason] = now;
        counts[reason] = 0;
    }
}

package dev.candlewick.core.late;

import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import java.util.HashMap;
import java.util.Map;

/**
 * The largest event time read from each partition so far, and the verdict late that follows from it; mutable, one thread.
 *
 * <p>A trade is late when the end of its finest window plus the allowed lateness lies at or before the mark minus the
 * out-of-orderness (design section 4.6). The verdict depends on the partition's own log and nothing else, so it is the
 * same after replay, restart and rescale.
 */
public final class HighWaterMarks {
    /** No valid trade was read from the partition yet. */
    public static final long NONE = Long.MIN_VALUE;

    /** Receives each known mark. */
    @FunctionalInterface
    public interface MarkConsumer {
        /** One partition's mark in nanoseconds. */
        void accept(int source, int partition, long markNanos);
    }

    private static final class Mark {
        final int source;
        final int partition;
        long nanos = NONE;
        /** Highest mark of the others when this partition was seen first; it is new until it has caught up. */
        long catchUpNanos = NONE;

        Mark(int source, int partition) {
            this.source = source;
            this.partition = partition;
        }
    }

    private final Interval finest;
    private final long outOfOrdernessNanos;
    private final long allowedLatenessNanos;
    private final Map<Long, Mark> marks = new HashMap<>();
    private Mark last = new Mark(-1, -1);

    /** Marks of a run; all settings in nanoseconds. */
    public HighWaterMarks(Interval finest, long outOfOrdernessNanos, long allowedLatenessNanos) {
        this.finest = finest;
        this.outOfOrdernessNanos = outOfOrdernessNanos;
        this.allowedLatenessNanos = allowedLatenessNanos;
    }

    /** Sets {@code late}, {@code disorderNanos} and {@code newPartition} of a trade, then moves its partition's mark. */
    public void stamp(Trade trade) {
        Mark mark = markOf(trade.readSource, trade.readPartition);
        long high = mark.nanos;
        long time = trade.eventTimeNanos;
        if (high == NONE) {
            trade.late = false;
            trade.disorderNanos = 0;
            trade.newPartition = mark.catchUpNanos != NONE;
            mark.nanos = time;
            return;
        }
        trade.newPartition = mark.catchUpNanos > high;
        if (time >= high) {
            trade.late = false;
            trade.disorderNanos = 0;
            mark.nanos = time;
        } else {
            trade.late = finest.endOf(time) + allowedLatenessNanos <= high - outOfOrdernessNanos;
            trade.disorderNanos = high - time;
        }
    }

    private Mark markOf(int source, int partition) {
        if (last.source == source && last.partition == partition) {
            return last;
        }
        Long key = ((long) source << 32) | partition;
        Mark mark = marks.get(key);
        if (mark == null) {
            mark = new Mark(source, partition);
            for (Mark other : marks.values()) {
                mark.catchUpNanos = Math.max(mark.catchUpNanos, other.nanos);
            }
            marks.put(key, mark);
        }
        last = mark;
        return mark;
    }

    /** Takes over a restored mark; the largest of several for one partition wins. */
    public void restore(int source, int partition, long markNanos) {
        Long key = ((long) source << 32) | partition;
        Mark mark = marks.computeIfAbsent(key, k -> new Mark(source, partition));
        mark.nanos = Math.max(mark.nanos, markNanos);
    }

    /** Passes on every known mark, restored or read. */
    public void forEach(MarkConsumer consumer) {
        for (Mark mark : marks.values()) {
            if (mark.nanos != NONE) {
                consumer.accept(mark.source, mark.partition, mark.nanos);
            }
        }
    }
}

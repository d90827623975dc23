package dev.candlewick.savepoints;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The messages of all partitions as a job would have read them while they came: each partition in the order of its
 * offsets, and the partitions beside each other by the broker's times; one thread.
 *
 * <p>The watermark is that of the job's own source: the least of the partitions' marks minus their out-of-orderness, where
 * a partition without a trade for the idle timeout, by the broker's times, does not count.
 */
final class LogReplay {
    private static final long MILLI_NANOS = Interval.MILLI_NANOS;

    private final ArchivedLog log;
    private final long idleNanos;
    private final List<Head> heads = new ArrayList<>();
    private final PriorityQueue<Head> queue = new PriorityQueue<>(
            Comparator.<Head>comparingLong(head -> head.clockNanos).thenComparingInt(head -> head.part.ordinal));
    private long startNanos = Long.MIN_VALUE;
    private long nowNanos = Long.MIN_VALUE;
    private long watermarkMillis = Long.MIN_VALUE;

    /** A partition with its next message. */
    private static final class Head {
        final ArchivedLog.Part part;
        final int ordinal;
        final LogSpill.Messages messages;

        @Nullable
        Decoded next;

        long clockNanos = Long.MIN_VALUE;
        /** The offset that comes next where nothing is missing. */
        long expected;

        boolean traded;
        long markNanos;
        long tradedAtNanos;
        /** Whether it holds any trade at all is known at its end only. */
        boolean ended;

        Head(ArchivedLog.Part part, int ordinal, LogSpill.Messages messages) {
            this.part = part;
            this.ordinal = ordinal;
            this.messages = messages;
            this.expected = part.offsets.first();
        }

        void advance() throws IOException {
            next = messages.next();
            ended = next == null;
            if (next != null) {
                long time = clockOf(next);
                clockNanos = Math.max(clockNanos, time);
            }
        }

        private static long clockOf(Decoded message) {
            return switch (message.kind()) {
                case TRADE ->
                    message.trade().ingestTimeNanos != Trade.TIME_ABSENT
                            ? message.trade().ingestTimeNanos
                            : message.trade().eventTimeNanos;
                case REJECTED -> message.rejected().ingestTimeNanos();
                case FILTERED -> Long.MIN_VALUE;
            };
        }
    }

    /**
     * A replay of a log.
     *
     * @param idleNanos after which a partition without trades leaves the minimum, 0 for never
     */
    LogReplay(ArchivedLog log, long idleNanos) throws IOException {
        this.log = log;
        this.idleNanos = idleNanos;
        for (ArchivedLog.Part part : log.parts()) {
            if (part.offsets.count() == 0) {
                continue;
            }
            Head head = new Head(part, log.ordinalOf(part.id.topic()), log.messages(part));
            head.advance();
            heads.add(head);
            queue.add(head);
            startNanos = startNanos == Long.MIN_VALUE ? head.clockNanos : Math.min(startNanos, head.clockNanos);
        }
        nowNanos = startNanos;
    }

    /** The next message, null at the end. */
    @Nullable
    Decoded next() throws IOException {
        while (true) {
            Head head = queue.peek();
            if (head == null) {
                return null;
            }
            Decoded message = head.next;
            long offset = message == null ? head.part.end : message.readOffset();
            if (head.expected < offset) {
                long missing = head.expected++;
                if (log.holes() == ArchivedLog.Holes.FILTERED) {
                    return new Decoded().setFiltered(head.ordinal, head.part.id.partition(), missing);
                }
                head.expected = offset;
            }
            queue.poll();
            if (message == null) {
                continue;
            }
            head.expected = offset + 1;
            nowNanos = Math.max(nowNanos, head.clockNanos);
            if (message.isTrade()) {
                long time = message.trade().eventTimeNanos;
                head.markNanos = head.traded ? Math.max(head.markNanos, time) : time;
                head.traded = true;
                head.tradedAtNanos = nowNanos;
            }
            head.advance();
            queue.add(head);
            return message;
        }
    }

    /** The broker's time that is reached. */
    long nowNanos() {
        return nowNanos;
    }

    /** The watermark after the last message given, in milliseconds; {@link Long#MIN_VALUE} before the first. */
    long watermarkMillis() {
        long least = Long.MAX_VALUE;
        for (Head head : heads) {
            if (idleNanos > 0 && nowNanos - (head.traded ? head.tradedAtNanos : startNanos) >= idleNanos) {
                continue;
            }
            if (!head.traded) {
                if (head.ended) {
                    continue;
                }
                return watermarkMillis;
            }
            least = Math.min(least, Math.floorDiv(head.markNanos - head.part.outOfOrdernessNanos, MILLI_NANOS) - 1);
        }
        if (least != Long.MAX_VALUE) {
            watermarkMillis = Math.max(watermarkMillis, least);
        }
        return watermarkMillis;
    }
}

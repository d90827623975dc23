package dev.candlewick.core.reconcile;

import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the archive tells about each partition as read: which offsets it holds, when the partition was active by the log's
 * own time and how far its event time had come; mutable, one thread.
 *
 * <p>Memory is a bit for each archived offset and one entry for each second in which a partition was active.
 */
public final class PartitionHistories {
    private static final int CHUNK_BITS = 1 << 16;
    private static final int HOLES_MAX = 10_000;
    private static final long NANOS_PER_MILLISECOND = 1_000_000L;

    private final Map<String, History> partitions = new TreeMap<>();

    private static final class History {
        final TreeMap<Long, BitSet> offsets = new TreeMap<>();
        final TreeMap<Long, Activity> activityBySecond = new TreeMap<>();
        long rows;
        long doubled;
        long doubledFromNanos = Long.MAX_VALUE;
        long doubledToNanos = Long.MIN_VALUE;
        final Map<Long, Long> eventByOffset = new HashMap<>();
        final Set<Long> wanted = new HashSet<>();

        @Nullable
        List<Hole> holes;

        long firstOffset = Long.MAX_VALUE;
        long lastOffset = Long.MIN_VALUE;
        boolean prepared;
    }

    /** What came in one second of log time. */
    private static final class Activity {
        long firstNanos;
        long lastNanos;
        /** Of this second; once prepared, of all up to it. */
        long eventMaxNanos;

        Activity(long ingestNanos, long eventNanos) {
            firstNanos = ingestNanos;
            lastNanos = ingestNanos;
            eventMaxNanos = eventNanos;
        }
    }

    /**
     * An offset that the archive lacks between two that it has.
     *
     * @param partition the partition as read
     * @param first the first offset missing
     * @param last the last offset missing
     */
    public record Hole(String partition, long first, long last) {
        /** How many offsets are missing. */
        public long length() {
            return last - first + 1;
        }
    }

    /** Takes note of an archived copy. */
    public void add(String partition, long offset, long ingestTimeNanos, long eventTimeNanos) {
        History history = partitions.computeIfAbsent(partition, key -> new History());
        history.rows++;
        if (mark(history, offset)) {
            history.doubled++;
            history.doubledFromNanos = Math.min(history.doubledFromNanos, eventTimeNanos);
            history.doubledToNanos = Math.max(history.doubledToNanos, eventTimeNanos);
        }
        history.firstOffset = Math.min(history.firstOffset, offset);
        history.lastOffset = Math.max(history.lastOffset, offset);
        if (ingestTimeNanos != Trade.TIME_ABSENT) {
            Long second = Math.floorDiv(ingestTimeNanos, Interval.SECOND_NANOS);
            Activity known = history.activityBySecond.get(second);
            if (known == null) {
                history.activityBySecond.put(second, new Activity(ingestTimeNanos, eventTimeNanos));
            } else {
                known.firstNanos = Math.min(known.firstNanos, ingestTimeNanos);
                known.lastNanos = Math.max(known.lastNanos, ingestTimeNanos);
                known.eventMaxNanos = Math.max(known.eventMaxNanos, eventTimeNanos);
            }
        }
    }

    /** Sets the bit of an offset; true where it was set. */
    private static boolean mark(History history, long offset) {
        BitSet bits = history.offsets.computeIfAbsent(Math.floorDiv(offset, CHUNK_BITS), key -> new BitSet());
        int bit = (int) Math.floorMod(offset, (long) CHUNK_BITS);
        if (bits.get(bit)) {
            return true;
        }
        bits.set(bit);
        return false;
    }

    /** Ends the first pass: finds the holes, whose neighbours a second pass tells by {@link #neighbour}. */
    public boolean findHoles() {
        boolean any = false;
        for (Map.Entry<String, History> entry : partitions.entrySet()) {
            List<Hole> holes = holes(entry.getKey());
            entry.getValue().holes = holes;
            for (Hole hole : holes) {
                entry.getValue().wanted.add(hole.first() - 1);
                entry.getValue().wanted.add(hole.last() + 1);
                any = true;
            }
        }
        return any;
    }

    /** Takes note of the event time at an offset, in the second pass; those beside no hole are passed over. */
    public void neighbour(String partition, long offset, long eventTimeNanos) {
        History history = partitions.get(partition);
        if (history != null && history.wanted.contains(offset)) {
            history.eventByOffset.put(offset, eventTimeNanos);
        }
    }

    /** Holes whose neighbours lie around a span of event time. */
    public List<Hole> holesAround(long fromNanos, long toNanos, long slackNanos) {
        List<Hole> around = new ArrayList<>();
        for (History history : partitions.values()) {
            List<Hole> holes = history.holes;
            if (holes == null) {
                continue;
            }
            for (Hole hole : holes) {
                Long before = history.eventByOffset.get(hole.first() - 1);
                Long after = history.eventByOffset.get(hole.last() + 1);
                if (before != null
                        && after != null
                        && Math.min(before, after) - slackNanos < toNanos
                        && Math.max(before, after) + slackNanos >= fromNanos) {
                    around.add(hole);
                }
            }
        }
        return around;
    }

    /**
     * Rows of a partition that stand in the archive more than once; messages with several trades look the same.
     *
     * @param rows how many beyond the first
     */
    public record Doubled(String partition, long rows, long fromNanos, long toNanos) {}

    /** Partitions with rows whose offset had come before. */
    public List<Doubled> doubled() {
        List<Doubled> doubled = new ArrayList<>();
        partitions.forEach((partition, history) -> {
            if (history.doubled > 0) {
                doubled.add(new Doubled(partition, history.doubled, history.doubledFromNanos, history.doubledToNanos));
            }
        });
        return doubled;
    }

    /** Rows noted for each partition. */
    public Map<String, Long> rows() {
        Map<String, Long> rows = new TreeMap<>();
        partitions.forEach((partition, history) -> rows.put(partition, history.rows));
        return rows;
    }

    /** Offsets missing between the first and the last of a partition, at most the first ten thousand runs. */
    public List<Hole> holes(String partition) {
        History history = partitions.get(partition);
        List<Hole> holes = new ArrayList<>();
        if (history == null) {
            return holes;
        }
        long next = history.firstOffset;
        for (Map.Entry<Long, BitSet> chunk : history.offsets.entrySet()) {
            BitSet bits = chunk.getValue();
            long base = chunk.getKey() * CHUNK_BITS;
            for (int set = bits.nextSetBit(0); set >= 0; ) {
                long offset = base + set;
                if (offset > next && holes.size() < HOLES_MAX) {
                    holes.add(new Hole(partition, next, offset - 1));
                }
                int clear = bits.nextClearBit(set);
                next = Math.max(next, base + clear);
                set = bits.nextSetBit(clear);
            }
        }
        return holes;
    }

    /** All partitions, sorted. */
    public List<String> partitions() {
        return List.copyOf(partitions.keySet());
    }

    /**
     * Why the keyed operator turned a trade away though the stamp did not call it late.
     *
     * @param cause {@link Cause#IDLE} or {@link Cause#NEW_PARTITION}
     * @param detail what the archive shows
     */
    public record TurnedAway(Cause cause, String detail) {}

    /**
     * Judges a trade by the log's own times.
     *
     * <p>A partition that is new was not read before it was found: until then the others may have gone on, though the log
     * has their trades behind this one.
     *
     * @param purgedFromNanos event time that another partition must have reached for the trade's window to be gone
     * @param idleTimeoutNanos how long a partition may be silent before time goes on without it
     * @param discoveryNanos how long it may take until a new partition is found
     * @return null where nothing shows that its partition was left behind
     */
    public @Nullable TurnedAway judge(
            ArchivedTrade copy, long purgedFromNanos, long idleTimeoutNanos, long discoveryNanos) {
        History own = partitions.get(copy.partition());
        long ingest = copy.trade().ingestTimeNanos;
        if (own == null || ingest == Trade.TIME_ABSENT) {
            return null;
        }
        Map.Entry<Long, Activity> resumed =
                own.activityBySecond.floorEntry(Math.floorDiv(ingest, Interval.SECOND_NANOS));
        if (resumed == null) {
            return null;
        }
        Map.Entry<Long, Activity> before = own.activityBySecond.lowerEntry(resumed.getKey());
        // The job's clock saw the pause, not the log's: they may be a little apart.
        long pauseNanos = idleTimeoutNanos - Math.min(Interval.SECOND_NANOS, idleTimeoutNanos / 2);
        while (before != null && resumed.getValue().firstNanos - before.getValue().lastNanos < pauseNanos) {
            resumed = before;
            before = own.activityBySecond.lowerEntry(resumed.getKey());
        }
        long resumedNanos = resumed.getValue().firstNanos;
        long read = before == null ? Math.max(ingest, resumedNanos + discoveryNanos) : ingest;
        long readSecond = Math.floorDiv(read, Interval.SECOND_NANOS);
        String ahead = null;
        boolean othersBefore = false;
        for (Map.Entry<String, History> other : partitions.entrySet()) {
            TreeMap<Long, Activity> theirs = other.getValue().activityBySecond;
            if (other.getValue() == own || theirs.isEmpty()) {
                continue;
            }
            prepare(other.getValue());
            othersBefore |= theirs.firstEntry().getValue().firstNanos < resumedNanos;
            Map.Entry<Long, Activity> reached = theirs.floorEntry(readSecond);
            if (reached != null && reached.getValue().eventMaxNanos >= purgedFromNanos) {
                ahead = other.getKey();
            }
        }
        if (ahead == null) {
            return null;
        }
        if (before != null) {
            return new TurnedAway(
                    Cause.IDLE,
                    "partition " + copy.partition() + " was silent for "
                            + (resumedNanos - before.getValue().lastNanos) / NANOS_PER_MILLISECOND
                            + " ms of log time before it went on at second " + resumed.getKey() + ", and partition "
                            + ahead + " had passed the window by then");
        }
        return othersBefore
                ? new TurnedAway(
                        Cause.NEW_PARTITION,
                        "partition " + copy.partition() + " has its first trade at second " + resumed.getKey()
                                + " of log time, and before it was read partition " + ahead
                                + " had passed the window")
                : null;
    }

    /** From per second to so far. */
    private static void prepare(History history) {
        if (history.prepared) {
            return;
        }
        long max = Long.MIN_VALUE;
        for (Activity activity : history.activityBySecond.values()) {
            max = Math.max(max, activity.eventMaxNanos);
            activity.eventMaxNanos = max;
        }
        history.prepared = true;
    }
}

package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.TradeValidator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Rows of many files in the order of event time; of equal times by file and row.
 *
 * <p>The unit is the row group: one is opened when its least time, by the footer, is the earliest of all; it is sorted in
 * memory where it is not in order; and the open ones are merged. So memory is that of the row groups whose times overlap.
 * Rows without an event time come when their row group is opened.
 *
 * <p>The order is checked row by row: a footer that lies about its times fails the run.
 */
final class SortedFeed implements RowFeed {
    private static final int BATCH_ROWS = 4096;

    private final TradeValidator validator;
    private final TimeRange range;
    private final boolean once;
    private final Decoded decoded = new Decoded();
    private final PriorityQueue<Group> waiting = new PriorityQueue<>();
    private @Nullable Group current;
    private long reached = Trade.TIME_ABSENT;

    /** Rows of the time that is being read, by archived read position: the file that has them first. */
    private final Map<ReadPosition, Integer> seen = new HashMap<>();

    private long seenNanos = Trade.TIME_ABSENT;
    private @Nullable ReadPosition first;
    private int firstFile;

    private record ReadPosition(@Nullable String source, long partition, long offset) {}

    SortedFeed(List<InputFile> files, TradeValidator validator, TimeRange range, boolean once) {
        this.validator = validator;
        this.range = range;
        this.once = once;
        for (InputFile file : files) {
            // Footers are read now and let go: a file with nothing open holds nothing but its row groups' figures.
            try (ParquetInput input = FileByFileFeed.open(file)) {
                List<RowGroup> groups = input.rowGroups();
                OpenFile shared = new OpenFile(file);
                for (int i = 0; i < groups.size(); i++) {
                    RowGroup group = groups.get(i);
                    if (group.rows() > 0 && TradeFileReader.mayHold(group, range)) {
                        Long min = group.min("event_time_ns");
                        boolean known = min != null && group.nulls("event_time_ns") == 0;
                        waiting.add(new Group(shared, group, known && min != null ? min : Trade.TIME_ABSENT));
                    }
                }
            }
        }
    }

    /** A file while any of its row groups is open. */
    private static final class OpenFile {
        private final InputFile file;
        private @Nullable ParquetInput input;
        private int users;

        OpenFile(InputFile file) {
            this.file = file;
        }

        ParquetInput acquire() {
            ParquetInput open = input;
            if (open == null) {
                open = FileByFileFeed.open(file);
                input = open;
            }
            users++;
            return open;
        }

        void release() {
            ParquetInput open = input;
            if (--users == 0 && open != null) {
                open.close();
                input = null;
            }
        }
    }

    /** A row group, open or waiting for its time. */
    private final class Group implements Comparable<Group> {
        private final OpenFile file;
        private final RowGroup group;
        private long key;
        private @Nullable TradeRows rows;
        private int[] order = new int[0];
        private boolean whole;
        private int at;
        private int loaded;

        Group(OpenFile file, RowGroup group, long key) {
            this.file = file;
            this.group = group;
            this.key = key;
        }

        boolean isOpen() {
            return rows != null;
        }

        /** Opens the row group at its first row in the range; false where it has none. */
        boolean open() {
            ParquetInput input = file.acquire();
            boolean opened = false;
            try {
                TradeRows made = new TradeRows(input, group, file.file.ordinal(), validator, once);
                if (made.isInOrder(input)) {
                    rows = made;
                } else {
                    long[] times = made.loadTimes();
                    made.loadRest();
                    order = TimeSort.order(times, group.rows());
                    rows = made;
                    whole = true;
                    loaded = group.rows();
                }
                at = -1;
                opened = advance();
                return opened;
            } finally {
                if (!opened) {
                    rows = null;
                    file.release();
                }
            }
        }

        /** Goes to the next row in the range; false at the end. */
        boolean advance() {
            TradeRows open = rows();
            while (true) {
                if (++at >= loaded) {
                    if (whole) {
                        return false;
                    }
                    loaded = open.load(BATCH_ROWS);
                    at = 0;
                    if (loaded == 0) {
                        return false;
                    }
                }
                long time = open.timeNanos(row());
                if (range.isAll() || time != Trade.TIME_ABSENT && range.contains(time)) {
                    key = time;
                    return true;
                }
            }
        }

        int row() {
            return whole ? order[at] : at;
        }

        TradeRows rows() {
            TradeRows open = rows;
            if (open == null) {
                throw new IllegalStateException("row group must be open, was not (" + file.file + ")");
            }
            return open;
        }

        void close() {
            rows = null;
            order = new int[0];
            file.release();
        }

        @Override
        public int compareTo(Group other) {
            if (key != other.key) {
                return key < other.key ? -1 : 1;
            }
            // One that is not open may hold an earlier row of the same time.
            int byFile = Integer.compare(file.file.ordinal(), other.file.file.ordinal());
            if (byFile != 0) {
                return byFile;
            }
            return Long.compare(group.firstRow(), other.group.firstRow());
        }
    }

    @Override
    public @Nullable Decoded next() {
        while (true) {
            Group group = advance();
            if (group == null) {
                return null;
            }
            long time = group.key;
            if (time < reached) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH,
                        "event times of a row group must lie in the range of its footer, was " + time + " after "
                                + reached + " (" + group.file.file.relativePath() + ", row "
                                + group.rows().ordinal(group.row()) + ")");
            }
            if (time != Trade.TIME_ABSENT) {
                reached = time;
            }
            if (once && isSecond(group, time)) {
                continue;
            }
            group.rows().decode(group.row(), decoded);
            return decoded;
        }
    }

    /** The row group whose next row is the earliest, advanced behind the row given last. */
    private @Nullable Group advance() {
        Group group = current;
        if (group != null) {
            if (!group.advance()) {
                group.close();
                group = null;
            } else {
                Group other = waiting.peek();
                if (other != null && other.compareTo(group) < 0) {
                    waiting.add(group);
                    group = null;
                }
            }
        }
        while (group == null) {
            group = waiting.poll();
            if (group == null) {
                break;
            }
            if (!group.isOpen()) {
                if (!group.open()) {
                    group = null;
                    continue;
                }
                Group other = waiting.peek();
                if (other != null && other.compareTo(group) < 0) {
                    waiting.add(group);
                    group = null;
                }
            }
        }
        current = group;
        return group;
    }

    /**
     * Whether another file had the row: a streaming job that was restored may have written a message's trades twice, into
     * another file. Rows of one file with the same read position are trades of one message.
     */
    private boolean isSecond(Group group, long time) {
        TradeRows rows = group.rows();
        if (!rows.hasIdentity()) {
            return false;
        }
        int row = group.row();
        int file = group.file.file.ordinal();
        ReadPosition position = new ReadPosition(rows.readSource(row), rows.readPartition(row), rows.readOffset(row));
        if (time != seenNanos || first == null) {
            seenNanos = time;
            seen.clear();
            first = position;
            firstFile = file;
            return false;
        }
        if (seen.isEmpty()) {
            seen.put(first, firstFile);
        }
        Integer holder = seen.putIfAbsent(position, file);
        return holder != null && holder != file;
    }

    @Override
    public void close() {
        Group group = current;
        if (group != null) {
            group.close();
        }
        for (Group open : new ArrayList<>(waiting)) {
            if (open.isOpen()) {
                open.close();
            }
        }
    }
}

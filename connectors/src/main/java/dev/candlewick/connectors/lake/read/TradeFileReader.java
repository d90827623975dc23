package dev.candlewick.connectors.lake.read;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.TradeValidator;
import java.io.Closeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The trades of one Parquet file in file order, one row at a time into a carrier that is filled again; one thread.
 *
 * <p>Rows outside the time range are passed over, their row groups unread where the footer tells their times. A row
 * without an event time belongs to no range but {@link TimeRange#ALL}.
 */
public final class TradeFileReader implements Closeable {
    private static final int BATCH_ROWS = 4096;

    private final ParquetInput file;
    private final int fileOrdinal;
    private final TradeValidator validator;
    private final TimeRange range;
    private final boolean withIdentity;
    private final List<RowGroup> groups;
    private final Decoded decoded = new Decoded();

    private int nextGroup;
    private @Nullable TradeRows rows;
    private int loaded;
    private int next;
    private int current;

    /**
     * Reads a file.
     *
     * @param file closed with this reader
     * @param fileOrdinal the read source of its rows, and the place's partition where none is carried
     * @param rules the feed's rules: a row that breaks one is a rejected message
     * @param withIdentity whether the archived read position is read too
     */
    public TradeFileReader(ParquetInput file, int fileOrdinal, FeedRules rules, TimeRange range, boolean withIdentity) {
        this(file, fileOrdinal, new TradeValidator(rules), range, withIdentity);
    }

    TradeFileReader(
            ParquetInput file, int fileOrdinal, TradeValidator validator, TimeRange range, boolean withIdentity) {
        this.file = file;
        this.fileOrdinal = fileOrdinal;
        this.validator = validator;
        this.range = range;
        this.withIdentity = withIdentity;
        this.groups = file.rowGroups();
    }

    /** The next row, valid until the next call; null at the end. */
    public @Nullable Decoded next() {
        while (true) {
            TradeRows open = rows;
            if (open == null) {
                if (nextGroup == groups.size()) {
                    return null;
                }
                RowGroup group = groups.get(nextGroup++);
                if (!mayHold(group, range)) {
                    continue;
                }
                open = new TradeRows(file, group, fileOrdinal, validator, withIdentity);
                rows = open;
                loaded = 0;
                next = 0;
            }
            if (next == loaded) {
                loaded = open.load(BATCH_ROWS);
                next = 0;
                if (loaded == 0) {
                    rows = null;
                    continue;
                }
            }
            current = next++;
            if (range.isAll()
                    || open.timeNanos(current) != Trade.TIME_ABSENT && range.contains(open.timeNanos(current))) {
                open.decode(current, decoded);
                return decoded;
            }
        }
    }

    /** Whether a row group can hold a row of the range. */
    static boolean mayHold(RowGroup group, TimeRange range) {
        if (range.isAll()) {
            return true;
        }
        Long min = group.min("event_time_ns");
        Long max = group.max("event_time_ns");
        return min == null || max == null || range.overlaps(min, max);
    }

    /** The archived name of the source that the current row was read from; null where it is not known. */
    public @Nullable String archivedSource() {
        return rows == null ? null : rows.readSource(current);
    }

    /** The archived partition that the current row was read from. */
    public long archivedPartition() {
        return rows == null ? 0 : rows.readPartition(current);
    }

    /** The archived offset that the current row was read from. */
    public long archivedOffset() {
        return rows == null ? 0 : rows.readOffset(current);
    }

    @Override
    public void close() {
        file.close();
    }
}

package dev.candlewick.connectors.lake.read;

import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.validate.FeedRules;
import java.io.Closeable;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one file of a lake table of results in file order; one thread.
 *
 * <p>A lake stores decimals at the scales of its version; a row is given at the scales of its symbol, as it was when it
 * was published. Every value must be exact there: other rules than those of the run that wrote the lake are a mismatch.
 *
 * @param <T> the row
 */
abstract class ResultFileReader<T> implements Closeable {
    private static final int BATCH_ROWS = 4096;

    private final ParquetInput file;
    private final FeedRules rules;
    private final TimeRange range;
    private final String timeColumn;
    private final List<RowGroup> groups;
    private int nextGroup;
    private int left;
    private int loaded;
    private int next;
    private boolean open;

    /** Row of the last one given, in the loaded batch. */
    int current;

    @SuppressWarnings("NullAway.Init") // Opened with the first row group.
    private TextCursor symbolCursor;

    @SuppressWarnings("NullAway.Init")
    private TextCursor reasonCursor;

    @SuppressWarnings("NullAway.Init")
    private TextCursor runCursor;

    @SuppressWarnings("NullAway.Init")
    private TextCursor profileCursor;

    @SuppressWarnings("NullAway.Init")
    private LongCursor revisionCursor;

    @SuppressWarnings("NullAway.Init")
    private LongCursor timeCursor;

    private @Nullable LongCursor knownAtCursor;
    private @Nullable LongCursor generationCursor;

    private @Nullable String scaleSymbol;
    private int scaleOfPrice;
    private int scaleOfSize;

    ResultFileReader(ParquetInput file, FeedRules rules, TimeRange range, String timeColumn) {
        this.file = file;
        this.rules = rules;
        this.range = range;
        this.timeColumn = timeColumn;
        this.groups = file.rowGroups();
    }

    /** Opens the columns of a row group, but those that all tables have. */
    abstract void open(Columns columns, RowGroup group);

    /** Decodes the next rows of them. */
    abstract void load(int count);

    /** Makes a row. */
    abstract T row(int row);

    /** The next row of the range; null at the end. */
    public final @Nullable T next() {
        while (true) {
            if (next == loaded) {
                if (left == 0) {
                    if (!openNext()) {
                        return null;
                    }
                    continue;
                }
                loaded = Math.min(BATCH_ROWS, left);
                left -= loaded;
                next = 0;
                loadAll();
            }
            current = next++;
            if (range.contains(timeCursor.values[current])) {
                return row(current);
            }
        }
    }

    private boolean openNext() {
        while (nextGroup < groups.size()) {
            RowGroup group = groups.get(nextGroup++);
            Long min = group.min(timeColumn);
            Long max = group.max(timeColumn);
            if (group.rows() == 0 || min != null && max != null && !range.overlaps(min, max)) {
                continue;
            }
            Columns columns = new Columns(file);
            timeCursor = columns.longs(timeColumn, group);
            symbolCursor = columns.texts("symbol", group);
            reasonCursor = columns.texts("reason", group);
            revisionCursor = columns.longs("revision", group);
            profileCursor = columns.texts("profile", group);
            runCursor = columns.texts("run", group);
            knownAtCursor = columns.optionalLongs("known_at_ns", group);
            generationCursor = columns.optionalLongs("generation", group);
            open(columns, group);
            left = group.rows();
            open = true;
            return true;
        }
        open = false;
        return false;
    }

    private void loadAll() {
        load(timeCursor);
        load(symbolCursor);
        load(reasonCursor);
        load(revisionCursor);
        load(profileCursor);
        load(runCursor);
        load(knownAtCursor);
        load(generationCursor);
        load(loaded);
    }

    /** Decodes a column's part of the batch. */
    final void load(@Nullable ColumnCursor cursor) {
        if (cursor != null) {
            cursor.restart();
            cursor.read(loaded);
        }
    }

    /** When the last row given became known, {@link Trade#TIME_ABSENT} where nobody noted it. */
    public final long knownAtNanos() {
        LongCursor known = knownAtCursor;
        return !open || known == null || known.isNull(current) ? Trade.TIME_ABSENT : known.values[current];
    }

    /** The run that wrote the last row given. */
    public final String run() {
        return text(runCursor, current);
    }

    /** The feed profile of the last row given. */
    public final String profile() {
        return text(profileCursor, current);
    }

    /** The generation that brought the last row given; 0 where the file does not say and its manifest does. */
    public final long generation() {
        LongCursor generation = generationCursor;
        return generation == null || generation.isNull(current) ? 0 : generation.values[current];
    }

    final long timeNanos(int row) {
        return timeCursor.values[row];
    }

    final String symbol(int row) {
        return text(symbolCursor, row);
    }

    final int revision(int row) {
        return Math.toIntExact(revisionCursor.values[row]);
    }

    final RevisionReason reason(int row) {
        String name = text(reasonCursor, row);
        try {
            return RevisionReason.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw file.broken("with an unknown reason of a revision", e);
        }
    }

    final String text(TextCursor cursor, int row) {
        String text = cursor.stringOf(row);
        if (text == null) {
            throw file.broken("without a value where every row must have one, in column " + cursor.pages.column());
        }
        return text;
    }

    final long optional(LongCursor cursor, int row) {
        return cursor.isNull(row) ? Trade.TIME_ABSENT : cursor.values[row];
    }

    private void scales(String symbol) {
        if (!symbol.equals(scaleSymbol)) {
            scaleSymbol = symbol;
            scaleOfPrice = rules.priceScales().scaleOf(symbol);
            scaleOfSize = rules.sizeScales().scaleOf(symbol);
        }
    }

    final int priceScale(String symbol) {
        scales(symbol);
        return scaleOfPrice;
    }

    final int sizeScale(String symbol) {
        scales(symbol);
        return scaleOfSize;
    }

    /** A value at a scale at most as fine as the column's. */
    final Int128 decimal(DecimalCursor cursor, int fromScale, int toScale, int row) {
        if (cursor.isNull(row)) {
            throw file.broken("without a value where every row must have one, in column " + cursor.pages.column());
        }
        long low = cursor.low[row];
        long high = cursor.high(row);
        int shift = fromScale - toScale;
        if (high == low >> 63 && shift >= 0 && shift <= 18) {
            long divisor = dev.candlewick.core.number.Decimals.powerOfTen(shift);
            long quotient = low / divisor;
            if (quotient * divisor == low) {
                return Int128.of(quotient);
            }
        }
        BigInteger value = new Int128(high, low).toBigInteger();
        if (shift <= 0) {
            return Int128.of(value.multiply(BigInteger.TEN.pow(-shift)));
        }
        BigInteger[] parts = value.divideAndRemainder(BigInteger.TEN.pow(shift));
        if (parts[1].signum() != 0) {
            throw inexact(cursor, row, toScale);
        }
        return Int128.of(parts[0]);
    }

    /** A price, which has 64 bits at its scale. */
    final long price(DecimalCursor cursor, int fromScale, int toScale, int row) {
        Int128 value = decimal(cursor, fromScale, toScale, row);
        if (!value.isLong()) {
            throw inexact(cursor, row, toScale);
        }
        return value.low();
    }

    private RuntimeException inexact(DecimalCursor cursor, int row, int scale) {
        return new dev.candlewick.connectors.lake.LakeException(
                dev.candlewick.connectors.lake.LakeException.Kind.MISMATCH,
                cursor.pages.column() + " must be a number of " + scale + " decimals, was not (symbol=" + symbol(row)
                        + ", " + timeColumn + "=" + timeNanos(row) + ", " + file.name()
                        + "); give the feed and the price.scale and size.scale that the lake was written with");
    }

    @Override
    public final void close() {
        file.close();
    }
}

package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.parse.Utf8;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.RawTrade;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * The trades of one row group: columns decoded side by side, rows made from them into a carrier; one thread.
 *
 * <p>A row that is plainly a valid trade of a known instrument is made directly. Every other one goes through
 * {@link TradeValidator}, so that a row is judged like a message of any other format. Times far ahead of those before
 * ({@code TIME_JUMP}) are no reason here: a table has no order of arrival.
 */
final class TradeRows {
    private static final int CACHE_MAX = 1 << 18;

    private final TradeValidator validator;
    private final int fileOrdinal;
    private final RowGroup group;
    private final boolean zeroSizeAllowed;
    private final long eventTimeMinNanos;
    private final long eventTimeMaxNanos;
    private final long futureToleranceNanos;

    private final List<ColumnCursor> cursors = new ArrayList<>();
    private final LongCursor eventTime;
    private final @Nullable LongCursor receiveTime;
    private final TextCursor venue;
    private final TextCursor symbol;
    private final @Nullable TextCursor idText;
    private final @Nullable LongCursor idNumber;
    private final @Nullable LongCursor sequence;
    private final @Nullable DecimalCursor price;
    private final @Nullable TextCursor priceText;
    private final int priceScale;
    private final @Nullable DecimalCursor size;
    private final @Nullable TextCursor sizeText;
    private final int sizeScale;
    private final @Nullable TextCursor side;
    private final @Nullable TextCursor conditions;
    private final @Nullable TextCursor flags;
    private final @Nullable LongCursor placePartition;
    private final @Nullable LongCursor placePosition;
    private final @Nullable LongCursor ingestTime;
    private final @Nullable LongCursor late;
    private final @Nullable LongCursor disorder;
    private final @Nullable TextCursor readSource;
    private final @Nullable LongCursor readPartition;
    private final @Nullable LongCursor readOffset;

    private final ReadContext context = new ReadContext();
    private final RawTrade raw = new RawTrade();
    private final ByteWriter texts = new ByteWriter(256);
    private final ByteWriter message = new ByteWriter(256);

    /** Whether this run does not take a symbol; by the dictionary's entry. */
    private boolean[] filtered = new boolean[0];
    /** Instruments by the dictionary's entries of venue and symbol; of two that share a slot the later one stands. */
    private @Nullable Instrument[] instruments = new @Nullable Instrument[0];

    private long[] instrumentKeys = new long[0];

    private int decoded;
    private int loaded;
    private long batchFirstRow;
    private boolean withMessage;

    /**
     * Opens the row group's columns.
     *
     * @param withIdentity whether the archived read position is read
     */
    TradeRows(ParquetInput file, RowGroup group, int fileOrdinal, TradeValidator validator, boolean withIdentity) {
        this.validator = validator;
        this.fileOrdinal = fileOrdinal;
        this.group = group;
        FeedRules rules = validator.rules();
        zeroSizeAllowed = rules.zeroSizeAllowed();
        eventTimeMinNanos = rules.eventTimeMinNanos();
        eventTimeMaxNanos = rules.eventTimeMaxNanos();
        futureToleranceNanos = rules.futureToleranceNanos();
        Columns columns = new Columns(file);
        eventTime = columns.longs("event_time_ns", group);
        receiveTime = columns.optionalLongs("recv_time_ns", group);
        venue = columns.texts("venue", group);
        symbol = columns.texts("symbol", group);
        PrimitiveType id = columns.find("trade_id");
        boolean idIsNumber = id != null
                && (id.getPrimitiveTypeName() == PrimitiveTypeName.INT64
                        || id.getPrimitiveTypeName() == PrimitiveTypeName.INT32);
        idNumber = id != null && idIsNumber ? columns.longs("trade_id", group) : null;
        idText = id != null && !idIsNumber ? columns.texts("trade_id", group) : null;
        sequence = columns.optionalLongs("sequence", group);
        boolean priceIsText = isText(columns, "price");
        priceText = priceIsText ? columns.texts("price", group) : null;
        price = priceIsText ? null : columns.decimals("price", group);
        priceScale = priceIsText ? 0 : columns.scale("price");
        boolean sizeIsText = isText(columns, "size");
        sizeText = sizeIsText ? columns.texts("size", group) : null;
        size = sizeIsText ? null : columns.decimals("size", group);
        sizeScale = sizeIsText ? 0 : columns.scale("size");
        side = columns.optionalTexts("side", group);
        conditions = columns.optionalTexts("conditions", group);
        flags = columns.optionalTexts("flags", group);
        placePartition = columns.optionalLongs("source_partition", group);
        placePosition = columns.optionalLongs(columns.has("source_position") ? "source_position" : "row", group);
        ingestTime = columns.optionalLongs("ingest_time_ns", group);
        late = columns.has("late") ? columns.booleans("late", group) : null;
        disorder = columns.optionalLongs("disorder_ns", group);
        boolean identity = withIdentity && hasIdentity(columns);
        readSource = identity ? columns.texts("read_source", group) : null;
        readPartition = identity ? columns.longs("read_partition", group) : null;
        readOffset = identity ? columns.longs("read_offset", group) : null;
        @Nullable
        ColumnCursor[] all = {
            venue,
            symbol,
            receiveTime,
            idNumber,
            idText,
            sequence,
            priceText,
            price,
            sizeText,
            size,
            side,
            conditions,
            flags,
            placePartition,
            placePosition,
            ingestTime,
            late,
            disorder,
            readSource,
            readPartition,
            readOffset
        };
        for (ColumnCursor cursor : all) {
            if (cursor != null) {
                cursors.add(cursor);
            }
        }
    }

    private static boolean isText(Columns columns, String name) {
        PrimitiveType type = columns.find(name);
        return type != null && Columns.isText(type);
    }

    static boolean hasIdentity(Columns columns) {
        return columns.has("read_source") && columns.has("read_partition") && columns.has("read_offset");
    }

    /** Checks that a file has the columns of trades, of types that can be read. */
    static void check(ParquetInput file) {
        Columns columns = new Columns(file);
        columns.checkLongs("event_time_ns", true);
        columns.checkTexts("venue", true);
        columns.checkTexts("symbol", true);
        for (String name : new String[] {"price", "size"}) {
            if (!isText(columns, name)) {
                columns.scale(name);
            }
        }
        for (String name : new String[] {"side", "conditions", "flags", "read_source"}) {
            columns.checkTexts(name, false);
        }
        PrimitiveType id = columns.find("trade_id");
        if (id != null && !Columns.isText(id)) {
            columns.checkLongs("trade_id", false);
        }
        for (String name : new String[] {
            "recv_time_ns",
            "sequence",
            "source_partition",
            "source_position",
            "row",
            "ingest_time_ns",
            "disorder_ns",
            "read_partition",
            "read_offset"
        }) {
            columns.checkLongs(name, false);
        }
        columns.checkBooleans("late");
    }

    /** Rows of the group. */
    int rows() {
        return group.rows();
    }

    /** Whether the event times of the whole row group are there and never fall; decodes that column once more. */
    boolean isInOrder(ParquetInput file) {
        LongCursor times = new Columns(file).longs("event_time_ns", group);
        long last = Long.MIN_VALUE;
        for (int done = 0; done < group.rows(); ) {
            int count = Math.min(4096, group.rows() - done);
            times.read(count);
            for (int i = 0; i < count; i++) {
                if (times.isNull(i) || times.values[i] < last) {
                    return false;
                }
                last = times.values[i];
            }
            done += count;
        }
        return true;
    }

    /**
     * Decodes the times of all rows; to be called first where {@link #loadRest} is used.
     *
     * @return the event times by row; where one is null, {@link Trade#TIME_ABSENT} stands
     */
    long[] loadTimes() {
        int rows = group.rows();
        eventTime.read(rows);
        for (int i = 0; i < rows; i++) {
            if (eventTime.isNull(i)) {
                eventTime.values[i] = Trade.TIME_ABSENT;
            }
        }
        return eventTime.values;
    }

    /** Decodes the other columns of all rows. */
    void loadRest() {
        for (ColumnCursor cursor : cursors) {
            cursor.read(group.rows());
        }
        batchFirstRow = group.firstRow();
        loaded = group.rows();
        decoded = loaded;
    }

    /** Decodes the next rows, at most so many, and forgets those before; 0 at the end. */
    int load(int most) {
        int count = Math.min(most, group.rows() - decoded);
        batchFirstRow = group.firstRow() + decoded;
        if (count > 0) {
            eventTime.read(count);
            for (ColumnCursor cursor : cursors) {
                cursor.restart();
                cursor.read(count);
            }
        }
        decoded += count;
        loaded = count;
        return count;
    }

    /** Event time of a loaded row, {@link Trade#TIME_ABSENT} where it is null. */
    long timeNanos(int row) {
        return eventTime.isNull(row) ? Trade.TIME_ABSENT : eventTime.values[row];
    }

    /** Ordinal in the file of a loaded row. */
    long ordinal(int row) {
        return batchFirstRow + row;
    }

    /** Whether the archived read position is known. */
    boolean hasIdentity() {
        return readSource != null;
    }

    /** The archived name of the source that a loaded row was read from; null where there is none. */
    @Nullable
    String readSource(int row) {
        return readSource == null ? null : readSource.stringOf(row);
    }

    /** The archived partition that a loaded row was read from. */
    long readPartition(int row) {
        return readPartition == null ? 0 : readPartition.values[row];
    }

    /** The archived offset that a loaded row was read from. */
    long readOffset(int row) {
        return readOffset == null ? 0 : readOffset.values[row];
    }

    /** Makes a loaded row a trade, a rejected message or a filtered one. */
    void decode(int row, Decoded out) {
        if (!decodePlain(row, out)) {
            withMessage = false;
            decodeChecked(row, out);
            if (out.kind() == Decoded.Kind.REJECTED) {
                // Only now is the row needed as text.
                withMessage = true;
                decodeChecked(row, out);
            }
        }
        if (out.isTrade()) {
            Trade trade = out.trade();
            trade.late = late != null && !late.isNull(row) && late.values[row] != 0;
            trade.disorderNanos = disorder == null ? 0 : Math.max(0, disorder.values[row]);
        }
    }

    /** Makes the trade where nothing about it can be in doubt; false where the validator must decide. */
    private boolean decodePlain(int row, Decoded out) {
        int symbolEntry = symbol.refs[row];
        int venueEntry = venue.refs[row];
        if (symbolEntry < 0 || venueEntry < 0) {
            return false;
        }
        if (symbolEntry < filtered.length && filtered[symbolEntry]) {
            out.setFiltered(fileOrdinal, 0, ordinal(row));
            return true;
        }
        Instrument instrument = cached(symbolEntry, venueEntry);
        if (instrument == null) {
            return false;
        }
        long time = eventTime.values[row];
        if (eventTime.isNull(row) || time < eventTimeMinNanos || time > eventTimeMaxNanos) {
            return false;
        }
        long received = receiveTime == null || receiveTime.isNull(row) ? Trade.TIME_ABSENT : receiveTime.values[row];
        long ingested = ingestTime == null || ingestTime.isNull(row) ? Trade.TIME_ABSENT : ingestTime.values[row];
        long clock = received != Trade.TIME_ABSENT ? received : ingested;
        if (clock != Trade.TIME_ABSENT && time - futureToleranceNanos > clock) {
            return false;
        }
        DecimalCursor prices = price;
        DecimalCursor sizes = size;
        if (prices == null || sizes == null || prices.isNull(row) || sizes.isNull(row)) {
            return false;
        }
        Trade trade = out.trade();
        if (!rescale(prices, row, priceScale, instrument.priceScale()) || result <= 0) {
            return false;
        }
        trade.priceScaled = result;
        if (!rescale(sizes, row, sizeScale, instrument.sizeScale()) || result < 0 || result == 0 && !zeroSizeAllowed) {
            return false;
        }
        trade.sizeScaled = result;
        trade.placePartition = placePartition == null ? fileOrdinal : (int) placePartition.values[row];
        if (placePosition == null) {
            trade.placePosition = ordinal(row);
        } else if (placePosition.isNull(row) || placePosition.values[row] < 0) {
            return false;
        } else {
            trade.placePosition = placePosition.values[row];
        }
        if (placePartition != null
                && (placePartition.isNull(row) || trade.placePartition != placePartition.values[row])) {
            return false;
        }
        if (idText != null) {
            int entry = idText.refs[row];
            if (entry == TextCursor.NULL) {
                trade.clearId();
            } else {
                int length = idText.length(entry);
                if (length > TradeValidator.TEXT_BYTES_MAX) {
                    return false;
                }
                trade.setId(idText.arena, idText.from(entry), length);
                if (trade.idKind == Trade.ID_TEXT && !Utf8.isValid(idText.arena, idText.from(entry), length)) {
                    return false;
                }
            }
        } else if (idNumber != null && !idNumber.isNull(row)) {
            if (idNumber.values[row] < 0) {
                return false;
            }
            trade.setId(Long.toString(idNumber.values[row]));
        } else {
            trade.clearId();
        }
        if (!isPlain(side, row) || !isPlain(conditions, row) || !isPlain(flags, row)) {
            return false;
        }
        trade.side = text(side, row);
        trade.conditions = text(conditions, row);
        trade.flags = text(flags, row);
        trade.hasSequence = sequence != null && !sequence.isNull(row);
        trade.sequence = trade.hasSequence && sequence != null ? sequence.values[row] : 0;
        trade.instrument = instrument;
        trade.eventTimeNanos = time;
        trade.receiveTimeNanos = received;
        trade.ingestTimeNanos = ingested;
        trade.readSource = fileOrdinal;
        trade.readPartition = 0;
        trade.readOffset = ordinal(row);
        trade.newPartition = false;
        out.setTrade();
        return true;
    }

    /** Whether a text is absent or of the dictionary, whose entries were seen to be valid. */
    private static boolean isPlain(@Nullable TextCursor texts, int row) {
        if (texts == null) {
            return true;
        }
        int entry = texts.refs[row];
        return entry == TextCursor.NULL
                || texts.length(entry) <= TradeValidator.TEXT_BYTES_MAX
                        && Utf8.isValid(texts.arena, texts.from(entry), texts.length(entry));
    }

    private static @Nullable String text(@Nullable TextCursor texts, int row) {
        if (texts == null) {
            return null;
        }
        int entry = texts.refs[row];
        return entry == TextCursor.NULL || texts.length(entry) == 0 ? null : texts.string(entry);
    }

    private long result;

    /** Takes a value to another scale; false where it does not fit or is not exact. */
    private boolean rescale(DecimalCursor cursor, int row, int fromScale, int toScale) {
        long value = cursor.low[row];
        if (cursor.wide && cursor.high[row] != value >> 63) {
            return rescaleWide(cursor, row, fromScale, toScale);
        }
        int shift = fromScale - toScale;
        if (shift == 0) {
            result = value;
            return true;
        }
        if (shift < -18 || shift > 18) {
            return false;
        }
        if (shift > 0) {
            long divisor = Decimals.powerOfTen(shift);
            long quotient = value / divisor;
            result = quotient;
            return quotient * divisor == value;
        }
        long factor = Decimals.powerOfTen(-shift);
        result = value * factor;
        return Math.multiplyHigh(value, factor) == result >> 63;
    }

    private boolean rescaleWide(DecimalCursor cursor, int row, int fromScale, int toScale) {
        if (fromScale <= toScale) {
            return false;
        }
        BigInteger[] parts = new Int128(cursor.high[row], cursor.low[row])
                .toBigInteger()
                .divideAndRemainder(BigInteger.TEN.pow(fromScale - toScale));
        if (parts[1].signum() != 0 || parts[0].bitLength() > 63) {
            return false;
        }
        result = parts[0].longValue();
        return true;
    }

    /** Lets the validator decide, as about a message of any other format. */
    private void decodeChecked(int row, Decoded out) {
        context.readFromFile(fileOrdinal, ordinal(row), Trade.TIME_ABSENT);
        if (ingestTime != null && !ingestTime.isNull(row)) {
            context.ingestTimeNanos = ingestTime.values[row];
        }
        texts.clear();
        message.clear();
        raw.reset(texts.buffer());
        message.put('{');
        String invalid = null;
        number(TradeField.EVENT_TIME_NS, eventTime, row);
        number(TradeField.RECV_TIME_NS, receiveTime, row);
        invalid = first(invalid, text(TradeField.VENUE, venue, row));
        invalid = first(invalid, text(TradeField.SYMBOL, symbol, row));
        invalid = first(invalid, text(TradeField.TRADE_ID, idText, row));
        if (idNumber != null && !idNumber.isNull(row)) {
            digits(TradeField.TRADE_ID, Long.toString(idNumber.values[row]));
        }
        invalid = first(invalid, text(TradeField.PRICE, priceText, row));
        decimal(TradeField.PRICE, price, priceScale, row);
        invalid = first(invalid, text(TradeField.SIZE, sizeText, row));
        decimal(TradeField.SIZE, size, sizeScale, row);
        invalid = first(invalid, text(TradeField.SIDE, side, row));
        invalid = first(invalid, text(TradeField.CONDITIONS, conditions, row));
        invalid = first(invalid, text(TradeField.FLAGS, flags, row));
        number(TradeField.SEQUENCE, sequence, row);
        number(TradeField.ROW, placePosition, row);
        if (placePartition != null && !placePartition.isNull(row)) {
            raw.setPlacePartition((int) placePartition.values[row]);
        }
        message.put('}');
        // The buffer may have grown while texts were added; slices are positions in it.
        raw.rebase(texts.buffer(), 0);
        if (invalid != null) {
            validator.rejectUnparsable(
                    invalid + " must be UTF-8, was not", message.buffer(), 0, message.length(), context, out);
            return;
        }
        validator.validate(raw, message.buffer(), 0, message.length(), context, out);
        remember(row, out);
    }

    private static @Nullable String first(@Nullable String known, @Nullable String found) {
        return known != null ? known : found;
    }

    private static long key(int symbolEntry, int venueEntry) {
        return (long) symbolEntry << 32 | venueEntry;
    }

    private int slot(int symbolEntry, int venueEntry) {
        return symbolEntry * venue.dictionaryEntries() + venueEntry & instruments.length - 1;
    }

    private @Nullable Instrument cached(int symbolEntry, int venueEntry) {
        if (instruments.length == 0
                || symbolEntry >= symbol.dictionaryEntries()
                || venueEntry >= venue.dictionaryEntries()) {
            return null;
        }
        int slot = slot(symbolEntry, venueEntry);
        return instrumentKeys[slot] == key(symbolEntry, venueEntry) ? instruments[slot] : null;
    }

    /** Notes the verdict about symbol and venue, for the rows behind. */
    private void remember(int row, Decoded out) {
        int symbolEntry = symbol.refs[row];
        int venueEntry = venue.refs[row];
        if (symbolEntry < 0 || symbolEntry >= symbol.dictionaryEntries()) {
            return;
        }
        if (out.kind() == Decoded.Kind.FILTERED) {
            if (filtered.length == 0) {
                filtered = new boolean[symbol.dictionaryEntries()];
            }
            filtered[symbolEntry] = true;
        } else if (out.isTrade() && venueEntry >= 0 && venueEntry < venue.dictionaryEntries()) {
            if (instruments.length == 0) {
                long pairs = (long) symbol.dictionaryEntries() * venue.dictionaryEntries();
                int slots = Integer.highestOneBit((int) Math.min(CACHE_MAX, 2 * pairs));
                instruments = new @Nullable Instrument[slots];
                instrumentKeys = new long[slots];
            }
            int slot = slot(symbolEntry, venueEntry);
            instruments[slot] = out.trade().instrument;
            instrumentKeys[slot] = key(symbolEntry, venueEntry);
        }
    }

    private void name(TradeField field) {
        message.put(message.length() > 1 ? ",\"" : "\"").put(field.columnName()).put("\":");
    }

    private void number(TradeField field, @Nullable LongCursor cursor, int row) {
        if (cursor != null && !cursor.isNull(row)) {
            raw.setNumber(field, cursor.values[row]);
            if (withMessage) {
                name(field);
                message.putNumber(cursor.values[row]);
            }
        }
    }

    /** Adds a text; gives the column's name where it is not UTF-8. */
    private @Nullable String text(TradeField field, @Nullable TextCursor cursor, int row) {
        if (cursor == null || cursor.refs[row] == TextCursor.NULL) {
            return null;
        }
        int entry = cursor.refs[row];
        int from = cursor.from(entry);
        int length = cursor.length(entry);
        boolean valid = Utf8.isValid(cursor.arena, from, length);
        add(field, cursor.arena, from, length);
        if (withMessage) {
            name(field);
            // What is not UTF-8 would not be JSON: it is replaced.
            message.putJsonText(
                    valid
                            ? Arrays.copyOfRange(cursor.arena, from, from + length)
                            : new String(cursor.arena, from, length, StandardCharsets.UTF_8)
                                    .getBytes(StandardCharsets.UTF_8));
        }
        return valid ? null : field.columnName();
    }

    private void digits(TradeField field, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        add(field, utf8, 0, utf8.length);
        if (withMessage) {
            name(field);
            message.put('"').put(text).put('"');
        }
    }

    private void add(TradeField field, byte[] bytes, int from, int length) {
        int at = texts.length();
        texts.put(bytes, from, from + length);
        raw.setText(field, at, length);
    }

    private void decimal(TradeField field, @Nullable DecimalCursor cursor, int scale, int row) {
        if (cursor == null || cursor.isNull(row)) {
            return;
        }
        BigDecimal value = new BigDecimal(new Int128(cursor.high(row), cursor.low[row]).toBigInteger(), scale);
        digits(field, value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString());
    }
}

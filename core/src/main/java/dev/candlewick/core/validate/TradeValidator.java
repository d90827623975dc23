package dev.candlewick.core.validate;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.parse.DecimalParser;
import dev.candlewick.core.parse.IntegerParser;
import dev.candlewick.core.parse.ParseOutcome;
import dev.candlewick.core.parse.TextEscapes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns the fields of one message into a trade, or rejects it with the one code that comes first (design section 4.5).
 *
 * <p>A pure function of message, read context and rules: no clock, no memory of earlier messages but the table of
 * instruments, which changes no verdict. Order of verdicts: a symbol that this run does not take is filtered; then the
 * codes in the order of {@link Reason}, each for all fields before the next code, price before size. So an unparsable
 * size wins over an absent price. A required text of blanks and ASCII control characters only counts as missing. An event time beyond 64 bits (the
 * years before 1678 and after 2262) is a time out of range; receive time, sequence and row beyond 64 bits are
 * unparsable, and so is a negative row.
 *
 * <p>No allocation for a valid trade of a known instrument, but for ids that are not numbers below 10^18. One thread.
 */
public final class TradeValidator {
    /** The most bytes of one text field. */
    public static final int TEXT_BYTES_MAX = 65_535;

    private static final byte[] NO_BYTES = new byte[0];

    private final FeedRules rules;
    private final InstrumentDirectory directory;
    private final TextPool texts = new TextPool();
    private final @Nullable TextSet known;
    private final @Nullable TextSet selected;
    private final boolean zeroSizeAllowed;
    private final long eventTimeMinNanos;
    private final long eventTimeMaxNanos;
    private final long futureToleranceNanos;
    private final long timeJumpNanos;

    private final IntegerParser integers = new IntegerParser();
    private final DecimalParser prices = new DecimalParser();
    private final DecimalParser sizes = new DecimalParser();

    /** A validator with a directory of its own. */
    public TradeValidator(FeedRules rules) {
        this(rules, new InstrumentDirectory(rules));
    }

    /** A validator over a directory of the same rules that others of the same thread may share. */
    public TradeValidator(FeedRules rules, InstrumentDirectory directory) {
        this.rules = rules;
        this.directory = directory;
        var knownSymbols = rules.knownSymbols();
        known = knownSymbols == null ? null : new TextSet(knownSymbols);
        var selectedSymbols = rules.selectedSymbols();
        selected = selectedSymbols == null ? null : new TextSet(selectedSymbols);
        zeroSizeAllowed = rules.zeroSizeAllowed();
        eventTimeMinNanos = rules.eventTimeMinNanos();
        eventTimeMaxNanos = rules.eventTimeMaxNanos();
        futureToleranceNanos = rules.futureToleranceNanos();
        timeJumpNanos = rules.timeJumpNanos();
    }

    /** The rules it applies. */
    public FeedRules rules() {
        return rules;
    }

    /** The instruments seen in valid trades. */
    public InstrumentDirectory directory() {
        return directory;
    }

    /**
     * Judges one message whose fields a decoder found.
     *
     * @param raw the fields
     * @param message buffer of the original message, kept (copied) where it is rejected
     * @param offset where the message begins
     * @param length its bytes
     * @param context where and when it was read
     * @param out becomes a trade, rejected or filtered
     */
    public void validate(RawTrade raw, byte[] message, int offset, int length, ReadContext context, Decoded out) {
        byte[] buffer = raw.buffer();
        boolean symbolGiven = isGiven(raw, TradeField.SYMBOL);
        if (selected != null
                && symbolGiven
                && !selected.contains(buffer, raw.from(TradeField.SYMBOL), raw.length(TradeField.SYMBOL))) {
            out.setFiltered(context.readSource, context.readPartition, context.readOffset);
            return;
        }
        boolean venueGiven = isGiven(raw, TradeField.VENUE);
        Instrument instrument = null;
        int priceScale = Instrument.SCALE_MAX;
        int sizeScale = Instrument.SCALE_MAX;
        if (symbolGiven && venueGiven) {
            instrument = directory.find(
                    buffer,
                    raw.from(TradeField.VENUE),
                    raw.length(TradeField.VENUE),
                    raw.from(TradeField.SYMBOL),
                    raw.length(TradeField.SYMBOL));
            if (instrument != null) {
                priceScale = instrument.priceScale();
                sizeScale = instrument.sizeScale();
            } else {
                // Not made before the trade is known to be valid: rejected messages must not fill the table.
                String symbol = raw.text(TradeField.SYMBOL);
                priceScale = rules.priceScales().scaleOf(symbol);
                sizeScale = rules.sizeScales().scaleOf(symbol);
            }
        }

        ParseOutcome eventTimeOutcome = integer(raw, TradeField.EVENT_TIME_NS);
        long eventTime = integers.value();
        boolean eventTimeGiven = raw.has(TradeField.EVENT_TIME_NS);
        ParseOutcome receiveTimeOutcome = integer(raw, TradeField.RECV_TIME_NS);
        long receiveTime = raw.has(TradeField.RECV_TIME_NS) ? integers.value() : Trade.TIME_ABSENT;
        if (receiveTime == Trade.TIME_ABSENT && raw.has(TradeField.RECV_TIME_NS)) {
            // The one 64-bit value that stands for an absent time.
            receiveTimeOutcome = ParseOutcome.RANGE;
        }
        ParseOutcome rowOutcome = integer(raw, TradeField.ROW);
        long row = integers.value();
        ParseOutcome sequenceOutcome = integer(raw, TradeField.SEQUENCE);
        long sequence = integers.value();
        ParseOutcome priceOutcome = decimal(prices, raw, TradeField.PRICE, priceScale);
        ParseOutcome sizeOutcome = decimal(sizes, raw, TradeField.SIZE, sizeScale);

        TradeField unparsable = null;
        if (rowOutcome != ParseOutcome.OK || row < 0) {
            unparsable = TradeField.ROW;
        } else if (receiveTimeOutcome != ParseOutcome.OK) {
            unparsable = TradeField.RECV_TIME_NS;
        } else if (eventTimeOutcome == ParseOutcome.UNPARSABLE) {
            unparsable = TradeField.EVENT_TIME_NS;
        } else if (isTooLong(raw, TradeField.VENUE)) {
            unparsable = TradeField.VENUE;
        } else if (isTooLong(raw, TradeField.SYMBOL)) {
            unparsable = TradeField.SYMBOL;
        } else if (isTooLong(raw, TradeField.TRADE_ID)) {
            unparsable = TradeField.TRADE_ID;
        } else if (priceOutcome == ParseOutcome.UNPARSABLE) {
            unparsable = TradeField.PRICE;
        } else if (sizeOutcome == ParseOutcome.UNPARSABLE) {
            unparsable = TradeField.SIZE;
        } else if (isTooLong(raw, TradeField.SIDE)) {
            unparsable = TradeField.SIDE;
        } else if (isTooLong(raw, TradeField.CONDITIONS)) {
            unparsable = TradeField.CONDITIONS;
        } else if (isTooLong(raw, TradeField.FLAGS)) {
            unparsable = TradeField.FLAGS;
        } else if (sequenceOutcome != ParseOutcome.OK) {
            unparsable = TradeField.SEQUENCE;
        }

        Reason reason = null;
        TradeField culprit = TradeField.EVENT_TIME_NS;
        if (unparsable != null) {
            reason = Reason.UNPARSABLE;
            culprit = unparsable;
        } else if (!eventTimeGiven) {
            reason = Reason.MISSING_FIELD;
        } else if (!venueGiven) {
            reason = Reason.MISSING_FIELD;
            culprit = TradeField.VENUE;
        } else if (!symbolGiven) {
            reason = Reason.MISSING_FIELD;
            culprit = TradeField.SYMBOL;
        } else if (!raw.has(TradeField.PRICE)) {
            reason = Reason.MISSING_FIELD;
            culprit = TradeField.PRICE;
        } else if (!raw.has(TradeField.SIZE)) {
            reason = Reason.MISSING_FIELD;
            culprit = TradeField.SIZE;
        } else if (eventTimeOutcome == ParseOutcome.RANGE
                || eventTime < eventTimeMinNanos
                || eventTime > eventTimeMaxNanos) {
            reason = Reason.TIME_RANGE;
        } else if (isInFuture(eventTime, receiveTime, context)) {
            reason = Reason.TIME_FUTURE;
        } else if (isJump(eventTime, receiveTime, context)) {
            reason = Reason.TIME_JUMP;
        } else if (known != null
                && !known.contains(buffer, raw.from(TradeField.SYMBOL), raw.length(TradeField.SYMBOL))) {
            reason = Reason.UNKNOWN_INSTRUMENT;
            culprit = TradeField.SYMBOL;
        } else if (prices.sign() <= 0) {
            reason = Reason.PRICE_NOT_POSITIVE;
            culprit = TradeField.PRICE;
        } else if (sizes.sign() < 0 || (sizes.sign() == 0 && !zeroSizeAllowed)) {
            reason = Reason.SIZE_NOT_POSITIVE;
            culprit = TradeField.SIZE;
        } else if (priceOutcome == ParseOutcome.PRECISION) {
            reason = Reason.PRECISION;
            culprit = TradeField.PRICE;
        } else if (sizeOutcome == ParseOutcome.PRECISION) {
            reason = Reason.PRECISION;
            culprit = TradeField.SIZE;
        } else if (priceOutcome == ParseOutcome.RANGE) {
            reason = Reason.RANGE;
            culprit = TradeField.PRICE;
        } else if (sizeOutcome == ParseOutcome.RANGE) {
            reason = Reason.RANGE;
            culprit = TradeField.SIZE;
        }
        if (reason != null) {
            int scale = culprit == TradeField.PRICE ? priceScale : sizeScale;
            long readableEventTime =
                    eventTimeGiven && eventTimeOutcome == ParseOutcome.OK ? eventTime : Trade.TIME_ABSENT;
            long readableReceiveTime = receiveTimeOutcome == ParseOutcome.OK ? receiveTime : Trade.TIME_ABSENT;
            reject(
                    reason,
                    describe(reason, culprit, raw, scale, readableReceiveTime, context),
                    message,
                    offset,
                    length,
                    readableEventTime,
                    readableReceiveTime,
                    context,
                    out);
            return;
        }

        if (instrument == null) {
            instrument = directory.intern(
                    buffer,
                    raw.from(TradeField.VENUE),
                    raw.length(TradeField.VENUE),
                    raw.from(TradeField.SYMBOL),
                    raw.length(TradeField.SYMBOL));
        }
        Trade trade = out.trade();
        trade.instrument = instrument;
        trade.eventTimeNanos = eventTime;
        trade.receiveTimeNanos = receiveTime;
        trade.ingestTimeNanos = context.ingestTimeNanos;
        if (!raw.has(TradeField.TRADE_ID)) {
            trade.clearId();
        } else if (raw.isNumber(TradeField.TRADE_ID)) {
            trade.setIdNumber(raw.number(TradeField.TRADE_ID));
        } else {
            trade.setId(buffer, raw.from(TradeField.TRADE_ID), raw.length(TradeField.TRADE_ID));
        }
        trade.hasSequence = raw.has(TradeField.SEQUENCE);
        trade.sequence = sequence;
        trade.priceScaled = prices.unscaled();
        trade.sizeScaled = sizes.unscaled();
        trade.side = string(raw, TradeField.SIDE);
        trade.conditions = string(raw, TradeField.CONDITIONS);
        trade.flags = string(raw, TradeField.FLAGS);
        if (context.placeCarried || !raw.hasPlacePartition()) {
            trade.placePartition = context.placePartition;
        } else {
            trade.placePartition = raw.placePartition();
        }
        trade.placePosition = context.placeCarried || !raw.has(TradeField.ROW) ? context.placePosition : row;
        trade.readSource = context.readSource;
        trade.readPartition = context.readPartition;
        trade.readOffset = context.readOffset;
        trade.late = false;
        trade.disorderNanos = 0;
        trade.newPartition = false;
        out.setTrade();
    }

    /**
     * Rejects a message as UNPARSABLE whose fields a decoder could not find.
     *
     * @param rule what must hold and what was found, as {@code JSON must have no duplicate name, was price}
     * @param message buffer of the original message, null for a null value
     */
    public void rejectUnparsable(
            String rule, byte @Nullable [] message, int offset, int length, ReadContext context, Decoded out) {
        reject(
                Reason.UNPARSABLE,
                rule + where(null, context),
                message == null ? NO_BYTES : message,
                offset,
                message == null ? 0 : length,
                Trade.TIME_ABSENT,
                Trade.TIME_ABSENT,
                context,
                out);
    }

    private static void reject(
            Reason reason,
            String text,
            byte[] message,
            int offset,
            int length,
            long eventTimeNanos,
            long receiveTimeNanos,
            ReadContext context,
            Decoded out) {
        out.setRejected(new Rejected(
                reason,
                text,
                Arrays.copyOfRange(message, offset, offset + length),
                eventTimeNanos,
                receiveTimeNanos,
                context.ingestTimeNanos,
                context.readSource,
                context.readPartition,
                context.readOffset));
    }

    private ParseOutcome integer(RawTrade raw, TradeField field) {
        if (!raw.has(field)) {
            return integers.take(0);
        }
        if (raw.isNumber(field)) {
            return integers.take(raw.number(field));
        }
        return integers.parse(raw.buffer(), raw.from(field), raw.length(field));
    }

    private static ParseOutcome decimal(DecimalParser parser, RawTrade raw, TradeField field, int scale) {
        if (!raw.has(field)) {
            return ParseOutcome.OK;
        }
        if (raw.isNumber(field)) {
            return parser.rescale(raw.number(field), raw.scale(field), scale);
        }
        return parser.parse(raw.buffer(), raw.from(field), raw.length(field), scale);
    }

    private @Nullable String string(RawTrade raw, TradeField field) {
        return raw.has(field) ? texts.string(raw.buffer(), raw.from(field), raw.length(field)) : null;
    }

    private static boolean isTooLong(RawTrade raw, TradeField field) {
        return raw.has(field) && !raw.isNumber(field) && raw.length(field) > TEXT_BYTES_MAX;
    }

    /** Whether a required text is there and not blank. */
    private static boolean isGiven(RawTrade raw, TradeField field) {
        if (!raw.has(field)) {
            return false;
        }
        byte[] buffer = raw.buffer();
        int end = raw.from(field) + raw.length(field);
        for (int i = raw.from(field); i < end; i++) {
            if (buffer[i] > ' ' || buffer[i] < 0) {
                return true;
            }
        }
        return false;
    }

    private boolean isInFuture(long eventTime, long receiveTime, ReadContext context) {
        long clock = receiveTime != Trade.TIME_ABSENT ? receiveTime : context.ingestTimeNanos;
        return clock != Trade.TIME_ABSENT && eventTime > saturatedSum(clock, futureToleranceNanos);
    }

    private boolean isJump(long eventTime, long receiveTime, ReadContext context) {
        boolean otherClock = receiveTime != Trade.TIME_ABSENT
                || (context.logAppendTime && context.ingestTimeNanos != Trade.TIME_ABSENT);
        return !otherClock
                && context.partitionMarkNanos != Trade.TIME_ABSENT
                && eventTime > saturatedSum(context.partitionMarkNanos, timeJumpNanos);
    }

    private static long saturatedSum(long time, long distance) {
        long sum = time + distance;
        return sum < time ? Long.MAX_VALUE : sum;
    }

    private String describe(
            Reason reason, TradeField field, RawTrade raw, int scale, long receiveTime, ReadContext context) {
        String name = field.columnName();
        String rule = switch (reason) {
            case UNPARSABLE -> unparsableRule(field, raw);
            case MISSING_FIELD -> "must be given";
            case TIME_RANGE ->
                "must be nanoseconds since the epoch in " + eventTimeMinNanos + ".." + eventTimeMaxNanos
                        + " (event.time.min, event.time.max)";
            case TIME_FUTURE -> {
                boolean received = receiveTime != Trade.TIME_ABSENT;
                yield "must not lie more than " + futureToleranceNanos + " ns (future.tolerance) after the "
                        + (received ? "receive time " : "log's time ")
                        + (received ? receiveTime : context.ingestTimeNanos);
            }
            case TIME_JUMP ->
                "must not lie more than " + timeJumpNanos + " ns (time.jump) after the largest one before it "
                        + context.partitionMarkNanos;
            case UNKNOWN_INSTRUMENT -> "must be one of the feed's instruments";
            case PRICE_NOT_POSITIVE -> "must be positive";
            case SIZE_NOT_POSITIVE ->
                zeroSizeAllowed ? "must not be negative" : "must be positive (size.zero allows 0)";
            case PRECISION -> "must have at most " + scale + " significant decimals (" + name + ".scale)";
            case RANGE -> "must fit into 64 bits at " + scale + " decimals (" + name + ".scale)";
        };
        String value = raw.has(field) ? TextEscapes.value(raw.text(field)) : "absent";
        return name + " " + rule + ", was " + value + where(raw, context);
    }

    private static String unparsableRule(TradeField field, RawTrade raw) {
        if (isTooLong(raw, field) && field != TradeField.PRICE && field != TradeField.SIZE) {
            return "must have at most " + TEXT_BYTES_MAX + " bytes";
        }
        return switch (field) {
            case PRICE, SIZE -> "must be a decimal number of at most " + DecimalParser.LENGTH_MAX + " characters";
            case ROW -> "must be a whole number from 0 to 2^63-1";
            default -> "must be a whole number of 64 bits";
        };
    }

    private static String where(@Nullable RawTrade raw, ReadContext context) {
        StringBuilder where = new StringBuilder(64).append(" (");
        if (raw != null && isGiven(raw, TradeField.VENUE) && isGiven(raw, TradeField.SYMBOL)) {
            where.append("instrument=")
                    .append(TextEscapes.value(Instrument.escape(raw.text(TradeField.VENUE))))
                    .append('|')
                    .append(TextEscapes.value(Instrument.escape(raw.text(TradeField.SYMBOL))))
                    .append(", ");
        }
        if (context.readSource != 0) {
            where.append("source=").append(context.readSource).append(", ");
        }
        return where.append("partition=")
                .append(context.readPartition)
                .append(", offset=")
                .append(context.readOffset)
                .append(')')
                .toString();
    }
}

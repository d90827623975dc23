package dev.candlewick.connectors.format.preset;

import dev.candlewick.connectors.format.JsonNames;
import dev.candlewick.connectors.format.JsonReader;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.parse.ParseOutcome;
import dev.candlewick.core.parse.TimeParser;
import dev.candlewick.core.validate.RawTrade;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the decoders of venues share: objects read into slots by name, any number of trades in one message, and what the
 * messages do not say.
 *
 * <p>A message is read to its end before anything is judged: one that is no JSON is rejected as a whole, and one of
 * another type is filtered whatever it holds. A trade of several that is rejected keeps the message with this trade
 * alone, so that sending it again repeats no other.
 *
 * <p>No allocation for valid trades of known instruments.
 */
abstract class PresetDecoder extends JsonReader {
    /** The most trades of one message. */
    static final int TRADES_MAX = 1_000;

    /** The value of a slot that was not given. */
    static final byte ABSENT = 0;
    /** The slot holds a text. */
    static final byte TEXT = 1;
    /** The slot holds a number. */
    static final byte NUMBER = 2;
    /** The slot is {@code true}. */
    static final byte TRUE = 3;
    /** The slot is {@code false}. */
    static final byte FALSE = 4;
    /** The slot is {@code null}. */
    static final byte NULL = 5;
    /** The slot holds an object or an array. */
    static final byte NESTED = 6;

    private static final int SLOTS = 32;
    private static final byte[] BUY = "buy".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SELL = "sell".getBytes(StandardCharsets.US_ASCII);
    private static final byte NO_SIDE = 0;
    private static final byte SIDE_BUY = 1;
    private static final byte SIDE_SELL = 2;

    /** How a venue writes times. */
    enum TimeForm {
        /** Milliseconds since the epoch; microseconds with 16 digits. */
        MILLIS,
        /** Date and time of RFC 3339. */
        ISO,
        /** Seconds since the epoch with decimals. */
        SECONDS
    }

    private final byte[] constants;
    private final int venueLength;
    private final TimeParser times = new TimeParser();

    private final byte[] kinds = new byte[SLOTS];
    private final int[] froms = new int[SLOTS];
    private final int[] lengths = new int[SLOTS];

    private RawTrade[] trades = {new RawTrade()};
    private byte[] sides = new byte[1];
    private @Nullable String[] problems = new @Nullable String[1];
    private int[] elementFroms = new int[1];
    private int[] elementEnds = new int[1];
    private int count;
    private int given;
    private boolean otherType;
    private @Nullable String shapeProblem;

    private int arrays;
    private int arrayFrom;
    private int arrayEnd;

    private byte @Nullable [] message;
    private int messageFrom;
    private int messageLength;
    private @Nullable ReadContext context;

    PresetDecoder(TradeValidator validator, String venue) {
        super(validator);
        byte[] utf8 = venue.getBytes(StandardCharsets.UTF_8);
        venueLength = utf8.length;
        constants = Arrays.copyOf(utf8, utf8.length + BUY.length + SELL.length);
        System.arraycopy(BUY, 0, constants, utf8.length, BUY.length);
        System.arraycopy(SELL, 0, constants, utf8.length + BUY.length, SELL.length);
    }

    @Override
    protected final void begin() {
        count = 0;
        given = 0;
        message = null;
        context = null;
    }

    @Override
    protected final void reset(byte[] buffer) {
        otherType = false;
        shapeProblem = null;
        arrays = 0;
        clear(0, SLOTS);
    }

    @Override
    protected final void rebase(byte[] newData, int shift) {
        for (int i = 0; i < SLOTS; i++) {
            froms[i] += shift;
        }
        for (int i = 0; i < count; i++) {
            trades[i].rebase(newData, shift);
        }
    }

    @Override
    protected final boolean scan() {
        skipWhitespace();
        if (!message()) {
            return false;
        }
        skipWhitespace();
        if (position != end) {
            return fail("JSON must end behind one value, was followed by more");
        }
        otherType = isOther();
        String problem = shapeProblem;
        return otherType || problem == null || fail(problem);
    }

    /** Reads the message's value. */
    abstract boolean message();

    /** Whether the message that was read is of another type; may note what it lacks by {@link #shape}. */
    abstract boolean isOther();

    /** Notes that the message has not the form of its type, which counts unless it is of another type. */
    final void shape(String rule) {
        if (shapeProblem == null) {
            shapeProblem = rule;
        }
    }

    @Override
    protected final boolean isOtherType() {
        return otherType || count == 0;
    }

    // Reading into slots

    /** Forgets slots. */
    final void clear(int from, int to) {
        Arrays.fill(kinds, from, to, ABSENT);
    }

    /** What a slot holds. */
    final byte kind(int slot) {
        return kinds[slot];
    }

    /** Whether a slot holds the given word of lower-case letters as a text, in any case. */
    final boolean isText(int slot, String word) {
        return kinds[slot] == TEXT && isWord(data, froms[slot], lengths[slot], word);
    }

    /** Whether a slot holds exactly the given text. */
    final boolean isExactly(int slot, String text) {
        return kinds[slot] == TEXT && isAscii(data, froms[slot], lengths[slot], text);
    }

    /** Puts the value of one slot into another. */
    final void move(int from, int to) {
        kinds[to] = kinds[from];
        froms[to] = froms[from];
        lengths[to] = lengths[from];
    }

    /** Reads an object whose brace is next: values of known names into their slots, all others skipped. */
    final boolean object(JsonNames names, int depth) {
        if (depth > DEPTH_MAX) {
            return fail("JSON must have at most " + DEPTH_MAX + " levels, was deeper");
        }
        position++;
        skipWhitespace();
        if (position < end && data[position] == '}') {
            position++;
            return true;
        }
        int seen = 0;
        while (true) {
            skipWhitespace();
            if (position == end || data[position] != '"') {
                return fail("JSON name must begin with a quote, was " + describePosition());
            }
            if (!string()) {
                return false;
            }
            int slot = names.find(data, sliceFrom, sliceLength);
            if (!colon()) {
                return false;
            }
            if (slot == JsonNames.UNKNOWN) {
                if (!skipValue(depth)) {
                    return false;
                }
            } else {
                if ((seen & 1 << slot) != 0) {
                    return fail("JSON must give each name once, was given twice: " + names.describe(slot));
                }
                seen |= 1 << slot;
                if (!value(slot, depth)) {
                    return false;
                }
            }
            skipWhitespace();
            if (position == end) {
                return fail("JSON must be complete, was cut off");
            }
            byte b = data[position++];
            if (b == '}') {
                return true;
            }
            if (b != ',') {
                position--;
                return fail("JSON members must be separated by a comma, was " + describePosition());
            }
        }
    }

    /** Reads a value into a slot. */
    final boolean value(int slot, int depth) {
        if (position == end) {
            return fail("JSON must be complete, was cut off");
        }
        byte kind;
        switch (data[position]) {
            case '"' -> kind = TEXT;
            case 't' -> kind = TRUE;
            case 'f' -> kind = FALSE;
            case 'n' -> kind = NULL;
            case '{', '[' -> {
                kinds[slot] = NESTED;
                return container(slot, depth);
            }
            default -> kind = NUMBER;
        }
        if (!skipValue(depth)) {
            return false;
        }
        kinds[slot] = kind;
        froms[slot] = sliceFrom;
        lengths[slot] = sliceLength;
        return true;
    }

    /** Reads the object or array of a known name; skips it unless a venue looks into it. */
    boolean container(int slot, int depth) {
        return skipValue(depth);
    }

    /** Reads one element of an array whose first byte is next. */
    @FunctionalInterface
    interface Element {
        /** False after a problem was noted. */
        boolean read(int depth);
    }

    /** Reads an array whose bracket is next, element by element. */
    final boolean array(int depth, Element element) {
        if (depth > DEPTH_MAX) {
            return fail("JSON must have at most " + DEPTH_MAX + " levels, was deeper");
        }
        position++;
        skipWhitespace();
        if (position < end && data[position] == ']') {
            position++;
            return true;
        }
        while (true) {
            skipWhitespace();
            if (position == end) {
                return fail("JSON must be complete, was cut off");
            }
            if (!element.read(depth)) {
                return false;
            }
            skipWhitespace();
            if (position == end) {
                return fail("JSON must be complete, was cut off");
            }
            byte b = data[position++];
            if (b == ']') {
                return true;
            }
            if (b != ',') {
                position--;
                return fail("JSON values must be separated by a comma, was " + describePosition());
            }
        }
    }

    /** Reads an array of trades, and remembers where each of them stands. */
    final boolean tradeArray(int depth, Element trade) {
        int from = position + 1 - dataFrom;
        int before = count;
        if (!array(depth, inner -> {
            int elementFrom = position - dataFrom;
            int found = count;
            if (!trade.read(inner)) {
                return false;
            }
            if (count > found) {
                elementFroms[found] = elementFrom;
                elementEnds[found] = position - dataFrom;
            }
            return true;
        })) {
            return false;
        }
        if (count > before) {
            arrays++;
            arrayFrom = from;
            arrayEnd = position - 1 - dataFrom;
        }
        return true;
    }

    // Trades

    /** Adds a trade; null where the message has too many. */
    final @Nullable RawTrade newTrade() {
        if (count == TRADES_MAX) {
            shape("JSON message must have at most " + TRADES_MAX + " trades, was more");
            return null;
        }
        if (count == trades.length) {
            int larger = 2 * count;
            trades = Arrays.copyOf(trades, larger);
            for (int i = count; i < larger; i++) {
                trades[i] = new RawTrade();
            }
            sides = Arrays.copyOf(sides, larger);
            problems = Arrays.copyOf(problems, larger);
            elementFroms = Arrays.copyOf(elementFroms, larger);
            elementEnds = Arrays.copyOf(elementEnds, larger);
        }
        RawTrade trade = trades[count];
        trade.reset(data);
        sides[count] = NO_SIDE;
        problems[count] = null;
        count++;
        return trade;
    }

    /** Sets a field of the newest trade to a slot's text or number; absent where the slot is. */
    final void set(TradeField field, int slot) {
        switch (kinds[slot]) {
            case TEXT, NUMBER -> trades[count - 1].setText(field, froms[slot], lengths[slot]);
            case ABSENT, NULL -> {
                // Absent, which the validator judges.
            }
            default -> problem(field, "a string or a number", slot);
        }
    }

    /** Sets the event time of the newest trade from a slot. */
    final void setTime(int slot, TimeForm form) {
        byte kind = kinds[slot];
        if (kind == ABSENT || kind == NULL || (kind == TEXT && lengths[slot] == 0)) {
            return;
        }
        ParseOutcome outcome = kind != TEXT && kind != NUMBER
                ? ParseOutcome.UNPARSABLE
                : switch (form) {
                    case MILLIS -> times.parseMillis(data, froms[slot], lengths[slot]);
                    case ISO -> times.parseIso(data, froms[slot], lengths[slot]);
                    case SECONDS -> times.parseSeconds(data, froms[slot], lengths[slot]);
                };
        switch (outcome) {
            case OK -> trades[count - 1].setNumber(TradeField.EVENT_TIME_NS, times.nanos());
            // No accepted time is that late, so the verdict is TIME_RANGE.
            case RANGE -> trades[count - 1].setNumber(TradeField.EVENT_TIME_NS, Long.MAX_VALUE);
            default ->
                problem(
                        TradeField.EVENT_TIME_NS,
                        switch (form) {
                            case MILLIS -> "a whole number of milliseconds";
                            case ISO -> "a date and time as 2023-09-25T07:49:37.708706Z";
                            case SECONDS -> "seconds with at most 9 decimals";
                        },
                        slot);
        }
    }

    /** Sets the aggressor of the newest trade. */
    final void setSide(boolean buy) {
        sides[count - 1] = buy ? SIDE_BUY : SIDE_SELL;
    }

    /** Notes that a field of the newest trade cannot be read. */
    final void problem(TradeField field, String form, int slot) {
        if (problems[count - 1] == null) {
            boolean readable = kinds[slot] == TEXT || kinds[slot] == NUMBER;
            problems[count - 1] = field.columnName() + " must be " + form + ", was "
                    + (readable
                            ? dev.candlewick.core.parse.TextEscapes.value(
                                    new String(data, froms[slot], lengths[slot], StandardCharsets.UTF_8))
                            : "something else");
        }
    }

    /** Sets a field of all trades to a slot; for what the message says once. */
    final void setAll(TradeField field, int slot) {
        for (int i = 0; i < count; i++) {
            if (kinds[slot] == TEXT) {
                trades[i].setText(field, froms[slot], lengths[slot]);
            }
        }
    }

    @Override
    protected final void judge(byte[] bytes, int offset, int length, ReadContext read, Decoded out) {
        // Fields are slices of one buffer: what the message does not say is put behind a copy of it.
        useScratch(constants.length);
        System.arraycopy(constants, 0, data, end, constants.length);
        for (int i = 0; i < count; i++) {
            trades[i].setText(TradeField.VENUE, end, venueLength);
            if (sides[i] == SIDE_BUY) {
                trades[i].setText(TradeField.SIDE, end + venueLength, BUY.length);
            } else if (sides[i] == SIDE_SELL) {
                trades[i].setText(TradeField.SIDE, end + venueLength + BUY.length, SELL.length);
            }
        }
        message = bytes;
        messageFrom = offset;
        messageLength = length;
        context = read;
        next(out);
    }

    @Override
    public final boolean next(Decoded out) {
        byte[] bytes = message;
        ReadContext read = context;
        if (bytes == null || read == null || given == count) {
            return false;
        }
        int index = given++;
        String problem = problems[index];
        if (problem == null) {
            validator.validate(trades[index], bytes, messageFrom, messageLength, read, out);
        } else {
            validator.rejectUnparsable(problem, bytes, messageFrom, messageLength, read, out);
        }
        if (out.kind() == Decoded.Kind.REJECTED && count > 1 && arrays == 1) {
            Rejected whole = out.rejected();
            out.setRejected(new Rejected(
                    whole.reason(),
                    whole.message(),
                    alone(bytes, index),
                    whole.eventTimeNanos(),
                    whole.receiveTimeNanos(),
                    whole.ingestTimeNanos(),
                    whole.readSource(),
                    whole.readPartition(),
                    whole.readOffset()));
        }
        return true;
    }

    /** The message with one trade instead of all. */
    private byte[] alone(byte[] bytes, int index) {
        int element = elementEnds[index] - elementFroms[index];
        byte[] alone = new byte[arrayFrom + element + messageLength - arrayEnd];
        System.arraycopy(bytes, messageFrom, alone, 0, arrayFrom);
        System.arraycopy(bytes, messageFrom + elementFroms[index], alone, arrayFrom, element);
        System.arraycopy(bytes, messageFrom + arrayEnd, alone, arrayFrom + element, messageLength - arrayEnd);
        return alone;
    }
}

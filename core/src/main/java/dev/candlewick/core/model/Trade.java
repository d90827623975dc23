package dev.candlewick.core.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One valid trade with its place, its read position and the verdict of the stamp; a mutable carrier that a reader may
 * fill again and again.
 *
 * <p>The fields are plain because this is the hot path: a decoder fills one instance, the next operator reads it before
 * the decoder fills it again. Whoever keeps a trade takes {@link #copy()}. Not safe for use by several threads.
 *
 * <p>Times are nanoseconds since the epoch in UTC; prices and sizes are integers at the instrument's scales.
 */
public final class Trade {
    /** A time that the input did not give. */
    public static final long TIME_ABSENT = Long.MIN_VALUE;

    /** The trade has no id. */
    public static final byte ID_ABSENT = 0;
    /** The id is a decimal number below 10^18 without a leading zero and stands in {@link #idNumber}. */
    public static final byte ID_NUMBER = 1;
    /** The id is any other text and stands in {@link #idText} as UTF-8. */
    public static final byte ID_TEXT = 2;

    private static final byte[] NO_BYTES = new byte[0];

    /** The instrument; set before anything else is read. */
    @SuppressWarnings("NullAway.Init")
    public Instrument instrument;

    /** When the venue says the trade happened. */
    public long eventTimeNanos;
    /** When the recorder received it, or {@link #TIME_ABSENT}. */
    public long receiveTimeNanos = TIME_ABSENT;
    /** The log's own time (the record's broker time), or {@link #TIME_ABSENT}. */
    public long ingestTimeNanos = TIME_ABSENT;

    /** One of {@link #ID_ABSENT}, {@link #ID_NUMBER}, {@link #ID_TEXT}. */
    public byte idKind = ID_ABSENT;
    /** The id where {@link #idKind} is {@link #ID_NUMBER}. */
    public long idNumber;
    /** The id's UTF-8 bytes where {@link #idKind} is {@link #ID_TEXT}; never changed in place. */
    public byte[] idText = NO_BYTES;

    /** Whether the feed gave a sequence number. */
    public boolean hasSequence;
    /** The feed's sequence number where {@link #hasSequence}. */
    public long sequence;

    /** The price, an integer at {@link Instrument#priceScale()}; positive. */
    public long priceScaled;
    /** The size, an integer at {@link Instrument#sizeScale()}; zero or positive. */
    public long sizeScaled;

    /** The aggressor as the input wrote it, usually {@code buy} or {@code sell}. */
    public @Nullable String side;
    /** The sale conditions as the input wrote them. */
    public @Nullable String conditions;
    /** The input's flags as it wrote them. */
    public @Nullable String flags;

    /** The partition of the trade's first log; travels with the trade and takes part in the total order only. */
    public int placePartition;
    /** The position in that partition. */
    public long placePosition;

    /** Which source of this run's list it was read from. */
    public int readSource;
    /** The partition as read: Kafka partition, or 0 for a file. */
    public int readPartition;
    /** The offset as read: Kafka offset, or the line's ordinal. */
    public long readOffset;

    /** Whether the stamp found it late by its partition's high-water mark (design section 4.6). */
    public boolean late;
    /** How far its event time lies behind the partition's high-water mark, zero where it leads. */
    public long disorderNanos;
    /** Whether its partition was discovered during the run and has not caught up with the others yet. */
    public boolean newPartition;

    /** Sets the id from its text: numbers below 10^18 in canonical form become {@link #ID_NUMBER}. */
    public void setId(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            clearId();
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        setId(utf8, 0, utf8.length);
    }

    /** Sets the id from a slice of UTF-8 bytes; an empty slice is an absent id. */
    public void setId(byte[] buffer, int offset, int length) {
        if (length == 0) {
            clearId();
            return;
        }
        if (length <= 18 && (buffer[offset] != '0' || length == 1)) {
            long number = 0;
            for (int i = offset; i < offset + length; i++) {
                int digit = buffer[i] - '0';
                if (digit < 0 || digit > 9) {
                    number = -1;
                    break;
                }
                number = number * 10 + digit;
            }
            if (number >= 0) {
                setIdNumber(number);
                return;
            }
        }
        idKind = ID_TEXT;
        idNumber = 0;
        idText = Arrays.copyOfRange(buffer, offset, offset + length);
    }

    /** Sets a numeric id, 0 to 10^18 − 1. */
    public void setIdNumber(long number) {
        idKind = ID_NUMBER;
        idNumber = number;
        idText = NO_BYTES;
    }

    /** Makes the id absent. */
    public void clearId() {
        idKind = ID_ABSENT;
        idNumber = 0;
        idText = NO_BYTES;
    }

    /** The id as text, null where absent. */
    public @Nullable String id() {
        return switch (idKind) {
            case ID_ABSENT -> null;
            case ID_NUMBER -> Long.toString(idNumber);
            default -> new String(idText, StandardCharsets.UTF_8);
        };
    }

    /** Takes over every field of another trade. */
    public void set(Trade from) {
        instrument = from.instrument;
        eventTimeNanos = from.eventTimeNanos;
        receiveTimeNanos = from.receiveTimeNanos;
        ingestTimeNanos = from.ingestTimeNanos;
        idKind = from.idKind;
        idNumber = from.idNumber;
        idText = from.idText;
        hasSequence = from.hasSequence;
        sequence = from.sequence;
        priceScaled = from.priceScaled;
        sizeScaled = from.sizeScaled;
        side = from.side;
        conditions = from.conditions;
        flags = from.flags;
        placePartition = from.placePartition;
        placePosition = from.placePosition;
        readSource = from.readSource;
        readPartition = from.readPartition;
        readOffset = from.readOffset;
        late = from.late;
        disorderNanos = from.disorderNanos;
        newPartition = from.newPartition;
    }

    /** A trade of its own with the same content. */
    public Trade copy() {
        Trade copy = new Trade();
        copy.set(this);
        return copy;
    }

    @Override
    public String toString() {
        return "trade " + id() + " of " + instrument.key() + " at " + eventTimeNanos + " ns, price " + priceScaled
                + "e-" + instrument.priceScale() + ", size " + sizeScaled + "e-" + instrument.sizeScale() + ", place "
                + placePartition + ":" + placePosition + ", read " + readSource + ":" + readPartition + ":"
                + readOffset;
    }
}

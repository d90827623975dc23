package dev.candlewick.core.reconcile;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One revision of a published value as one side has it, its decimals at the lake version's scales so that sides can be
 * compared bit by bit; immutable.
 *
 * <p>A value that stands there but says something that no job writes (a text that is no decimal, an end that is not the
 * end) carries a {@link #defect()} and none of its fields.
 */
public final class ObservedValue {
    /** A time or a scale that is not known. */
    public static final int SCALE_UNKNOWN = -1;

    private final ReconcileKey key;
    private final int priceScale;
    private final int sizeScale;
    private final int ownPriceScale;
    private final int ownSizeScale;
    private final @Nullable Int128[] fields;
    private final long revision;
    private final String reason;
    private final String profile;
    private final long knownAtNanos;
    private final String where;
    private final @Nullable String defect;

    private ObservedValue(Builder builder) {
        this.key = builder.key;
        this.priceScale = builder.priceScale;
        this.sizeScale = builder.sizeScale;
        this.ownPriceScale = builder.ownPriceScale;
        this.ownSizeScale = builder.ownSizeScale;
        this.fields = builder.fields.clone();
        this.revision = builder.revision;
        this.reason = builder.reason;
        this.profile = builder.profile;
        this.knownAtNanos = builder.knownAtNanos;
        this.where = builder.where;
        this.defect = builder.defect;
    }

    /**
     * Collects the parts of a value.
     *
     * @param priceScale decimals of prices, at least those of any price
     * @param sizeScale decimals of sizes, at least those of any size
     */
    public static Builder builder(ReconcileKey key, int priceScale, int sizeScale) {
        return new Builder(key, priceScale, sizeScale);
    }

    /** A computed candle at the given scales. */
    public static ObservedValue of(Candle candle, int priceScale, int sizeScale, String profile) {
        int own = candle.priceScale();
        return builder(
                        ReconcileKey.candle(candle.venue(), candle.symbol(), candle.interval(), candle.startNanos()),
                        priceScale,
                        sizeScale)
                .set(ValueField.OPEN, Int128.of(candle.openScaled()), own)
                .set(ValueField.HIGH, Int128.of(candle.highScaled()), own)
                .set(ValueField.LOW, Int128.of(candle.lowScaled()), own)
                .set(ValueField.CLOSE, Int128.of(candle.closeScaled()), own)
                .set(ValueField.VOLUME, candle.volume(), candle.sizeScale())
                .set(ValueField.NOTIONAL, candle.notional(), candle.notionalScale())
                .set(ValueField.VWAP, candle.vwapScaled(), Decimals.vwapScale(own))
                .set(ValueField.TRADES, Int128.of(candle.trades()), 0)
                .set(ValueField.FIRST_TRADE, time(candle.firstTradeNanos()), 0)
                .set(ValueField.LAST_TRADE, time(candle.lastTradeNanos()), 0)
                .set(ValueField.DIGEST, candle.digest(), 0)
                .set(ValueField.FLAGS, Int128.of(candle.flags()), 0)
                .ownScales(own, candle.sizeScale())
                .revision(candle.revision(), candle.reason().name())
                .profile(profile)
                .build();
    }

    /** A computed VWAP at the given scales. */
    public static ObservedValue of(VwapRow row, int priceScale, int sizeScale, String profile) {
        return builder(ReconcileKey.vwap(row.venue(), row.symbol(), row.atNanos()), priceScale, sizeScale)
                .set(ValueField.VOLUME, row.volume(), row.sizeScale())
                .set(ValueField.NOTIONAL, row.notional(), row.notionalScale())
                .set(ValueField.VWAP, row.vwapScaled(), Decimals.vwapScale(row.priceScale()))
                .set(ValueField.TRADES, Int128.of(row.trades()), 0)
                .ownScales(row.priceScale(), row.sizeScale())
                .revision(row.revision(), row.reason().name())
                .profile(profile)
                .build();
    }

    private static @Nullable Int128 time(long nanos) {
        return nanos == Trade.TIME_ABSENT ? null : Int128.of(nanos);
    }

    /** What it is the value of. */
    public ReconcileKey key() {
        return key;
    }

    /** Decimals that prices stand at here. */
    public int priceScale() {
        return priceScale;
    }

    /** Decimals that sizes stand at here. */
    public int sizeScale() {
        return sizeScale;
    }

    /** The instrument's own decimals of a price, {@link #SCALE_UNKNOWN} where only the published text was read. */
    public int ownPriceScale() {
        return ownPriceScale;
    }

    /** The instrument's own decimals of a size, {@link #SCALE_UNKNOWN} where only the published text was read. */
    public int ownSizeScale() {
        return ownSizeScale;
    }

    /** A field at the scales of this value; null where it is absent. */
    public @Nullable Int128 get(ValueField field) {
        return fields[field.ordinal()];
    }

    /** A field that no value without a defect lacks, zero where it is absent. */
    public Int128 number(ValueField field) {
        Int128 value = fields[field.ordinal()];
        return value == null ? Int128.ZERO : value;
    }

    /** A field in its canonical text; null where it is absent. */
    public @Nullable String text(ValueField field) {
        Int128 value = fields[field.ordinal()];
        if (value == null) {
            return null;
        }
        return switch (field.unit()) {
            case HEX -> value.toHex();
            case FLAGS -> String.join(",", CandleFlag.names((int) value.low()));
            default -> Decimals.format(value, field.scale(priceScale, sizeScale));
        };
    }

    /** Number of the revision. */
    public long revision() {
        return revision;
    }

    /** Code of what made the revision. */
    public String reason() {
        return reason;
    }

    /** {@code <name>@<hash>} of the profile that made it. */
    public String profile() {
        return profile;
    }

    /** When it became known, {@link Trade#TIME_ABSENT} where nobody noted it. */
    public long knownAtNanos() {
        return knownAtNanos;
    }

    /** Where it was read: topic, partition and offset, or a file; empty for a computed value. */
    public String where() {
        return where;
    }

    /** What is wrong with the value as such; null where nothing is. */
    public @Nullable String defect() {
        return defect;
    }

    /** Whether every field is equal, bit for bit; revision, reason and profile are no part of it. */
    public boolean sameFields(ObservedValue other) {
        return defect == null && other.defect == null && key.equals(other.key) && Arrays.equals(fields, other.fields);
    }

    /**
     * The candle that this value is, at the instrument's own scales.
     *
     * @throws IllegalStateException where it is not a whole, computed candle
     */
    public Candle toCandle(int newRevision, RevisionReason newReason) {
        Interval interval = key.interval();
        if (interval == null || defect != null || ownPriceScale < 0) {
            throw new IllegalStateException("value must be a computed candle, was " + this);
        }
        return new Candle(
                key.venue(),
                key.symbol(),
                interval,
                key.timeNanos(),
                ownPriceScale,
                ownSizeScale,
                own(ValueField.OPEN).low(),
                own(ValueField.HIGH).low(),
                own(ValueField.LOW).low(),
                own(ValueField.CLOSE).low(),
                own(ValueField.VOLUME),
                own(ValueField.NOTIONAL),
                number(ValueField.TRADES).low(),
                timeOf(ValueField.FIRST_TRADE),
                timeOf(ValueField.LAST_TRADE),
                newRevision,
                newReason,
                true,
                number(ValueField.DIGEST),
                (int) number(ValueField.FLAGS).low(),
                0);
    }

    /**
     * The VWAP row that this value is, at the instrument's own scales.
     *
     * @throws IllegalStateException where it is not a whole, computed row
     */
    public VwapRow toVwapRow(int newRevision, RevisionReason newReason) {
        if (key.kind() != ValueKind.VWAP || defect != null || ownPriceScale < 0) {
            throw new IllegalStateException("value must be a computed VWAP, was " + this);
        }
        return new VwapRow(
                key.venue(),
                key.symbol(),
                key.timeNanos(),
                ownPriceScale,
                ownSizeScale,
                own(ValueField.VOLUME),
                own(ValueField.NOTIONAL),
                number(ValueField.TRADES).low(),
                newRevision,
                newReason);
    }

    private long timeOf(ValueField field) {
        Int128 value = get(field);
        return value == null ? Trade.TIME_ABSENT : value.low();
    }

    private Int128 own(ValueField field) {
        int down = field.scale(priceScale, sizeScale) - field.scale(ownPriceScale, ownSizeScale);
        BigInteger[] parts = number(field).toBigInteger().divideAndRemainder(Decimals.bigPowerOfTen(down));
        if (parts[1].signum() != 0) {
            throw new IllegalStateException(
                    field.column() + " must fit the instrument's own scale, was " + text(field));
        }
        return Int128.of(parts[0]);
    }

    /** Writes the value in its fixed layout, between operators of one run. */
    public void write(DataOutput out) throws IOException {
        out.writeByte(key.kind().ordinal());
        text(out, key.venue());
        text(out, key.symbol());
        Interval interval = key.interval();
        if (interval != null) {
            text(out, interval.name());
            out.writeLong(interval.nanos());
        }
        out.writeLong(key.timeNanos());
        out.writeByte(priceScale);
        out.writeByte(sizeScale);
        out.writeByte(ownPriceScale);
        out.writeByte(ownSizeScale);
        for (ValueField field : ValueField.of(key.kind())) {
            Int128 value = fields[field.ordinal()];
            out.writeBoolean(value != null);
            if (value != null) {
                out.writeLong(value.high());
                out.writeLong(value.low());
            }
        }
        out.writeLong(revision);
        text(out, reason);
        text(out, profile);
        out.writeLong(knownAtNanos);
        text(out, where);
        out.writeBoolean(defect != null);
        if (defect != null) {
            text(out, defect);
        }
    }

    /** Reads a value in its fixed layout. */
    public static ObservedValue read(DataInput in) throws IOException {
        ValueKind kind = ValueKind.values()[in.readByte()];
        String venue = text(in);
        String symbol = text(in);
        Interval interval = kind == ValueKind.CANDLE ? new Interval(text(in), in.readLong()) : null;
        ReconcileKey key = new ReconcileKey(kind, venue, symbol, interval, in.readLong());
        Builder builder = builder(key, in.readByte(), in.readByte()).ownScales(in.readByte(), in.readByte());
        for (ValueField field : ValueField.of(kind)) {
            if (in.readBoolean()) {
                builder.fields[field.ordinal()] = new Int128(in.readLong(), in.readLong());
            }
        }
        builder.revision(in.readLong(), text(in))
                .profile(text(in))
                .knownAt(in.readLong())
                .where(text(in));
        if (in.readBoolean()) {
            builder.defect(text(in));
        }
        return builder.build();
    }

    private static void text(DataOutput out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    private static String text(DataInput in) throws IOException {
        byte[] utf8 = new byte[in.readInt()];
        in.readFully(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(key.text());
        if (defect != null) {
            return text.append(" defect ").append(defect).toString();
        }
        for (ValueField field : ValueField.of(key.kind())) {
            text.append(' ').append(field.column()).append('=').append(text(field));
        }
        return text.append(" revision=")
                .append(revision)
                .append(' ')
                .append(reason)
                .toString();
    }

    /** Collects the parts of a value; one thread. */
    public static final class Builder {
        private final ReconcileKey key;
        private final int priceScale;
        private final int sizeScale;
        private final @Nullable Int128[] fields = new @Nullable Int128[ValueField.values().length];
        private int ownPriceScale = SCALE_UNKNOWN;
        private int ownSizeScale = SCALE_UNKNOWN;
        private long revision;
        private String reason = "";
        private String profile = "";
        private long knownAtNanos = Trade.TIME_ABSENT;
        private String where = "";
        private @Nullable String defect;

        private Builder(ReconcileKey key, int priceScale, int sizeScale) {
            this.key = key;
            this.priceScale = priceScale;
            this.sizeScale = sizeScale;
        }

        /**
         * Sets a field.
         *
         * @param value null where it is absent
         * @param scale decimals that it is given at; where it needs more than this value's scales have, it is a defect
         */
        public Builder set(ValueField field, @Nullable Int128 value, int scale) {
            if (value == null) {
                fields[field.ordinal()] = null;
                return this;
            }
            int up = field.scale(priceScale, sizeScale) - scale;
            if (!field.isMagnitude() || up == 0) {
                fields[field.ordinal()] = value;
            } else if (up > 0) {
                fields[field.ordinal()] = Int128.of(value.toBigInteger().multiply(BigInteger.TEN.pow(up)));
            } else {
                BigInteger[] parts = value.toBigInteger().divideAndRemainder(BigInteger.TEN.pow(-up));
                if (parts[1].signum() != 0) {
                    return defect(field.column() + " must fit " + field.scale(priceScale, sizeScale) + " decimals, was "
                            + Decimals.format(value, scale));
                }
                fields[field.ordinal()] = Int128.of(parts[0]);
            }
            return this;
        }

        /** The instrument's own scales. */
        public Builder ownScales(int ownPrice, int ownSize) {
            this.ownPriceScale = ownPrice;
            this.ownSizeScale = ownSize;
            return this;
        }

        /** The revision's number and code. */
        public Builder revision(long number, String code) {
            this.revision = number;
            this.reason = code;
            return this;
        }

        /** The profile's stamp. */
        public Builder profile(String stamp) {
            this.profile = stamp;
            return this;
        }

        /** When it became known. */
        public Builder knownAt(long nanos) {
            this.knownAtNanos = nanos;
            return this;
        }

        /** Where it was read. */
        public Builder where(String text) {
            this.where = text;
            return this;
        }

        /** What is wrong with it; the first one counts. */
        public Builder defect(String text) {
            if (defect == null) {
                defect = text;
            }
            return this;
        }

        /** The value. */
        public ObservedValue build() {
            if (defect != null) {
                Arrays.fill(fields, null);
            }
            return new ObservedValue(this);
        }
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VenueSeconds;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * The type of a record with a serializer of its own; constants name every type that travels between operators, so that no
 * generic serializer can slip in.
 */
public final class RecordType<T> extends TypeInformation<T> {
    private static final long serialVersionUID = 1L;

    /** Decoded messages. */
    public static final RecordType<Decoded> DECODED = new RecordType<>(Decoded.class, new DecodedSerializer());
    /** Trades. */
    public static final RecordType<Trade> TRADE = new RecordType<>(Trade.class, new TradeSerializer());
    /** Batches of trades. */
    public static final RecordType<TradeBatch> TRADE_BATCH =
            new RecordType<>(TradeBatch.class, new TradeBatchSerializer());
    /** Rejected messages. */
    public static final RecordType<Rejected> REJECTED = new RecordType<>(Rejected.class, new RejectedSerializer());
    /** Candles and VWAP rows. */
    public static final RecordType<Published> PUBLISHED = new RecordType<>(Published.class, new PublishedSerializer());
    /** Open candles of an instrument. */
    public static final RecordType<LiveCandles> LIVE = new RecordType<>(LiveCandles.class, new LiveCandlesSerializer());
    /** Seconds in which a venue had trades. */
    public static final RecordType<VenueSeconds> VENUE_SECONDS =
            new RecordType<>(VenueSeconds.class, new VenueSecondsSerializer());
    /** Totals of a stage. */
    public static final RecordType<StageTotals> TOTALS =
            new RecordType<>(StageTotals.class, new StageTotalsSerializer());
    /** Lines of the double entry. */
    public static final RecordType<LedgerRow> LEDGER_ROW = new RecordType<>(LedgerRow.class, new LedgerRowSerializer());

    private final Class<T> type;
    private final TypeSerializer<T> serializer;

    /** A type with its serializer. */
    public RecordType(Class<T> type, TypeSerializer<T> serializer) {
        this.type = type;
        this.serializer = serializer;
    }

    @Override
    public boolean isBasicType() {
        return false;
    }

    @Override
    public boolean isTupleType() {
        return false;
    }

    @Override
    public int getArity() {
        return 1;
    }

    @Override
    public int getTotalFields() {
        return 1;
    }

    @Override
    public Class<T> getTypeClass() {
        return type;
    }

    @Override
    public boolean isKeyType() {
        return false;
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return serializer.duplicate();
    }

    @Override
    public String toString() {
        return type.getSimpleName();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordType<?> that && that.type == type && that.serializer.equals(serializer);
    }

    @Override
    public int hashCode() {
        return type.hashCode();
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof RecordType;
    }
}

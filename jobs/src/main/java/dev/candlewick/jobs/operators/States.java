package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Trade;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.functions.KeySelector;

/** State descriptors and the key selector, shared with the savepoint tools; names never change. */
public final class States {
    /** Everything that an instrument remembers, keyed by {@link #INSTRUMENT_KEY}. */
    public static final ValueStateDescriptor<InstrumentState> INSTRUMENT =
            new ValueStateDescriptor<>("instrument", new InstrumentStateSerializer());

    /** High-water marks by partition; union list state of {@link Uids#STAMP}. */
    public static final ListStateDescriptor<PartitionMark> MARKS =
            new ListStateDescriptor<>("marks", new PartitionMarkSerializer());

    /** Counters by partition; list state of {@link Uids#STAMP} and {@link Uids#MARKET_DATA}. */
    public static final ListStateDescriptor<PartitionCount> COUNTERS =
            new ListStateDescriptor<>("counters", new PartitionCountSerializer());

    /** Published trades by interval; list state of {@link Uids#OUTLET}, as totals of the stage. */
    public static final ListStateDescriptor<StageTotals> PUBLISHED =
            new ListStateDescriptor<>("published", new StageTotalsSerializer());

    /** Totals of finished subtasks; list state of {@link Uids#LEDGER}. */
    public static final ListStateDescriptor<StageTotals> ENDED =
            new ListStateDescriptor<>("ended", new StageTotalsSerializer());

    /** Totals of every stage at the checkpoint, all subtasks summed; list state of {@link Uids#LEDGER}. */
    public static final ListStateDescriptor<StageTotals> CUT =
            new ListStateDescriptor<>("cut", new StageTotalsSerializer());

    /** Counts for metrics; list state of every stage but {@link Uids#LEDGER}. */
    public static final ListStateDescriptor<NamedCount> COUNTS =
            new ListStateDescriptor<>("counts", new NamedCountSerializer());

    /** What the silence operator remembers; list state of {@link Uids#SILENCE}. */
    public static final ListStateDescriptor<byte[]> SILENCE =
            new ListStateDescriptor<>("silence", BytePrimitiveArraySerializer.INSTANCE);

    /** The key of keyed state: venue and symbol, or the symbol alone in consolidated scope. */
    public static final KeySelector<Trade, String> INSTRUMENT_KEY = new InstrumentKey();

    /** The same of a batch of trades. */
    public static final KeySelector<TradeBatch, String> BATCH_KEY = new BatchKey();

    private States() {}

    /** Reads the instrument's key. */
    private static final class InstrumentKey implements KeySelector<Trade, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String getKey(Trade trade) {
            return trade.instrument.key();
        }
    }

    /** Reads the key of a batch's instrument. */
    private static final class BatchKey implements KeySelector<TradeBatch, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String getKey(TradeBatch batch) {
            return batch.instrument.key();
        }
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Trade;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The fixed layout of a {@link Trade} between operators; absent fields cost one bit. Never kept in state.
 */
public final class TradeSerializer extends TypeSerializer<Trade> {
    private static final long serialVersionUID = 1L;

    private transient InstrumentLayout instruments = new InstrumentLayout();

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public TypeSerializer<Trade> duplicate() {
        return new TradeSerializer();
    }

    @Override
    public Trade createInstance() {
        return new Trade();
    }

    @Override
    public Trade copy(Trade from) {
        return from.copy();
    }

    @Override
    public Trade copy(Trade from, Trade reuse) {
        reuse.set(from);
        return reuse;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(Trade trade, DataOutputView out) throws IOException {
        InstrumentLayout.write(trade.instrument, out);
        TradeLayout.write(trade, out);
    }

    @Override
    public Trade deserialize(DataInputView in) throws IOException {
        return deserialize(new Trade(), in);
    }

    @Override
    public Trade deserialize(Trade trade, DataInputView in) throws IOException {
        trade.instrument = instruments.read(in);
        TradeLayout.read(trade, in);
        return trade;
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    private void readObject(java.io.ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        instruments = new InstrumentLayout();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TradeSerializer;
    }

    @Override
    public int hashCode() {
        return TradeSerializer.class.hashCode();
    }

    @Override
    public TypeSerializerSnapshot<Trade> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout in checkpoints of buffers; the layout itself is never kept in state. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Trade> {
        /** For Flink. */
        public Snapshot() {
            super(TradeSerializer::new);
        }
    }
}

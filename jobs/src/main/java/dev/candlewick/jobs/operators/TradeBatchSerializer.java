package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The layout of a {@link TradeBatch} between operators: the instrument once, then its trades. Never kept in state. */
public final class TradeBatchSerializer extends RecordSerializer<TradeBatch> {
    private static final long serialVersionUID = 1L;

    private transient InstrumentLayout instruments = new InstrumentLayout();

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public TypeSerializer<TradeBatch> duplicate() {
        return new TradeBatchSerializer();
    }

    @Override
    public TradeBatch copy(TradeBatch from) {
        return from.copy();
    }

    @Override
    public void serialize(TradeBatch batch, DataOutputView out) throws IOException {
        InstrumentLayout.write(batch.instrument, out);
        out.writeInt(batch.trades);
        out.writeInt(batch.length);
        out.write(batch.bytes, 0, batch.length);
    }

    @Override
    public TradeBatch deserialize(DataInputView in) throws IOException {
        Instrument instrument = instruments.read(in);
        int trades = in.readInt();
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new TradeBatch(instrument, trades, bytes, bytes.length);
    }

    private void readObject(java.io.ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        instruments = new InstrumentLayout();
    }

    @Override
    public TypeSerializerSnapshot<TradeBatch> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout in checkpoints of buffers; the layout itself is never kept in state. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<TradeBatch> {
        /** For Flink. */
        public Snapshot() {
            super(TradeBatchSerializer::new);
        }
    }
}

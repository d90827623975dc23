package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.LedgerRow;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of a line of the double entry between operators. */
public final class LedgerRowSerializer extends RecordSerializer<LedgerRow> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(LedgerRow value, DataOutputView out) throws IOException {
        Texts.write(out, value.scope());
        Texts.write(out, value.readPartition());
        Texts.write(out, value.interval());
        out.writeLong(value.read());
        out.writeLong(value.filtered());
        out.writeLong(value.rejected());
        out.writeLong(value.duplicate());
        out.writeLong(value.late());
        out.writeLong(value.accepted());
        out.writeLong(value.published());
        out.writeLong(value.open());
        out.writeLong(value.residual());
    }

    @Override
    public LedgerRow deserialize(DataInputView in) throws IOException {
        return new LedgerRow(
                Texts.read(in),
                Texts.read(in),
                Texts.read(in),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong());
    }

    @Override
    public TypeSerializerSnapshot<LedgerRow> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<LedgerRow> {
        /** For Flink. */
        public Snapshot() {
            super(LedgerRowSerializer::new);
        }
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.InstrumentState;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The versioned codec of {@link InstrumentState}; its copies are real copies, because snapshots are written while the
 * original moves on (failure modes 6.3). */
public final class InstrumentStateSerializer extends RecordSerializer<InstrumentState> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(InstrumentState value, DataOutputView out) throws IOException {
        value.write(out);
    }

    @Override
    public InstrumentState deserialize(DataInputView in) throws IOException {
        return InstrumentState.read(in);
    }

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public InstrumentState copy(InstrumentState from) {
        return from.copy();
    }

    @Override
    public TypeSerializerSnapshot<InstrumentState> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<InstrumentState> {
        /** For Flink. */
        public Snapshot() {
            super(InstrumentStateSerializer::new);
        }
    }
}

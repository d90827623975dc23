package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.state.CompactOutput;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** The versioned codec of {@link InstrumentState}; its copies are real copies, because snapshots are written while the
 * original moves on (failure modes 6.3). */
public final class InstrumentStateSerializer extends RecordSerializer<InstrumentState> {
    private static final long serialVersionUID = 1L;

    /** Where a state is put together before it is passed on as a whole; each thread has a serializer of its own. */
    @Nullable
    private transient CompactOutput buffer;

    @Override
    public TypeSerializer<InstrumentState> duplicate() {
        return new InstrumentStateSerializer();
    }

    @Override
    public void serialize(InstrumentState value, DataOutputView out) throws IOException {
        if (buffer == null) {
            buffer = new CompactOutput();
        }
        value.write(out, buffer);
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

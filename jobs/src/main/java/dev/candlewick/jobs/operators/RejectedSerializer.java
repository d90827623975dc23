package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of a {@link Rejected} message between operators. */
public final class RejectedSerializer extends RecordSerializer<Rejected> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(Rejected rejected, DataOutputView out) throws IOException {
        Texts.write(out, rejected.reason().name());
        Texts.write(out, rejected.message());
        Texts.writeBytes(out, rejected.raw());
        out.writeLong(rejected.eventTimeNanos());
        out.writeLong(rejected.receiveTimeNanos());
        out.writeLong(rejected.ingestTimeNanos());
        SourceNames.write(rejected.readSource(), out);
        out.writeInt(rejected.readPartition());
        out.writeLong(rejected.readOffset());
    }

    @Override
    public Rejected deserialize(DataInputView in) throws IOException {
        return new Rejected(
                Reason.valueOf(Texts.read(in)),
                Texts.read(in),
                Texts.readBytes(in),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                SourceNames.read(in),
                in.readInt(),
                in.readLong());
    }

    @Override
    public TypeSerializerSnapshot<Rejected> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Rejected> {
        /** For Flink. */
        public Snapshot() {
            super(RejectedSerializer::new);
        }
    }
}

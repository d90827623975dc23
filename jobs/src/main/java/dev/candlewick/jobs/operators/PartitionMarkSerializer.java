package dev.candlewick.jobs.operators;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The versioned layout of {@link PartitionMark} in state. */
public final class PartitionMarkSerializer extends RecordSerializer<PartitionMark> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(PartitionMark value, DataOutputView out) throws IOException {
        out.writeByte(VERSION);
        Texts.write(out, value.source());
        out.writeInt(value.partition());
        out.writeLong(value.markNanos());
    }

    @Override
    public PartitionMark deserialize(DataInputView in) throws IOException {
        int version = in.readByte();
        if (version != VERSION) {
            throw new IOException("partition mark must have version " + VERSION + ", was " + version);
        }
        return new PartitionMark(Texts.read(in), in.readInt(), in.readLong());
    }

    private static final int VERSION = 1;

    @Override
    public TypeSerializerSnapshot<PartitionMark> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<PartitionMark> {
        /** For Flink. */
        public Snapshot() {
            super(PartitionMarkSerializer::new);
        }
    }
}

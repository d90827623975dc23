package dev.candlewick.jobs.operators;

import java.io.DataInput;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The versioned layout of {@link PartitionMark} in state. */
public final class PartitionMarkSerializer extends RecordSerializer<PartitionMark> {
    private static final long serialVersionUID = 1L;

    private static final int VERSION = 2;

    /** The version without a checksum. */
    private static final int UNCHECKED = 1;

    @Override
    public void serialize(PartitionMark value, DataOutputView out) throws IOException {
        CheckedLayout.write(out, VERSION, body -> {
            Texts.write(body, value.source());
            body.writeInt(value.partition());
            body.writeLong(value.markNanos());
        });
    }

    @Override
    public PartitionMark deserialize(DataInputView in) throws IOException {
        int version = in.readByte();
        if (version == VERSION) {
            return CheckedLayout.read(in, version, "partition mark", PartitionMarkSerializer::read);
        }
        if (version != UNCHECKED) {
            throw new IOException(
                    "partition mark must have version " + UNCHECKED + " to " + VERSION + ", was " + version);
        }
        return CheckedLayout.unframed(in, "partition mark", PartitionMarkSerializer::read);
    }

    private static PartitionMark read(DataInput in) throws IOException {
        PartitionMark mark = new PartitionMark(Texts.read(in), in.readInt(), in.readLong());
        if (mark.partition() < 0) {
            throw new IOException(
                    "partition must not be negative, was " + mark.partition() + " (source=" + mark.source() + ")");
        }
        return mark;
    }

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

package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Counter;
import java.io.DataInput;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The versioned layout of {@link PartitionCount} in state. */
public final class PartitionCountSerializer extends RecordSerializer<PartitionCount> {
    private static final long serialVersionUID = 1L;

    private static final int VERSION = 2;

    /** The version without a checksum. */
    private static final int UNCHECKED = 1;

    @Override
    public void serialize(PartitionCount value, DataOutputView out) throws IOException {
        CheckedLayout.write(out, VERSION, body -> {
            Texts.write(body, value.source());
            body.writeInt(value.partition());
            for (long counter : value.counters()) {
                body.writeLong(counter);
            }
        });
    }

    @Override
    public PartitionCount deserialize(DataInputView in) throws IOException {
        int version = in.readByte();
        if (version == VERSION) {
            return CheckedLayout.read(in, version, "partition counters", PartitionCountSerializer::read);
        }
        if (version != UNCHECKED) {
            throw new IOException(
                    "partition counters must have version " + UNCHECKED + " to " + VERSION + ", was " + version);
        }
        return CheckedLayout.unframed(in, "partition counters", PartitionCountSerializer::read);
    }

    private static PartitionCount read(DataInput in) throws IOException {
        String source = Texts.read(in);
        int partition = in.readInt();
        if (partition < 0) {
            throw new IOException("partition must not be negative, was " + partition + " (source=" + source + ")");
        }
        long[] counters = new long[Counter.COUNT];
        for (int i = 0; i < counters.length; i++) {
            counters[i] = in.readLong();
            if (counters[i] < 0) {
                throw new IOException("partition counters must not be negative, was " + counters[i]);
            }
        }
        return new PartitionCount(source, partition, counters);
    }

    @Override
    public TypeSerializerSnapshot<PartitionCount> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<PartitionCount> {
        /** For Flink. */
        public Snapshot() {
            super(PartitionCountSerializer::new);
        }
    }
}

package dev.candlewick.connectors.simulate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Version 1 of a split's bytes in checkpoints: partition and position. */
final class SimulatedSplitSerializer implements SimpleVersionedSerializer<SimulatedSplit> {
    private static final int VERSION = 1;
    private static final int BYTES = Integer.BYTES + Long.BYTES;

    /** Version 1 of the enumerator's bytes: a count and the splits. */
    static final class OfPending implements SimpleVersionedSerializer<SimulatedSplit.Pending> {
        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(SimulatedSplit.Pending state) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(
                    Integer.BYTES + BYTES * state.pending().size());
            out.writeInt(state.pending().size());
            for (SimulatedSplit split : state.pending()) {
                out.writeInt(split.partition());
                out.writeLong(split.position());
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public SimulatedSplit.Pending deserialize(int version, byte[] serialized) throws IOException {
            check(version);
            DataInputDeserializer in = new DataInputDeserializer(serialized);
            int count = in.readInt();
            if (count < 0) {
                throw new IOException("splits of the simulated source must not be negative, was " + count);
            }
            List<SimulatedSplit> pending = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                pending.add(new SimulatedSplit(in.readInt(), in.readLong()));
            }
            return new SimulatedSplit.Pending(pending);
        }
    }

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(SimulatedSplit split) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(BYTES);
        out.writeInt(split.partition());
        out.writeLong(split.position());
        return out.getCopyOfBuffer();
    }

    @Override
    public SimulatedSplit deserialize(int version, byte[] serialized) throws IOException {
        check(version);
        DataInputDeserializer in = new DataInputDeserializer(serialized);
        return new SimulatedSplit(in.readInt(), in.readLong());
    }

    private static void check(int version) throws IOException {
        if (version != VERSION) {
            throw new IOException("version of the simulated source's state must be " + VERSION + ", was " + version);
        }
    }
}

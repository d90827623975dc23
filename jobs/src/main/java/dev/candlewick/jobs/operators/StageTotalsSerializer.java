package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.StageTotals;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of a stage's totals, on the wire and in the ledger's state. */
public final class StageTotalsSerializer extends RecordSerializer<StageTotals> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(StageTotals value, DataOutputView out) throws IOException {
        out.writeByte(value.stage().ordinal());
        out.writeInt(value.subtask());
        out.writeLong(value.checkpointId());
        out.writeInt(value.partitions().size());
        for (Map.Entry<String, long[]> entry : value.partitions().entrySet()) {
            Texts.write(out, entry.getKey());
            for (long counter : entry.getValue()) {
                out.writeLong(counter);
            }
        }
        out.writeInt(value.intervals().length);
        for (long trades : value.intervals()) {
            out.writeLong(trades);
        }
    }

    @Override
    public StageTotals deserialize(DataInputView in) throws IOException {
        StageTotals.Stage stage = StageTotals.Stage.values()[in.readByte()];
        int subtask = in.readInt();
        long checkpointId = in.readLong();
        Map<String, long[]> partitions = new TreeMap<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            String name = Texts.read(in);
            long[] counters = new long[Counter.COUNT];
            for (int k = 0; k < counters.length; k++) {
                counters[k] = in.readLong();
            }
            partitions.put(name, counters);
        }
        long[] intervals = new long[in.readInt()];
        for (int i = 0; i < intervals.length; i++) {
            intervals[i] = in.readLong();
        }
        return new StageTotals(stage, subtask, checkpointId, partitions, intervals);
    }

    @Override
    public TypeSerializerSnapshot<StageTotals> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<StageTotals> {
        /** For Flink. */
        public Snapshot() {
            super(StageTotalsSerializer::new);
        }
    }
}

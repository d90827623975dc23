package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.StageTotals;
import java.io.DataInput;
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

    /** Far from every stage, with which a value without a checksum begins. */
    private static final int VERSION = 0x72;

    private static final String WHAT = "totals of a stage";

    /** As many as an instrument can have. */
    private static final int INTERVALS_MAX = 255;

    private static final int ENTRIES_MAX = 1 << 24;

    @Override
    public void serialize(StageTotals value, DataOutputView out) throws IOException {
        CheckedLayout.write(out, VERSION, body -> {
            body.writeByte(value.stage().ordinal());
            body.writeInt(value.subtask());
            body.writeLong(value.checkpointId());
            body.writeInt(value.partitions().size());
            for (Map.Entry<String, long[]> entry : value.partitions().entrySet()) {
                Texts.write(body, entry.getKey());
                for (long counter : entry.getValue()) {
                    body.writeLong(counter);
                }
            }
            body.writeInt(value.intervals().length);
            for (long trades : value.intervals()) {
                body.writeLong(trades);
            }
        });
    }

    @Override
    public StageTotals deserialize(DataInputView in) throws IOException {
        int first = in.readByte();
        if (first == VERSION) {
            return CheckedLayout.read(in, first, WHAT, body -> read(body, body.readByte()));
        }
        return CheckedLayout.unframed(in, WHAT, body -> read(body, first));
    }

    private static StageTotals read(DataInput in, int ordinal) throws IOException {
        StageTotals.Stage[] stages = StageTotals.Stage.values();
        if (ordinal < 0 || ordinal >= stages.length) {
            throw new IOException("totals must be of one of " + stages.length + " stages, was number " + ordinal);
        }
        int subtask = in.readInt();
        long checkpointId = in.readLong();
        Map<String, long[]> partitions = new TreeMap<>();
        int count = count(in.readInt(), ENTRIES_MAX);
        for (int i = 0; i < count; i++) {
            String name = Texts.read(in);
            long[] counters = new long[Counter.COUNT];
            for (int k = 0; k < counters.length; k++) {
                counters[k] = in.readLong();
            }
            partitions.put(name, counters);
        }
        long[] intervals = new long[count(in.readInt(), INTERVALS_MAX)];
        for (int i = 0; i < intervals.length; i++) {
            intervals[i] = in.readLong();
        }
        return new StageTotals(stages[ordinal], subtask, checkpointId, partitions, intervals);
    }

    private static int count(int count, int max) throws IOException {
        if (count < 0 || count > max) {
            throw new IOException("totals must hold 0 to " + max + " entries, was " + count);
        }
        return count;
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

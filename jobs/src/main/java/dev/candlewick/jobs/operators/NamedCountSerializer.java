package dev.candlewick.jobs.operators;

import java.io.DataInput;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The versioned layout of {@link NamedCount} in state. */
public final class NamedCountSerializer extends RecordSerializer<NamedCount> {
    private static final long serialVersionUID = 1L;

    private static final int VERSION = 1;
    private static final String WHAT = "named count";

    @Override
    public void serialize(NamedCount value, DataOutputView out) throws IOException {
        CheckedLayout.write(out, VERSION, body -> {
            Texts.write(body, value.name());
            body.writeLong(value.value());
        });
    }

    @Override
    public NamedCount deserialize(DataInputView in) throws IOException {
        int version = in.readByte();
        if (version != VERSION) {
            throw new IOException(WHAT + " must have version " + VERSION + ", was " + version);
        }
        return CheckedLayout.read(in, version, WHAT, NamedCountSerializer::read);
    }

    private static NamedCount read(DataInput in) throws IOException {
        String name = Texts.read(in);
        long value = in.readLong();
        if (value < 0) {
            throw new IOException(WHAT + " must not be negative, was " + value + " (name=" + name + ")");
        }
        return new NamedCount(name, value);
    }

    @Override
    public TypeSerializerSnapshot<NamedCount> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<NamedCount> {
        /** For Flink. */
        public Snapshot() {
            super(NamedCountSerializer::new);
        }
    }
}

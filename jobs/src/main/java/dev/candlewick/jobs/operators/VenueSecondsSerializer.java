package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.VenueSeconds;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of {@link VenueSeconds} between operators. */
public final class VenueSecondsSerializer extends RecordSerializer<VenueSeconds> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(VenueSeconds value, DataOutputView out) throws IOException {
        Texts.write(out, value.venue());
        out.writeLong(value.minute());
        out.writeLong(value.seconds());
    }

    @Override
    public VenueSeconds deserialize(DataInputView in) throws IOException {
        return new VenueSeconds(Texts.read(in), in.readLong(), in.readLong());
    }

    @Override
    public TypeSerializerSnapshot<VenueSeconds> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<VenueSeconds> {
        /** For Flink. */
        public Snapshot() {
            super(VenueSecondsSerializer::new);
        }
    }
}

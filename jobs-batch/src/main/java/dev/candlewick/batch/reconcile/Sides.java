package dev.candlewick.batch.reconcile;

import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.jobs.operators.RecordSerializer;
import dev.candlewick.jobs.operators.RecordType;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * What all sides have of one key; immutable.
 *
 * @param topic null where the topic has none
 * @param lake null where the lake has none
 * @param truth null where the recomputation has none
 */
public record Sides(
        @Nullable ObservedValue topic,
        @Nullable ObservedValue lake,
        @Nullable ObservedValue truth) {
    /** The type between operators. */
    static final RecordType<Sides> TYPE = new RecordType<>(Sides.class, new Serializer());

    /** The fixed layout. */
    public static final class Serializer extends RecordSerializer<Sides> {
        private static final long serialVersionUID = 1L;

        @Override
        public void serialize(Sides sides, DataOutputView out) throws IOException {
            write(sides.topic(), out);
            write(sides.lake(), out);
            write(sides.truth(), out);
        }

        private static void write(@Nullable ObservedValue value, DataOutputView out) throws IOException {
            out.writeBoolean(value != null);
            if (value != null) {
                value.write(out);
            }
        }

        @Override
        public Sides deserialize(DataInputView in) throws IOException {
            return new Sides(read(in), read(in), read(in));
        }

        private static @Nullable ObservedValue read(DataInputView in) throws IOException {
            return in.readBoolean() ? ObservedValue.read(in) : null;
        }

        @Override
        public TypeSerializerSnapshot<Sides> snapshotConfiguration() {
            return new Snapshot();
        }

        /** Names the layout. */
        public static final class Snapshot extends SimpleTypeSerializerSnapshot<Sides> {
            /** For Flink. */
            public Snapshot() {
                super(Serializer::new);
            }
        }
    }
}

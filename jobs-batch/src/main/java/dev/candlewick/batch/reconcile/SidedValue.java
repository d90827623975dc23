package dev.candlewick.batch.reconcile;

import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.Side;
import dev.candlewick.jobs.operators.RecordSerializer;
import dev.candlewick.jobs.operators.RecordType;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A value with the side that has it; immutable.
 *
 * @param side where it was seen
 * @param value what it is
 */
public record SidedValue(Side side, ObservedValue value) {
    /** The type between operators. */
    static final RecordType<SidedValue> TYPE = new RecordType<>(SidedValue.class, new Serializer());

    /** The type of a value alone. */
    static final RecordType<ObservedValue> VALUE_TYPE = new RecordType<>(ObservedValue.class, new ValueSerializer());

    /** The fixed layout. */
    public static final class Serializer extends RecordSerializer<SidedValue> {
        private static final long serialVersionUID = 1L;
        private static final Side[] SIDES = Side.values();

        @Override
        public void serialize(SidedValue record, DataOutputView out) throws IOException {
            out.writeByte(record.side().ordinal());
            record.value().write(out);
        }

        @Override
        public SidedValue deserialize(DataInputView in) throws IOException {
            return new SidedValue(SIDES[in.readByte()], ObservedValue.read(in));
        }

        @Override
        public TypeSerializerSnapshot<SidedValue> snapshotConfiguration() {
            return new Snapshot();
        }

        /** Names the layout. */
        public static final class Snapshot extends SimpleTypeSerializerSnapshot<SidedValue> {
            /** For Flink. */
            public Snapshot() {
                super(Serializer::new);
            }
        }
    }

    /** The fixed layout of a value alone. */
    public static final class ValueSerializer extends RecordSerializer<ObservedValue> {
        private static final long serialVersionUID = 1L;

        @Override
        public void serialize(ObservedValue value, DataOutputView out) throws IOException {
            value.write(out);
        }

        @Override
        public ObservedValue deserialize(DataInputView in) throws IOException {
            return ObservedValue.read(in);
        }

        @Override
        public TypeSerializerSnapshot<ObservedValue> snapshotConfiguration() {
            return new Snapshot();
        }

        /** Names the layout. */
        public static final class Snapshot extends SimpleTypeSerializerSnapshot<ObservedValue> {
            /** For Flink. */
            public Snapshot() {
                super(ValueSerializer::new);
            }
        }
    }
}

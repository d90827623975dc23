package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Decoded;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of a {@link Decoded} message, where source and stamp are not chained. Never kept in state. */
public final class DecodedSerializer extends TypeSerializer<Decoded> {
    private static final long serialVersionUID = 1L;

    private final TradeSerializer trades = new TradeSerializer();
    private final RejectedSerializer rejections = new RejectedSerializer();

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public TypeSerializer<Decoded> duplicate() {
        return new DecodedSerializer();
    }

    @Override
    public Decoded createInstance() {
        return new Decoded();
    }

    @Override
    public Decoded copy(Decoded from) {
        return from.copy();
    }

    @Override
    public Decoded copy(Decoded from, Decoded reuse) {
        return from.copy();
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(Decoded decoded, DataOutputView out) throws IOException {
        out.writeByte(decoded.kind().ordinal());
        switch (decoded.kind()) {
            case TRADE -> trades.serialize(decoded.trade(), out);
            case REJECTED -> rejections.serialize(decoded.rejected(), out);
            case FILTERED -> {
                SourceNames.write(decoded.readSource(), out);
                out.writeInt(decoded.readPartition());
                out.writeLong(decoded.readOffset());
                out.writeLong(decoded.messages());
            }
        }
    }

    @Override
    public Decoded deserialize(DataInputView in) throws IOException {
        return deserialize(new Decoded(), in);
    }

    @Override
    public Decoded deserialize(Decoded reuse, DataInputView in) throws IOException {
        Decoded.Kind kind = Decoded.Kind.values()[in.readByte()];
        return switch (kind) {
            case TRADE -> {
                trades.deserialize(reuse.trade(), in);
                yield reuse.setTrade();
            }
            case REJECTED -> reuse.setRejected(rejections.deserialize(in));
            case FILTERED -> reuse.setFiltered(SourceNames.read(in), in.readInt(), in.readLong(), in.readLong());
        };
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DecodedSerializer;
    }

    @Override
    public int hashCode() {
        return DecodedSerializer.class.hashCode();
    }

    @Override
    public TypeSerializerSnapshot<Decoded> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Decoded> {
        /** For Flink. */
        public Snapshot() {
            super(DecodedSerializer::new);
        }
    }
}

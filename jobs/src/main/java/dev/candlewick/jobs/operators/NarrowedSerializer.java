package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Published;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The layout of {@link PublishedSerializer} for one kind of published value. */
public final class NarrowedSerializer<T extends Published> extends RecordSerializer<T> {
    private static final long serialVersionUID = 1L;

    private final Class<T> type;
    private final PublishedSerializer serializer = new PublishedSerializer();

    /** The serializer of one kind. */
    public NarrowedSerializer(Class<T> type) {
        this.type = type;
    }

    @Override
    public void serialize(T value, DataOutputView out) throws IOException {
        serializer.serialize(value, out);
    }

    @Override
    public T deserialize(DataInputView in) throws IOException {
        return type.cast(serializer.deserialize(in));
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
        throw new UnsupportedOperationException("a narrowed value is never kept in state");
    }
}

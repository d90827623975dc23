package dev.candlewick.jobs.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * An exactly-once sink into this JVM: what a checkpoint did not complete is never seen, and what is committed twice counts
 * once. Records are written as bytes at once, so a reused carrier may go on.
 */
public final class CommittedSink<T> implements Sink<T>, SupportsCommitter<CommittedSink.Bundle> {
    private static final long serialVersionUID = 1L;

    private static final Map<String, Map<String, Bundle>> COMMITTED = new ConcurrentHashMap<>();

    private final String id = UUID.randomUUID().toString();
    private final TypeSerializer<T> serializer;

    /** A sink of its own for records of one type. */
    public CommittedSink(TypeSerializer<T> serializer) {
        this.serializer = serializer;
    }

    /** Bytes of some records of one writer. */
    public record Bundle(String id, byte[] bytes) {}

    /** Everything committed so far. */
    public List<T> committed() {
        TypeSerializer<T> reader = serializer.duplicate();
        List<T> records = new ArrayList<>();
        for (Bundle bundle : COMMITTED.getOrDefault(id, Map.of()).values()) {
            DataInputDeserializer in = new DataInputDeserializer(bundle.bytes());
            while (in.available() > 0) {
                try {
                    records.add(reader.deserialize(in));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return records;
    }

    /** Forgets what was committed. */
    public void forget() {
        COMMITTED.remove(id);
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        return new Writer<>(serializer.duplicate());
    }

    @Override
    public Committer<Bundle> createCommitter(CommitterInitContext context) {
        return new IdempotentCommitter(id);
    }

    private record IdempotentCommitter(String sink) implements Committer<Bundle> {
        @Override
        public void commit(Collection<CommitRequest<Bundle>> requests) {
            Map<String, Bundle> bundles = COMMITTED.computeIfAbsent(sink, key -> new ConcurrentHashMap<>());
            for (CommitRequest<Bundle> request : requests) {
                bundles.putIfAbsent(request.getCommittable().id(), request.getCommittable());
            }
        }

        @Override
        public void close() {}
    }

    private static final class Writer<T> implements CommittingSinkWriter<T, Bundle> {
        private final TypeSerializer<T> serializer;
        private final DataOutputSerializer buffer = new DataOutputSerializer(1024);

        Writer(TypeSerializer<T> serializer) {
            this.serializer = serializer;
        }

        @Override
        public void write(T record, Context context) throws IOException {
            serializer.serialize(record, buffer);
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public Collection<Bundle> prepareCommit() {
            if (buffer.length() == 0) {
                return List.of();
            }
            Bundle bundle = new Bundle(UUID.randomUUID().toString(), buffer.getCopyOfBuffer());
            buffer.clear();
            return List.of(bundle);
        }

        @Override
        public void close() {}
    }

    @Override
    public SimpleVersionedSerializer<Bundle> getCommittableSerializer() {
        return new BundleSerializer();
    }

    private static final class BundleSerializer implements SimpleVersionedSerializer<Bundle> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Bundle bundle) {
            UUID id = UUID.fromString(bundle.id());
            return ByteBuffer.allocate(16 + bundle.bytes().length)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .put(bundle.bytes())
                    .array();
        }

        @Override
        public Bundle deserialize(int version, byte[] serialized) {
            ByteBuffer in = ByteBuffer.wrap(serialized);
            String id = new UUID(in.getLong(), in.getLong()).toString();
            byte[] bytes = new byte[in.remaining()];
            in.get(bytes);
            return new Bundle(id, bytes);
        }
    }
}

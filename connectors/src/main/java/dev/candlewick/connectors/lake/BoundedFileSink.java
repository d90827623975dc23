package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.file.sink.FileSinkCommittable;
import org.apache.flink.connector.file.sink.writer.FileWriter;
import org.apache.flink.connector.file.sink.writer.FileWriterBucketState;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileSink} with a bound on the files that are open at once in one subtask, whatever dates the input brings
 * (failure modes 5.4): a row of one partition too many closes the file of the partition whose last row is longest ago.
 *
 * <p>The closed file waits for the next checkpoint, or the end of the input, with all others: its committable is kept and
 * handed out by the next {@link CommittingSinkWriter#prepareCommit()}, which comes in front of every snapshot. So state,
 * committables and their formats are those of the wrapped sink, and a failure in between leaves hidden files that nobody
 * reads, as it does there. A later row of the partition opens a further file.
 *
 * <p>The writer holds a fixed number of the wrapped sink's writers, each with one partition at a time.
 */
final class BoundedFileSink<T>
        implements Sink<T>, SupportsWriterState<T, FileWriterBucketState>, SupportsCommitter<FileSinkCommittable> {
    @Serial
    private static final long serialVersionUID = 1L;

    private final FileSink<T> sink;
    private final BucketAssigner<T, String> assigner;
    private final int openMax;

    /**
     * Wraps a sink.
     *
     * @param assigner as the sink's own
     * @param openMax the most files that one subtask holds open
     */
    BoundedFileSink(FileSink<T> sink, BucketAssigner<T, String> assigner, int openMax) {
        this.sink = sink;
        this.assigner = assigner;
        this.openMax = openMax;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public StatefulSinkWriter<T, FileWriterBucketState> restoreWriter(
            WriterInitContext context, Collection<FileWriterBucketState> recovered) throws IOException {
        return new Writer(context, recovered);
    }

    @Override
    public SimpleVersionedSerializer<FileWriterBucketState> getWriterStateSerializer() {
        return sink.getWriterStateSerializer();
    }

    @Override
    public Committer<FileSinkCommittable> createCommitter(CommitterInitContext context) throws IOException {
        return sink.createCommitter(context);
    }

    @Override
    public SimpleVersionedSerializer<FileSinkCommittable> getCommittableSerializer() {
        return sink.getCommittableSerializer();
    }

    /** One subtask's open files. */
    private final class Writer
            implements StatefulSinkWriter<T, FileWriterBucketState>, CommittingSinkWriter<T, FileSinkCommittable> {
        private final WriterInitContext context;
        private final List<FileWriter<T>> writers = new ArrayList<>();
        /** By partition, the one whose last row is longest ago first. */
        private final LinkedHashMap<String, FileWriter<T>> open = new LinkedHashMap<>(64, 0.75f, true);

        private final List<FileWriter<T>> idle = new ArrayList<>();
        private final List<FileSinkCommittable> closed = new ArrayList<>();

        private @Nullable String lastPartition;
        private @Nullable FileWriter<T> last;

        Writer(WriterInitContext context, Collection<FileWriterBucketState> recovered) throws IOException {
            this.context = context;
            FileWriter<T> first = sink.restoreWriter(context, recovered);
            writers.add(first);
            idle.add(first);
        }

        @Override
        public void write(T row, Context rowContext) throws IOException, InterruptedException {
            // The assigner looks at the row only, and gives the same string for the same day.
            String partition = assigner.getBucketId(row, NoContext.INSTANCE);
            FileWriter<T> writer = last;
            if (writer == null || !partition.equals(lastPartition)) {
                writer = open.get(partition);
                if (writer == null) {
                    writer = free();
                    open.put(partition, writer);
                }
                lastPartition = partition;
                last = writer;
            }
            writer.write(row, rowContext);
        }

        private FileWriter<T> free() throws IOException {
            if (!idle.isEmpty()) {
                return idle.remove(idle.size() - 1);
            }
            if (writers.size() < openMax) {
                FileWriter<T> made = sink.createWriter(context);
                writers.add(made);
                return made;
            }
            var eldest = open.entrySet().iterator();
            FileWriter<T> writer = eldest.next().getValue();
            eldest.remove();
            closed.addAll(writer.prepareCommit());
            // A second time, so that the writer forgets the partition, which has no open file any more.
            closed.addAll(writer.prepareCommit());
            return writer;
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            for (FileWriter<T> writer : writers) {
                writer.flush(endOfInput);
            }
        }

        @Override
        public Collection<FileSinkCommittable> prepareCommit() throws IOException {
            List<FileSinkCommittable> all = new ArrayList<>(closed);
            closed.clear();
            for (FileWriter<T> writer : writers) {
                all.addAll(writer.prepareCommit());
            }
            open.clear();
            idle.clear();
            idle.addAll(writers);
            last = null;
            return all;
        }

        @Override
        public List<FileWriterBucketState> snapshotState(long checkpointId) throws IOException {
            List<FileWriterBucketState> states = new ArrayList<>();
            for (FileWriter<T> writer : writers) {
                states.addAll(writer.snapshotState(checkpointId));
            }
            return states;
        }

        @Override
        public void close() {
            writers.forEach(FileWriter::close);
        }
    }

    /** For assigners that need nothing but the row. */
    private enum NoContext implements BucketAssigner.Context {
        INSTANCE;

        @Override
        public long currentProcessingTime() {
            throw new IllegalStateException("a partition must depend on its row only");
        }

        @Override
        public long currentWatermark() {
            throw new IllegalStateException("a partition must depend on its row only");
        }

        @Override
        public @Nullable Long timestamp() {
            throw new IllegalStateException("a partition must depend on its row only");
        }
    }
}

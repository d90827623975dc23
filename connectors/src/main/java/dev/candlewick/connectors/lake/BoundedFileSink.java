package dev.candlewick.connectors.lake;

import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import dev.candlewick.core.metric.LogField;
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
import org.slf4j.MDC;

/**
 * A {@link FileSink} with a bound on what the open files of one subtask hold in memory, whatever dates the input brings
 * (failure modes 5.4): a row of one partition too many, or one row too many in all of them, closes the file of the
 * partition whose last row is longest ago.
 *
 * <p>An open file costs some 200 KB (measured for the trades table) and its rows up to a row group. The bounds are a share
 * of the heap: 400 files of a subtask at 3 GB and parallelism 2, 64 at 512 MB; never below {@value #OPEN_MIN}.
 *
 * <p>The closed file waits for the next checkpoint, or the end of the input, with all others: its committable is kept and
 * handed out by the next {@link CommittingSinkWriter#prepareCommit()}, which comes in front of every snapshot. So state,
 * committables are those of the wrapped sink, in a frame with a checksum, and a failure in between leaves hidden files that nobody
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
    private final long heapBytes;
    private final String run;

    /** Files that a subtask may hold open in any case. */
    static final int OPEN_MIN = 16;

    private static final int OPEN_MAX = 4_096;
    private static final long FILE_BYTES = 200_000;
    private static final long ROW_BYTES = 100;
    /** Rows of one file that can be in memory, since a row group is written out. */
    private static final long ROW_GROUP_ROWS = LakeParquet.ROW_GROUP_BYTES / ROW_BYTES;

    /**
     * Wraps a sink.
     *
     * @param assigner as the sink's own
     * @param heapBytes the heap of which a share may be used; 0 for that of the process it runs in
     * @param run name of the run, for the log
     */
    BoundedFileSink(FileSink<T> sink, BucketAssigner<T, String> assigner, long heapBytes, String run) {
        this.sink = sink;
        this.assigner = assigner;
        this.heapBytes = heapBytes;
        this.run = run;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public StatefulSinkWriter<T, FileWriterBucketState> restoreWriter(
            WriterInitContext context, Collection<FileWriterBucketState> recovered) throws IOException {
        // No other operator of ours may be in this task.
        MDC.put(LogField.RUN.key(), run);
        return new Writer(context, recovered);
    }

    @Override
    public SimpleVersionedSerializer<FileWriterBucketState> getWriterStateSerializer() {
        return new CheckedVersionedSerializer<>(sink.getWriterStateSerializer(), "writer of the lake");
    }

    @Override
    public Committer<FileSinkCommittable> createCommitter(CommitterInitContext context) throws IOException {
        return new CountingCommitter(sink.createCommitter(context), context.metricGroup());
    }

    @Override
    public SimpleVersionedSerializer<FileSinkCommittable> getCommittableSerializer() {
        return new CheckedVersionedSerializer<>(sink.getCommittableSerializer(), "file of the lake");
    }

    /** One subtask's open files. */
    private final class Writer
            implements StatefulSinkWriter<T, FileWriterBucketState>, CommittingSinkWriter<T, FileSinkCommittable> {
        private final WriterInitContext context;
        private final int openMax;
        private final long rowsMax;
        private final List<FileWriter<T>> writers = new ArrayList<>();
        /** By partition, the one whose last row is longest ago first. */
        private final LinkedHashMap<String, OpenFile<T>> open = new LinkedHashMap<>(64, 0.75f, true);

        private final List<FileWriter<T>> idle = new ArrayList<>();
        private final List<FileSinkCommittable> closed = new ArrayList<>();

        private @Nullable String lastPartition;
        private @Nullable OpenFile<T> last;
        private long rows;

        Writer(WriterInitContext context, Collection<FileWriterBucketState> recovered) throws IOException {
            this.context = context;
            // Trades and rejected, and for each subtask candles, VWAP, quality and reports.
            long sinks = 2L + 4L * context.getTaskInfo().getNumberOfParallelSubtasks();
            long heap = heapBytes > 0 ? heapBytes : Runtime.getRuntime().maxMemory();
            openMax = (int) Math.max(OPEN_MIN, Math.min(OPEN_MAX, heap / 4 / FILE_BYTES / sinks));
            rowsMax = Math.max(ROW_GROUP_ROWS, heap / 8 / ROW_BYTES / sinks);
            FileWriter<T> first = sink.restoreWriter(context, recovered);
            writers.add(first);
            idle.add(first);
        }

        @Override
        public void write(T row, Context rowContext) throws IOException, InterruptedException {
            // The assigner looks at the row only, and gives the same string for the same day.
            String partition = assigner.getBucketId(row, NoContext.INSTANCE);
            OpenFile<T> file = last;
            if (file == null || !partition.equals(lastPartition)) {
                file = open.get(partition);
                if (file == null) {
                    file = new OpenFile<>(free());
                    open.put(partition, file);
                }
                lastPartition = partition;
                last = file;
            }
            file.writer.write(row, rowContext);
            if (file.rows < ROW_GROUP_ROWS) {
                file.rows++;
                if (++rows > rowsMax && open.size() > OPEN_MIN) {
                    idle.add(closeEldest());
                }
            }
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
            return closeEldest();
        }

        private FileWriter<T> closeEldest() throws IOException {
            var eldest = open.values().iterator();
            OpenFile<T> file = eldest.next();
            eldest.remove();
            rows -= file.rows;
            closed.addAll(file.writer.prepareCommit());
            // A second time, so that the writer forgets the partition, which has no open file any more.
            closed.addAll(file.writer.prepareCommit());
            return file.writer;
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
            rows = 0;
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

    /** A partition's open file and how many of its rows may be in memory. */
    private static final class OpenFile<T> {
        private final FileWriter<T> writer;
        private long rows;

        OpenFile(FileWriter<T> writer) {
            this.writer = writer;
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

package dev.candlewick.savepoints;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.time.Interval;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A source over an {@link ArchivedLog} of this process, to be run with parallelism 1 in a cluster of this process.
 *
 * <p>It gives every message and then the last watermark, and does not end: an input that ends would close every window. A
 * savepoint that is taken behind {@link #whenRead} is that of a job that has read just that much. It makes watermarks
 * itself, as the job's own source would have made them.
 */
final class ArchivedLogSource implements Source<Decoded, ArchivedLogSource.Whole, Boolean> {
    private static final long serialVersionUID = 1L;

    /** How often the job's own source gives watermarks, in the broker's time. */
    private static final long WATERMARK_NANOS = 200 * Interval.MILLI_NANOS;

    /** Of a topic that was filled at once the broker's times say nothing: windows must close nevertheless. */
    private static final int WATERMARK_MESSAGES = 10_000;

    private static final int BATCH = 256;
    private static final Map<String, Run> RUNS = new ConcurrentHashMap<>();

    /** A log with the end of its reading. */
    private static final class Run {
        final LogReplay replay;
        final CompletableFuture<Long> read = new CompletableFuture<>();
        volatile long messages;

        Run(LogReplay replay) {
            this.replay = replay;
        }
    }

    /** The whole log. */
    record Whole() implements SourceSplit {
        @Override
        public String splitId() {
            return "log";
        }
    }

    private final String id;

    private ArchivedLogSource(String id) {
        this.id = id;
    }

    /** A source of a log; {@link #release} it at the end. */
    static ArchivedLogSource of(LogReplay replay) {
        String id = UUID.randomUUID().toString();
        RUNS.put(id, new Run(replay));
        return new ArchivedLogSource(id);
    }

    /** Completes with the last watermark in milliseconds when everything was given. */
    CompletableFuture<Long> whenRead() {
        return run().read;
    }

    /** How many messages were given. */
    long messages() {
        return run().messages;
    }

    /** Forgets the log. */
    void release() {
        RUNS.remove(id);
    }

    private Run run() {
        Run run = RUNS.get(id);
        if (run == null) {
            throw new IllegalStateException("an archived log must be read in the process that opened it, was not");
        }
        return run;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SplitEnumerator<Whole, Boolean> createEnumerator(SplitEnumeratorContext<Whole> context) {
        return new Enumerator(context);
    }

    @Override
    public SplitEnumerator<Whole, Boolean> restoreEnumerator(
            SplitEnumeratorContext<Whole> context, Boolean checkpoint) {
        throw new IllegalStateException("an archived log is read once, was to be restored");
    }

    @Override
    public SourceReader<Decoded, Whole> createReader(SourceReaderContext context) {
        return new Reader(run());
    }

    @Override
    public SimpleVersionedSerializer<Whole> getSplitSerializer() {
        return new Nothing<>(new Whole());
    }

    @Override
    public SimpleVersionedSerializer<Boolean> getEnumeratorCheckpointSerializer() {
        return new Nothing<>(Boolean.TRUE);
    }

    private record Enumerator(SplitEnumeratorContext<Whole> context) implements SplitEnumerator<Whole, Boolean> {
        @Override
        public void start() {
            // There is nothing to discover.
        }

        @Override
        public void addReader(int subtask) {
            context.assignSplit(new Whole(), subtask);
        }

        @Override
        public void handleSplitRequest(int subtask, @Nullable String host) {
            // The reader does not ask.
        }

        @Override
        public void addSplitsBack(List<Whole> splits, int subtask) {
            // A job that fails is not restarted.
        }

        @Override
        public Boolean snapshotState(long checkpoint) {
            return Boolean.TRUE;
        }

        @Override
        public void close() {
            // Nothing is held open.
        }
    }

    private static final class Reader implements SourceReader<Decoded, Whole> {
        private final Run run;
        private final CompletableFuture<Void> available = new CompletableFuture<>();
        private final CompletableFuture<Void> never = new CompletableFuture<>();
        private boolean ended;
        private long watermarkAtNanos;
        private int sinceWatermark;
        private long given;

        Reader(Run run) {
            this.run = run;
            this.watermarkAtNanos = run.replay.nowNanos();
        }

        @Override
        public void start() {
            // The enumerator gives the log unasked.
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Decoded> output) throws IOException {
            if (ended || !available.isDone()) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            LogReplay replay = run.replay;
            for (int i = 0; i < BATCH; i++) {
                Decoded message = replay.next();
                if (message == null) {
                    long watermark = replay.watermarkMillis();
                    if (watermark != Long.MIN_VALUE) {
                        output.emitWatermark(new Watermark(watermark));
                    }
                    ended = true;
                    run.messages = given;
                    run.read.complete(watermark);
                    return InputStatus.NOTHING_AVAILABLE;
                }
                given++;
                sinceWatermark++;
                if (message.isTrade()) {
                    output.collect(message, Math.floorDiv(message.trade().eventTimeNanos, Interval.MILLI_NANOS));
                } else {
                    output.collect(message);
                }
            }
            run.messages = given;
            if (sinceWatermark >= WATERMARK_MESSAGES || replay.nowNanos() - watermarkAtNanos >= WATERMARK_NANOS) {
                sinceWatermark = 0;
                watermarkAtNanos = replay.nowNanos();
                long watermark = replay.watermarkMillis();
                if (watermark != Long.MIN_VALUE) {
                    output.emitWatermark(new Watermark(watermark));
                }
            }
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<Whole> snapshotState(long checkpoint) {
            return List.of();
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return ended ? never : available;
        }

        @Override
        public void addSplits(List<Whole> splits) {
            available.complete(null);
        }

        @Override
        public void notifyNoMoreSplits() {
            // There are none anyway.
        }

        @Override
        public void close() {
            // The log is closed by whoever opened it.
        }
    }

    /** Writes nothing: the log is read once, in one process. */
    private record Nothing<T>(T value) implements SimpleVersionedSerializer<T> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(T object) {
            return new byte[0];
        }

        @Override
        public T deserialize(int version, byte[] serialized) {
            return value;
        }
    }
}

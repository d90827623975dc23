package dev.candlewick.jobs.testing;

import dev.candlewick.core.model.Decoded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded source over messages in memory, one split for each partition, all of them assigned at once; partitions are
 * read at speeds of their own, and a run can pause at given positions or fail once after a checkpoint.
 *
 * <p>Every reader fills one carrier again and again, as the product's readers do. With checkpoints all subtasks end
 * together, because Flink completes none while a vertex with union list state is partly finished.
 */
public final class PartitionedSource implements Source<Decoded, PartitionedSource.Split, List<Integer>> {
    private static final long serialVersionUID = 1L;

    private static final Map<String, Run> RUNS = new ConcurrentHashMap<>();

    private final String run;

    /** Reads the messages of a run; the run must be closed when its job has ended. */
    public PartitionedSource(Run run) {
        this.run = run.id;
    }

    /** The failure that a run throws; any other one is a fault. */
    public static final class InjectedFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InjectedFailure(long emitted) {
            super("injected after " + emitted + " messages");
        }
    }

    /** What the readers of one job share with the test; thread-safe. */
    public static final class Run implements AutoCloseable {
        final String id = UUID.randomUUID().toString();
        final List<List<Message>> partitions;
        final boolean consolidated;
        final int[] weights;
        final boolean endTogether;
        private final Queue<long[]> failures = new ArrayDeque<>();
        private double limit = 1;
        private final Set<Integer> paused = new HashSet<>();
        private long emitted;
        private boolean holding;
        private boolean armed;
        private int failed;
        private int checkpoints;

        /**
         * A run.
         *
         * @param weights how many messages of a partition are read in its turn
         * @param endTogether whether the subtasks wait for each other at the end
         */
        public Run(List<List<Message>> partitions, boolean consolidated, int[] weights, boolean endTogether) {
            this.partitions = partitions;
            this.consolidated = consolidated;
            this.weights = weights.clone();
            this.endTogether = endTogether;
            RUNS.put(id, this);
        }

        /** Number of messages. */
        public long size() {
            return partitions.stream().mapToLong(List::size).sum();
        }

        /** Fails once: holds after {@code after} messages until a checkpoint completed, reads {@code more}, throws. */
        public synchronized Run failAfter(long after, long more) {
            failures.add(new long[] {after, more});
            return this;
        }

        /** Pauses every partition at this part of its messages, 0 to 1. */
        public synchronized void pauseAt(double part) {
            limit = part;
            paused.clear();
            checkpoints = 0;
        }

        /** Whether every partition is paused, and a checkpoint since then says that every task runs. */
        public synchronized boolean isPaused() {
            return paused.size() == partitions.size() && checkpoints > 0;
        }

        /** How often the run failed as injected. */
        public synchronized int failed() {
            return failed;
        }

        synchronized int end(int partition) {
            int size = partitions.get(partition).size();
            return limit >= 1 ? size : (int) (size * limit);
        }

        synchronized boolean pausesAtEnd() {
            return limit < 1;
        }

        synchronized void paused(int partition) {
            paused.add(partition);
        }

        /** Whether a reader may go on; throws where the run is to fail. */
        synchronized boolean mayGoOn() {
            long[] next = failures.peek();
            if (next == null || emitted < next[0]) {
                return true;
            }
            if (!armed) {
                holding = true;
                return false;
            }
            if (emitted < next[0] + next[1]) {
                return true;
            }
            failures.remove();
            armed = false;
            failed++;
            throw new InjectedFailure(emitted);
        }

        synchronized void checkpointed() {
            checkpoints++;
            if (holding) {
                holding = false;
                armed = true;
            }
        }

        synchronized void emitted() {
            emitted++;
        }

        @Override
        public void close() {
            RUNS.remove(id);
        }
    }

    private static Run run(String id) {
        Run run = RUNS.get(id);
        if (run == null) {
            throw new IllegalStateException("run must not be closed before its job ended, was " + id);
        }
        return run;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<Decoded, Split> createReader(SourceReaderContext context) {
        return new Reader(run(run), context);
    }

    @Override
    public SplitEnumerator<Split, List<Integer>> createEnumerator(SplitEnumeratorContext<Split> context) {
        List<Integer> all = new ArrayList<>();
        for (int partition = 0; partition < run(run).partitions.size(); partition++) {
            all.add(partition);
        }
        return new Enumerator(context, all);
    }

    @Override
    public SplitEnumerator<Split, List<Integer>> restoreEnumerator(
            SplitEnumeratorContext<Split> context, List<Integer> unassigned) {
        return new Enumerator(context, unassigned);
    }

    /** A partition and the next message of it. */
    public record Split(int partition, int next) implements SourceSplit {
        @Override
        public String splitId() {
            return Integer.toString(partition);
        }
    }

    /** A reader has no more messages. */
    private record Done() implements SourceEvent {
        private static final long serialVersionUID = 1L;
    }

    /** No reader has more messages. */
    private record AllDone() implements SourceEvent {
        private static final long serialVersionUID = 1L;
    }

    private static final class Enumerator implements SplitEnumerator<Split, List<Integer>> {
        private final SplitEnumeratorContext<Split> context;
        private final List<Integer> unassigned;
        private final Map<Integer, List<Split>> back = new HashMap<>();
        private final Set<Integer> done = new HashSet<>();

        Enumerator(SplitEnumeratorContext<Split> context, List<Integer> unassigned) {
            this.context = context;
            this.unassigned = new ArrayList<>(unassigned);
        }

        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int subtask, @Nullable String host) {}

        @Override
        public void addSplitsBack(List<Split> splits, int subtask) {
            back.computeIfAbsent(subtask, key -> new ArrayList<>()).addAll(splits);
        }

        @Override
        public void addReader(int subtask) {
            done.remove(subtask);
            List<Split> splits = new ArrayList<>();
            List<Split> returned = back.remove(subtask);
            if (returned != null) {
                splits.addAll(returned);
            }
            unassigned.removeIf(partition -> {
                boolean mine = partition % context.currentParallelism() == subtask;
                if (mine) {
                    splits.add(new Split(partition, 0));
                }
                return mine;
            });
            if (!splits.isEmpty()) {
                context.assignSplits(new SplitsAssignment<>(Map.of(subtask, splits)));
            }
            context.signalNoMoreSplits(subtask);
        }

        @Override
        public void handleSourceEvent(int subtask, SourceEvent event) {
            done.add(subtask);
            if (done.size() == context.currentParallelism()) {
                for (int reader : done) {
                    context.sendEventToSourceReader(reader, new AllDone());
                }
            }
        }

        @Override
        public List<Integer> snapshotState(long checkpointId) {
            return List.copyOf(unassigned);
        }

        @Override
        public void close() {}
    }

    private static final class Reader implements SourceReader<Decoded, Split> {
        /** A split that is being read. */
        private static final class Cursor {
            final int partition;
            int next;

            @Nullable
            SourceOutput<Decoded> output;

            boolean ended;

            Cursor(Split split) {
                partition = split.partition();
                next = split.next();
            }
        }

        private final Run run;
        private final SourceReaderContext context;
        private final HistoryTrades trades;
        private final Decoded carrier = new Decoded();
        private final List<Cursor> cursors = new ArrayList<>();
        private CompletableFuture<Void> available = new CompletableFuture<>();
        private int turn;
        private int read;
        private boolean noMoreSplits;
        private boolean saidDone;
        private boolean allDone;

        Reader(Run run, SourceReaderContext context) {
            this.run = run;
            this.context = context;
            this.trades = new HistoryTrades(run.consolidated);
        }

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<Decoded> output) {
            if (!run.mayGoOn()) {
                return nothing();
            }
            Cursor cursor = next(output);
            if (cursor != null) {
                if (cursor.output == null) {
                    cursor.output = output.createOutputForSplit(Integer.toString(cursor.partition));
                }
                Message message = run.partitions.get(cursor.partition).get(cursor.next++);
                cursor.output.collect(message.decode(carrier, trades));
                run.emitted();
                return InputStatus.MORE_AVAILABLE;
            }
            if (!noMoreSplits || run.pausesAtEnd()) {
                return nothing();
            }
            if (!run.endTogether || allDone) {
                return InputStatus.END_OF_INPUT;
            }
            if (!saidDone) {
                saidDone = true;
                // What the end of the input would say; idleness would make Flink ignore that.
                output.emitWatermark(Watermark.MAX_WATERMARK);
                context.sendSourceEventToCoordinator(new Done());
            }
            return nothing();
        }

        /** The split whose turn it is, null where all have ended or paused. */
        private @Nullable Cursor next(ReaderOutput<Decoded> output) {
            for (int tried = 0; tried <= cursors.size(); tried++) {
                if (cursors.isEmpty()) {
                    return null;
                }
                Cursor cursor = cursors.get(turn % cursors.size());
                if (cursor.next < run.end(cursor.partition)) {
                    if (read++ < run.weights[cursor.partition]) {
                        return cursor;
                    }
                } else if (!cursor.ended) {
                    cursor.ended = true;
                    run.paused(cursor.partition);
                    if (!run.pausesAtEnd()) {
                        // A finished split no longer holds back the others.
                        output.releaseOutputForSplit(Integer.toString(cursor.partition));
                    }
                }
                turn++;
                read = 0;
            }
            return null;
        }

        private InputStatus nothing() {
            if (available.isDone()) {
                available = new CompletableFuture<>();
            }
            return InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        @Override
        public List<Split> snapshotState(long checkpointId) {
            return cursors.stream()
                    .map(cursor -> new Split(cursor.partition, cursor.next))
                    .toList();
        }

        @Override
        public void addSplits(List<Split> splits) {
            splits.forEach(split -> cursors.add(new Cursor(split)));
            available.complete(null);
        }

        @Override
        public void notifyNoMoreSplits() {
            noMoreSplits = true;
            available.complete(null);
        }

        @Override
        public void handleSourceEvents(SourceEvent event) {
            allDone = event instanceof AllDone;
            available.complete(null);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            run.checkpointed();
            available.complete(null);
        }

        @Override
        public void close() {}
    }

    @Override
    public SimpleVersionedSerializer<Split> getSplitSerializer() {
        return new SplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<List<Integer>> getEnumeratorCheckpointSerializer() {
        return new PartitionsSerializer();
    }

    private static final class SplitSerializer implements SimpleVersionedSerializer<Split> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Split split) {
            return ByteBuffer.allocate(8)
                    .putInt(split.partition())
                    .putInt(split.next())
                    .array();
        }

        @Override
        public Split deserialize(int version, byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new Split(in.getInt(), in.getInt());
        }
    }

    private static final class PartitionsSerializer implements SimpleVersionedSerializer<List<Integer>> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(List<Integer> partitions) {
            ByteBuffer out = ByteBuffer.allocate(4 * partitions.size());
            partitions.forEach(out::putInt);
            return out.array();
        }

        @Override
        public List<Integer> deserialize(int version, byte[] bytes) throws IOException {
            List<Integer> partitions = new ArrayList<>();
            for (ByteBuffer in = ByteBuffer.wrap(bytes); in.hasRemaining(); ) {
                partitions.add(in.getInt());
            }
            return partitions;
        }
    }
}

package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;

/** Makes the messages of some partitions in the task's own thread, in the order in which they are sent. */
final class SimulatedReader implements SourceReader<Decoded, SimulatedSplit> {
    /** Messages emitted between two looks at the mailbox, where checkpoints and cancellation wait. */
    private static final int BATCH = 64;

    private final MarketSimulator market;
    private final long messagesOfPartition;
    private final SimulatedEncoder encoder;
    private final MessageDecoder decoder;
    private final Counter recordsIn;
    private final ByteWriter bytes = new ByteWriter(512);
    private final ReadContext context = new ReadContext();
    private final Decoded decoded = new Decoded();

    private final List<SimulatedSplit> added = new ArrayList<>();
    private final PriorityQueue<Head> heads = new PriorityQueue<>();
    private boolean noMoreSplits;
    private CompletableFuture<Void> available = new CompletableFuture<>();

    /** A partition with its next message. */
    private static final class Head implements Comparable<Head> {
        final MarketPartition partition;
        final SourceOutput<Decoded> output;
        final SimulatedMessage message = new SimulatedMessage();

        Head(MarketPartition partition, SourceOutput<Decoded> output) {
            this.partition = partition;
            this.output = output;
        }

        SimulatedSplit split() {
            return new SimulatedSplit(partition.partition(), message.position);
        }

        @Override
        public int compareTo(Head other) {
            int byTime = Long.compare(message.sendNanos, other.message.sendNanos);
            return byTime != 0 ? byTime : Integer.compare(partition.partition(), other.partition.partition());
        }
    }

    SimulatedReader(
            SourceReaderContext context,
            MarketSimulator market,
            WireFormat format,
            FeedRules rules,
            long messagesOfPartition) {
        this.market = market;
        this.messagesOfPartition = messagesOfPartition;
        encoder = SimulatedEncoder.of(format);
        decoder = format.newDecoder(new TradeValidator(rules));
        recordsIn = context.metricGroup().getIOMetricGroup().getNumRecordsInCounter();
    }

    @Override
    public void start() {
        // The enumerator gives splits unasked.
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Decoded> output) {
        for (SimulatedSplit split : added) {
            Head head = new Head(market.partition(split.partition()), output.createOutputForSplit(split.splitId()));
            head.partition.seek(split.position());
            take(head, output);
        }
        added.clear();
        for (int i = 0; i < BATCH; i++) {
            Head head = heads.poll();
            if (head == null) {
                if (noMoreSplits) {
                    return InputStatus.END_OF_INPUT;
                }
                // Without a partition of its own it must not hold back the others.
                output.markIdle();
                if (available.isDone()) {
                    available = new CompletableFuture<>();
                }
                return InputStatus.NOTHING_AVAILABLE;
            }
            emit(head);
            take(head, output);
        }
        recordsIn.inc(BATCH);
        return InputStatus.MORE_AVAILABLE;
    }

    /** Makes the partition's next message, or lets the partition go at its end. */
    private void take(Head head, ReaderOutput<Decoded> output) {
        if (head.partition.position() < messagesOfPartition) {
            head.partition.next(head.message);
            heads.add(head);
        } else {
            output.releaseOutputForSplit(Integer.toString(head.partition.partition()));
        }
    }

    private void emit(Head head) {
        SimulatedMessage message = head.message;
        bytes.clear();
        encoder.encode(message, bytes);
        context.readFromLog(0, head.partition.partition(), message.position);
        decoder.decode(bytes.buffer(), 0, bytes.length(), context, decoded);
        if (decoded.isTrade()) {
            head.output.collect(decoded, Math.floorDiv(decoded.trade().eventTimeNanos, 1_000_000L));
        } else {
            head.output.collect(decoded);
        }
    }

    @Override
    public List<SimulatedSplit> snapshotState(long checkpoint) {
        List<SimulatedSplit> splits = new ArrayList<>(added);
        for (Head head : heads) {
            splits.add(head.split());
        }
        return splits;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<SimulatedSplit> splits) {
        added.addAll(splits);
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        available.complete(null);
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}

package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.format.RejectionLog;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.TradeValidator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.jspecify.annotations.Nullable;

/** Reads one split after the other in the task's own thread. */
final class ParquetTradeReader implements SourceReader<Decoded, ParquetSplit> {
    /** Rows emitted between two looks at the mailbox, where checkpoints and cancellation wait. */
    private static final int BATCH = 256;

    private final RejectionLog rejections;
    private final SourceReaderContext context;
    private final TradeValidator validator;
    private final List<String> names;
    private final Counter recordsIn;
    private final ArrayDeque<ParquetSplit> added = new ArrayDeque<>();
    private @Nullable ParquetSplit split;
    private @Nullable RowFeed feed;
    private long emitted;
    private boolean noMoreSplits;
    private CompletableFuture<Void> available = new CompletableFuture<>();

    ParquetTradeReader(SourceReaderContext context, FeedRules rules, List<String> names) {
        this.context = context;
        this.rejections = new RejectionLog(context.metricGroup(), rules.feedName());
        this.validator = new TradeValidator(rules);
        this.names = names;
        this.recordsIn = context.metricGroup().getIOMetricGroup().getNumRecordsInCounter();
    }

    @Override
    public void start() {
        if (added.isEmpty()) {
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Decoded> output) {
        RowFeed rows = feed;
        if (rows == null) {
            ParquetSplit next = added.poll();
            if (next == null) {
                if (noMoreSplits) {
                    return InputStatus.END_OF_INPUT;
                }
                if (available.isDone()) {
                    available = new CompletableFuture<>();
                }
                return InputStatus.NOTHING_AVAILABLE;
            }
            rows = open(next);
        }
        for (int i = 0; i < BATCH; i++) {
            Decoded row = rows.next();
            if (row == null) {
                recordsIn.inc(i);
                rows.close();
                feed = null;
                split = null;
                if (added.isEmpty() && !noMoreSplits) {
                    context.sendSplitRequest();
                }
                return InputStatus.MORE_AVAILABLE;
            }
            emitted++;
            if (row.isTrade()) {
                output.collect(row, Math.floorDiv(row.trade().eventTimeNanos, 1_000_000L));
            } else {
                output.collect(row);
                if (row.kind() == Decoded.Kind.REJECTED) {
                    rejections.add(row.rejected(), names.get(row.readSource()));
                }
            }
        }
        recordsIn.inc(BATCH);
        return InputStatus.MORE_AVAILABLE;
    }

    private RowFeed open(ParquetSplit next) {
        RowFeed made = next.sorted()
                ? new SortedFeed(next.files(), validator, next.range(), next.once())
                : new FileByFileFeed(next.files(), validator, next.range());
        split = next;
        feed = made;
        emitted = next.emitted();
        for (long i = 0; i < next.emitted(); i++) {
            made.skip();
        }
        return made;
    }

    @Override
    public List<ParquetSplit> snapshotState(long checkpoint) {
        List<ParquetSplit> splits = new ArrayList<>(added);
        ParquetSplit open = split;
        if (open != null) {
            splits.add(0, open.after(emitted));
        }
        return splits;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return feed != null || !added.isEmpty() || noMoreSplits ? CompletableFuture.completedFuture(null) : available;
    }

    @Override
    public void addSplits(List<ParquetSplit> splits) {
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
        RowFeed open = feed;
        if (open != null) {
            open.close();
        }
    }
}

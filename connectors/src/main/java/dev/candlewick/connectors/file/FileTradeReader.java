package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.RejectionLog;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.TradeValidator;
import java.io.IOException;
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
import org.jspecify.annotations.Nullable;

/**
 * Reads files in the task's own thread, one after the other or merged by event time.
 *
 * <p>Merging is by heads: the file whose next trade is the earliest gives it, the lower ordinal on a tie; rejected and
 * filtered messages go out as soon as they are at a file's head. Each file keeps its own order. A file is opened when its
 * first trade is the earliest of all heads, so only files that overlap are open together.
 *
 * <p>Watermarks: each file has its own output, from the first moment on. One that is not open yet is marked idle: it
 * would otherwise hold the watermark at its beginning for the whole run, and it need not, since everything emitted
 * before it opens is no later than its first trade, so the watermark cannot have passed it. The next file is opened before
 * a finished one is released.
 */
final class FileTradeReader implements SourceReader<Decoded, FileSplit> {
    /** Messages emitted between two looks at the mailbox, where checkpoints and cancellation wait. */
    private static final int BATCH = 64;

    private final RejectionLog rejections;
    private final SourceReaderContext context;
    private final TradeFormat format;
    private final boolean merged;
    private final TradeValidator validator;
    private final Counter recordsIn;
    /** Uncompressed bytes. */
    private final Counter bytesIn;

    private final List<FileSplit> added = new ArrayList<>();
    /** All files with something left but {@link #current}, the earliest head first. */
    private final PriorityQueue<Entry> waiting = new PriorityQueue<>();

    private @Nullable Entry current;
    private int openFiles;
    private boolean requested;
    private boolean noMoreSplits;
    private CompletableFuture<Void> available = new CompletableFuture<>();

    FileTradeReader(SourceReaderContext context, TradeFormat format, FeedRules rules, boolean merged) {
        this.context = context;
        this.format = format;
        this.merged = merged;
        rejections = new RejectionLog(context.metricGroup(), rules.feedName());
        validator = new TradeValidator(rules);
        recordsIn = context.metricGroup().getIOMetricGroup().getNumRecordsInCounter();
        bytesIn = context.metricGroup().getIOMetricGroup().getNumBytesInCounter();
    }

    @Override
    public void start() {
        if (added.isEmpty()) {
            requestSplit();
        }
    }

    private void requestSplit() {
        if (!merged && !requested) {
            requested = true;
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<Decoded> output) throws Exception {
        if (!added.isEmpty()) {
            take(output);
        }
        int records = 0;
        long bytes = 0;
        while (records < BATCH) {
            Entry entry = current;
            if (entry == null) {
                entry = open(output);
                if (entry == null) {
                    count(records, bytes);
                    return whenEmpty();
                }
                current = entry;
            }
            OpenFile file = entry.file();
            Decoded head = file.head();
            do {
                if (head.isTrade()) {
                    entry.output().collect(head, Math.floorDiv(head.trade().eventTimeNanos, 1_000_000L));
                } else {
                    entry.output().collect(head);
                    if (head.kind() == Decoded.Kind.REJECTED) {
                        rejections.add(head.rejected(), entry.split.file().relativePath());
                    }
                }
                records++;
            } while (file.advanceInMessage());
            bytes += file.headBytes();
            if (file.advance()) {
                entry.key = file.headTimeNanos();
                Entry next = waiting.peek();
                if (next != null && next.compareTo(entry) < 0) {
                    waiting.add(entry);
                    current = null;
                }
            } else {
                finish(entry, output);
            }
        }
        count(records, bytes);
        return InputStatus.MORE_AVAILABLE;
    }

    private void count(int records, long bytes) {
        recordsIn.inc(records);
        bytesIn.inc(bytes);
    }

    private InputStatus whenEmpty() {
        if (noMoreSplits) {
            return InputStatus.END_OF_INPUT;
        }
        requestSplit();
        if (available.isDone()) {
            available = new CompletableFuture<>();
        }
        return InputStatus.NOTHING_AVAILABLE;
    }

    /** Orders the splits that were added. */
    private void take(ReaderOutput<Decoded> output) throws IOException {
        for (FileSplit split : added) {
            Entry entry = new Entry(split);
            if (merged && added.size() > 1 && split.isFresh()) {
                entry.key = firstTradeTime(split);
            }
            entry.output = output.createOutputForSplit(split.splitId());
            waiting.add(entry);
        }
        added.clear();
        Entry entry = current;
        if (entry != null) {
            waiting.add(entry);
        }
        current = open(output);
        // Only now, so that there is no moment at which all of them are idle.
        for (Entry other : waiting) {
            if (other.file == null) {
                other.output().markIdle();
            }
        }
    }

    /** The event time of the first valid trade; before all time where there is none. */
    private long firstTradeTime(FileSplit split) throws IOException {
        try (OpenFile file = new OpenFile(split, format, validator)) {
            while (file.advance()) {
                do {
                    if (file.head().isTrade()) {
                        return file.headTimeNanos();
                    }
                } while (file.advanceInMessage());
            }
        }
        return Trade.TIME_ABSENT;
    }

    /** The file with the earliest head, opened where it is not; null when none is left. */
    private @Nullable Entry open(ReaderOutput<Decoded> output) throws IOException {
        while (true) {
            Entry entry = waiting.poll();
            if (entry == null || entry.file != null) {
                return entry;
            }
            if (openFiles == InputFiles.OVERLAPPING_MAX) {
                throw new IOException(InputFiles.tooManyOverlapping());
            }
            OpenFile file = new OpenFile(entry.split, format, validator);
            boolean any;
            try {
                any = file.advance();
            } catch (IOException e) {
                file.close();
                throw e;
            }
            if (!any) {
                file.close();
                output.releaseOutputForSplit(entry.split.splitId());
                continue;
            }
            entry.file = file;
            openFiles++;
            entry.output().markActive();
            // What stands in front of the first trade goes out now; a head restored in the middle finds its turn.
            entry.key = file.headTimeNanos();
            Entry next = waiting.peek();
            if (next == null || next.compareTo(entry) > 0) {
                return entry;
            }
            waiting.add(entry);
        }
    }

    private void finish(Entry entry, ReaderOutput<Decoded> output) throws IOException {
        entry.file().close();
        openFiles--;
        Entry next = open(output);
        output.releaseOutputForSplit(entry.split.splitId());
        current = next;
    }

    @Override
    public List<FileSplit> snapshotState(long checkpoint) {
        List<FileSplit> splits = new ArrayList<>(added);
        for (Entry entry : waiting) {
            splits.add(entry.snapshot());
        }
        Entry entry = current;
        if (entry != null) {
            splits.add(entry.snapshot());
        }
        return splits;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<FileSplit> splits) {
        added.addAll(splits);
        requested = false;
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        available.complete(null);
    }

    @Override
    public void close() throws Exception {
        List<Entry> entries = new ArrayList<>(waiting);
        Entry last = current;
        if (last != null) {
            entries.add(last);
        }
        for (Entry entry : entries) {
            OpenFile file = entry.file;
            if (file != null) {
                file.close();
            }
        }
    }

    /** A file in the queue, open or not. */
    private static final class Entry implements Comparable<Entry> {
        private final FileSplit split;
        private long key = Trade.TIME_ABSENT;
        private @Nullable OpenFile file;
        private @Nullable SourceOutput<Decoded> output;

        Entry(FileSplit split) {
            this.split = split;
        }

        OpenFile file() {
            OpenFile open = file;
            if (open == null) {
                throw new IllegalStateException("file must be open, was not (" + split + ")");
            }
            return open;
        }

        SourceOutput<Decoded> output() {
            SourceOutput<Decoded> mine = output;
            if (mine == null) {
                throw new IllegalStateException("output must exist, was absent (" + split + ")");
            }
            return mine;
        }

        FileSplit snapshot() {
            OpenFile open = file;
            return open == null ? split : open.split();
        }

        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(key, other.key);
            return byTime != 0
                    ? byTime
                    : Integer.compare(split.file().ordinal(), other.split.file().ordinal());
        }
    }
}

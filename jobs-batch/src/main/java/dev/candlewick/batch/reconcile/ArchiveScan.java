package dev.candlewick.batch.reconcile;

import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.read.ParquetInput;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.lake.read.TradeFileReader;
import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.reconcile.ArchivedTrade;
import dev.candlewick.core.reconcile.PartitionHistories;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.validate.FeedRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One pass over archived trades: takes note of every read position and keeps the trades of the windows that were asked for;
 * one thread.
 */
final class ArchiveScan {
    private final Map<String, TreeMap<Long, Long>> windows = new HashMap<>();
    private final Map<String, TreeMap<Long, List<ArchivedTrade>>> kept = new HashMap<>();
    private final Set<String> positions = new HashSet<>();
    private final DedupKey dedupKey;

    /** A pass over the archive of a run with the given rule. */
    ArchiveScan(DedupKey dedupKey) {
        this.dedupKey = dedupKey;
    }

    /** Takes one row. */
    interface Row {
        void accept(String partition, long offset, Trade trade);
    }

    /** Asks for the trades of a value. */
    void want(ReconcileKey key) {
        TreeMap<Long, Long> own = windows.computeIfAbsent(key.instrument(), text -> new TreeMap<>());
        long from = key.fromNanos();
        long to = key.toNanos();
        Map.Entry<Long, Long> before = own.floorEntry(to);
        while (before != null && before.getValue() >= from) {
            from = Math.min(from, before.getKey());
            to = Math.max(to, before.getValue());
            own.remove(before.getKey());
            before = own.floorEntry(to);
        }
        own.put(from, to);
    }

    /** Whether anything was asked for. */
    boolean isEmpty() {
        return windows.isEmpty();
    }

    /** The trades of a value, copies among them. */
    List<ArchivedTrade> trades(ReconcileKey key) {
        List<ArchivedTrade> trades = new ArrayList<>();
        TreeMap<Long, List<ArchivedTrade>> own = kept.get(key.instrument());
        if (own != null) {
            own.subMap(key.fromNanos(), true, key.toNanos(), false).values().forEach(trades::addAll);
        }
        return trades;
    }

    /** Reads the files. */
    void read(List<LakeFile> files, FeedRules rules, TimeRange range, @Nullable Row row) {
        for (LakeFile file : files) {
            try (TradeFileReader reader = new TradeFileReader(ParquetInput.open(file.path()), 0, rules, range, true)) {
                for (Decoded decoded = reader.next(); decoded != null; decoded = reader.next()) {
                    if (decoded.isTrade()) {
                        String source = reader.archivedSource();
                        take(
                                decoded.trade(),
                                source == null ? "" : source,
                                (int) reader.archivedPartition(),
                                reader.archivedOffset(),
                                row);
                    }
                }
            }
        }
    }

    private void take(Trade trade, String source, int partition, long offset, @Nullable Row row) {
        if (row != null) {
            row.accept(source + '/' + partition, offset, trade);
        }
        TreeMap<Long, Long> own = windows.get(trade.instrument.key());
        Map.Entry<Long, Long> window = own == null ? null : own.floorEntry(trade.eventTimeNanos);
        if (window == null || trade.eventTimeNanos >= window.getValue()) {
            return;
        }
        trade.readPartition = partition;
        trade.readOffset = offset;
        ArchivedTrade copy = ArchivedTrade.of(source, trade, dedupKey);
        if (positions.add(copy.position() + ' ' + copy.hash().toHex())) {
            kept.computeIfAbsent(trade.instrument.key(), key -> new TreeMap<>())
                    .computeIfAbsent(trade.eventTimeNanos, key -> new ArrayList<>())
                    .add(copy);
        }
    }

    /** A row that goes into histories. */
    static Row into(PartitionHistories histories) {
        return (partition, offset, trade) ->
                histories.add(partition, offset, trade.ingestTimeNanos, trade.eventTimeNanos);
    }
}

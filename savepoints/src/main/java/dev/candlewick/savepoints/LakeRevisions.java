package dev.candlewick.savepoints;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.read.CandleFileReader;
import dev.candlewick.connectors.lake.read.LakeReader;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.lake.read.VwapFileReader;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.PublishedRevisions;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.VwapRow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a lake's tables of candles and VWAP rows tell about what its job had published; mutable, one thread. */
final class LakeRevisions {
    private final Map<String, PublishedRevisions> byKey = new HashMap<>();
    private final Set<Long> intervals = new HashSet<>();

    private LakeRevisions() {}

    /**
     * Reads everything that begins at a time or later.
     *
     * @param fromNanos no value before is asked for
     */
    static LakeRevisions read(LakeCatalog lake, List<LogSource> sources, long fromNanos) {
        LakeRevisions revisions = new LakeRevisions();
        TimeRange range = new TimeRange(fromNanos, Long.MAX_VALUE);
        for (LakeFile file : LakeReader.files(lake, LakeTable.CANDLES, range)) {
            revisions.readEither(sources, source -> revisions.addCandles(file, source, range));
        }
        for (LakeFile file : LakeReader.files(lake, LakeTable.VWAP, range)) {
            revisions.readEither(sources, source -> revisions.addRows(file, source, range));
        }
        return revisions;
    }

    @FunctionalInterface
    private interface Reading {
        void with(LogSource source);
    }

    /** Scales of symbols are those of a source; of several, the one is taken whose scales a file's values have. */
    private void readEither(List<LogSource> sources, Reading reading) {
        for (int i = 0; ; i++) {
            try {
                reading.with(sources.get(i));
                return;
            } catch (LakeException e) {
                if (i + 1 == sources.size() || e.kind() != LakeException.Kind.MISMATCH) {
                    throw e;
                }
            }
        }
    }

    private void addCandles(LakeFile file, LogSource source, TimeRange range) {
        try (CandleFileReader reader = LakeReader.candles(file, source.rules(), range)) {
            for (Candle candle = reader.next(); candle != null; candle = reader.next()) {
                intervals.add(candle.interval().nanos());
                of(candle.venue(), candle.symbol()).add(candle);
            }
        }
    }

    private void addRows(LakeFile file, LogSource source, TimeRange range) {
        try (VwapFileReader reader = LakeReader.vwap(file, source.rules(), range)) {
            for (VwapRow row = reader.next(); row != null; row = reader.next()) {
                intervals.add(PublishedRevisions.ROWS);
                of(row.venue(), row.symbol()).add(row);
            }
        }
    }

    private PublishedRevisions of(String venue, String symbol) {
        return byKey.computeIfAbsent(
                Instrument.escape(venue) + '|' + Instrument.escape(symbol), key -> new PublishedRevisions());
    }

    /** Gives the values of an instrument their numbers. */
    PublishedRevisions.Applied apply(String key, InstrumentState state, boolean isEnd) {
        return byKey.getOrDefault(key, new PublishedRevisions()).apply(state, intervals, isEnd);
    }
}

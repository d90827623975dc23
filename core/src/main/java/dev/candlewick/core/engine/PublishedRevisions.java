package dev.candlewick.core.engine;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Interval;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was published of one instrument, for a state that was made again from its trades: how often a value was published
 * while it was revised depends on when watermarks came, and only what was published tells it. Mutable, one thread.
 */
public final class PublishedRevisions {
    /** Stands for VWAP rows among the published intervals; the length of no interval. */
    public static final long ROWS = -Interval.SECOND_NANOS;

    private record Place(long intervalNanos, long startNanos) {}

    private record Value(int revision, long hash, long close, long trades) {}

    private record Row(int revision, long trades) {}

    /**
     * What became of a state.
     *
     * @param numbered values that got another revision number
     * @param due values that the state holds and that were not published, which the next watermark publishes
     */
    public record Applied(long numbered, long due) {
        /** Both together. */
        public Applied plus(Applied other) {
            return new Applied(numbered + other.numbered, due + other.due);
        }
    }

    private final Map<Place, List<Value>> candles = new HashMap<>();
    private final Map<Long, List<Row>> rows = new HashMap<>();

    /** Adds a published candle. */
    public void add(Candle candle) {
        long interval = candle.interval().nanos();
        candles.computeIfAbsent(new Place(interval, candle.startNanos()), place -> new ArrayList<>(1))
                .add(new Value(candle.revision(), MarketEngine.hashOf(candle), candle.closeScaled(), candle.trades()));
    }

    /** Adds a published VWAP row. */
    public void add(VwapRow row) {
        rows.computeIfAbsent(row.atNanos(), at -> new ArrayList<>(1)).add(new Row(row.revision(), row.trades()));
    }

    /**
     * Gives the values of a state the revision numbers under which they were published last.
     *
     * @param publishedIntervals lengths of the intervals that were published at all; others stay as they are
     * @param isEnd whether nothing was published after the place of the log where the state stands: then what the state
     *     holds as published and what was not published is due again
     */
    public Applied apply(InstrumentState state, Set<Long> publishedIntervals, boolean isEnd) {
        long numbered = 0;
        long due = 0;
        for (Lane lane : state.lanes) {
            if (!publishedIntervals.contains(lane.lengthNanos)) {
                continue;
            }
            for (Window window : lane.windows) {
                if (!window.isPublished()) {
                    continue;
                }
                List<Value> found = candles.getOrDefault(new Place(lane.lengthNanos, window.startNanos), List.of());
                int revision = -1;
                int last = -1;
                for (Value value : found) {
                    boolean same = window.fill
                            ? value.trades() == 0 && value.close() == window.publishedClose
                            : value.hash() == window.publishedHash;
                    revision = same ? Math.max(revision, value.revision()) : revision;
                    last = Math.max(last, value.revision());
                }
                if (revision >= 0) {
                    numbered += revision == window.revision ? 0 : 1;
                    window.revision = revision;
                } else if (isEnd && !window.fill) {
                    window.revision = Math.max(window.revision, last);
                    // Of no value: the next publication is not taken for a repetition.
                    window.publishedHash = ~window.publishedHash;
                    window.dirty = true;
                    state.dirty = true;
                    due++;
                }
            }
        }
        long[] panes = state.panes.takeRevisions(
                (atNanos, trades) -> {
                    int revision = -1;
                    for (Row row : rows.getOrDefault(atNanos, List.of())) {
                        revision = row.trades() == trades ? Math.max(revision, row.revision()) : revision;
                    }
                    return revision;
                },
                atNanos -> rows.getOrDefault(atNanos, List.of()).stream()
                        .mapToInt(Row::revision)
                        .max()
                        .orElse(-1),
                isEnd && publishedIntervals.contains(ROWS));
        if (due > 0 || panes[1] > 0) {
            state.setTimerMillis(Math.min(state.timerMillis(), state.advancedToMillis));
        }
        return new Applied(numbered + panes[0], due + panes[1]);
    }
}

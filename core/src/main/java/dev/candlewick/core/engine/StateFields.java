package dev.candlewick.core.engine;

import dev.candlewick.core.candle.CandleAccumulator;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.state.PartChecksum;
import dev.candlewick.core.time.Interval;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything in an {@link InstrumentState} as named texts, such that two states are the same if their texts are: what the
 * savepoint tools compare and print.
 *
 * <p>Names are paths: {@code window/1m/<start ns>}, {@code id/<hash>}, {@code pane/<second ns>}, {@code mark/purge}. The
 * tables of ids are sets here: in which order their entries stand in memory depends on when the table grew.
 */
public final class StateFields {
    private StateFields() {}

    /** The fields of a state by name. */
    public static SortedMap<String, String> of(InstrumentState state) {
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("venue", state.venue);
        fields.put("symbol", state.symbol);
        fields.put("scale/price", Integer.toString(state.priceScale));
        fields.put("scale/size", Integer.toString(state.sizeScale));
        fields.put("feed", state.feedName() == null ? "" : state.feedName());
        fields.put("mark/purge", time(state.purgeMarkNanos));
        fields.put("mark/advanced-to-ms", time(state.advancedToMillis));
        fields.put("timer-ms", state.timerMillis() == Long.MAX_VALUE ? "none" : Long.toString(state.timerMillis()));
        fields.put("dirty", Boolean.toString(state.dirty));
        for (Lane lane : state.lanes) {
            String interval = intervalName(lane.lengthNanos);
            fields.put(
                    "interval/" + interval,
                    "last-real-end=" + time(lane.lastRealEndNanos) + " last-real-close=" + lane.lastRealClose
                            + " purged-until=" + time(lane.purgedUntilNanos));
            for (Window window : lane.windows) {
                fields.put("window/" + interval + '/' + window.startNanos, window(state, window));
            }
        }
        state.ids.forEach((key, payload, timeNanos) -> fields.put(
                "id/" + Long.toHexString(key) + '/' + Long.toHexString(payload) + '/' + timeNanos, "remembered"));
        state.fingerprints.forEach((key, payload, timeNanos) -> fields.put(
                "payload/" + Long.toHexString(key) + '/' + Long.toHexString(payload) + '/' + timeNanos, "remembered"));
        state.panes.forEach((second, text) -> fields.put("pane/" + second, text));
        fields.put("panes", state.panes.marks());
        if (state.profile != null) {
            state.profile.fields().forEach((name, text) -> fields.put("quality/" + name, text));
        }
        return fields;
    }

    /** The text under which an interval of a state is known. */
    public static String intervalName(long lengthNanos) {
        for (Unit unit : Unit.values()) {
            if (lengthNanos % unit.nanos == 0) {
                return lengthNanos / unit.nanos + unit.suffix;
            }
        }
        return lengthNanos + "ns";
    }

    private enum Unit {
        HOURS(3600 * Interval.SECOND_NANOS, "h"),
        MINUTES(60 * Interval.SECOND_NANOS, "m"),
        SECONDS(Interval.SECOND_NANOS, "s"),
        MILLIS(Interval.MILLI_NANOS, "ms");

        final long nanos;
        final String suffix;

        Unit(long nanos, String suffix) {
            this.nanos = nanos;
            this.suffix = suffix;
        }
    }

    private static String window(InstrumentState state, Window window) {
        CandleAccumulator sums = window.sums;
        StringBuilder text = new StringBuilder();
        text.append("revision=").append(window.revision).append(" trades=").append(sums.trades());
        if (!sums.isEmpty()) {
            text.append(" open=")
                    .append(Decimals.format(sums.openScaled(), state.priceScale))
                    .append(" high=")
                    .append(Decimals.format(sums.highScaled(), state.priceScale))
                    .append(" low=")
                    .append(Decimals.format(sums.lowScaled(), state.priceScale))
                    .append(" close=")
                    .append(Decimals.format(sums.closeScaled(), state.priceScale));
        }
        text.append(window.dirty ? " dirty" : "")
                .append(window.fill ? " fill" : "")
                .append(window.truncated ? " truncated" : "");
        return text.append(" crc=").append(PartChecksum.of(window::write)).toString();
    }

    private static String time(long value) {
        return value == Lane.NONE ? "none" : Long.toString(value);
    }
}

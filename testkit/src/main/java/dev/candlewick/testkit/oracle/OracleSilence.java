package dev.candlewick.testkit.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Silence of venues: every second from the first to the last trade of the run is looked at, venue by venue. */
final class OracleSilence {
    private static final long SECOND = 1_000_000_000L;

    private OracleSilence() {}

    static List<OracleQualityEvent> events(List<OracleTrade> rows, int silenceSeconds) {
        TreeMap<Long, Set<String>> venuesBySecond = new TreeMap<>();
        TreeMap<String, Long> firstSeconds = new TreeMap<>();
        for (OracleTrade row : rows) {
            long second = Math.floorDiv(row.eventTimeNanos(), SECOND);
            venuesBySecond.computeIfAbsent(second, key -> new TreeSet<>()).add(row.venue());
            firstSeconds.merge(row.venue(), second, Math::min);
        }
        List<OracleQualityEvent> events = new ArrayList<>();
        firstSeconds.forEach((venue, first) -> {
            long silent = 0;
            for (long second = first; second <= venuesBySecond.lastKey() + 1; second++) {
                Set<String> trading = venuesBySecond.getOrDefault(second, Set.of());
                if (!trading.isEmpty() && !trading.contains(venue)) {
                    silent++;
                    if (silent == silenceSeconds) {
                        long endNanos = (second + 1) * SECOND;
                        long startNanos = endNanos - silent * SECOND;
                        events.add(new OracleQualityEvent(
                                "SILENCE", venue, null, endNanos, startNanos, null, silent, null));
                    }
                } else {
                    if (silent >= silenceSeconds) {
                        long endNanos = second * SECOND;
                        long startNanos = endNanos - silent * SECOND;
                        events.add(new OracleQualityEvent(
                                "SILENCE_END", venue, null, endNanos, startNanos, endNanos, silent, null));
                    }
                    silent = 0;
                }
            }
        });
        return events;
    }
}

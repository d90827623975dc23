package dev.candlewick.testkit.oracle;

import dev.candlewick.testkit.oracle.OracleQualitySettings.GapSequence;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Holes in the numbers of one instrument, minute after minute, by venue. */
final class OracleNumbers {
    private static final long RESTART_DISTANCE = 1_000;
    private static final int DIGITS = 18;

    private final GapSequence option;
    private final Map<String, Known> byVenue = new HashMap<>();

    /** The largest number of all earlier minutes and when it was last traded. */
    private record Known(long number, long lastNanos) {}

    /** The first and the last time of one number in one minute. */
    private record Times(long firstNanos, long lastNanos) {
        Times and(Times other) {
            return new Times(Math.min(firstNanos, other.firstNanos), Math.max(lastNanos, other.lastNanos));
        }
    }

    /** A run of missing numbers. */
    record Hole(String venue, long first, long last, long startNanos, long endNanos) {
        long missing() {
            return BigInteger.valueOf(last)
                    .subtract(BigInteger.valueOf(first))
                    .add(BigInteger.ONE)
                    .longValueExact();
        }
    }

    OracleNumbers(GapSequence option) {
        this.option = option;
    }

    /** Whether any number was known by the end of the last minute looked at. */
    boolean anyKnown() {
        return !byVenue.isEmpty();
    }

    /** Looks at the rows of the next minute: those of later minutes come in later calls. */
    List<Hole> minute(List<OracleTrade> rows) {
        Map<String, TreeMap<Long, Times>> numbers = new TreeMap<>();
        for (OracleTrade row : rows) {
            Long number = numberOf(row);
            if (number != null) {
                numbers.computeIfAbsent(row.venue(), venue -> new TreeMap<>())
                        .merge(number, new Times(row.eventTimeNanos(), row.eventTimeNanos()), Times::and);
            }
        }
        List<Hole> holes = new ArrayList<>();
        numbers.forEach((venue, ofVenue) -> {
            Known before = byVenue.get(venue);
            long largest = ofVenue.lastKey();
            if (before != null && isRestart(largest, before.number())) {
                before = null;
            }
            for (Map.Entry<Long, Times> entry : ofVenue.entrySet()) {
                long number = entry.getKey();
                if (before != null && number <= before.number()) {
                    continue;
                }
                if (before != null && number > before.number() + 1) {
                    holes.add(new Hole(
                            venue,
                            before.number() + 1,
                            number - 1,
                            before.lastNanos(),
                            entry.getValue().firstNanos()));
                }
                before = new Known(number, entry.getValue().lastNanos());
            }
            byVenue.put(venue, before);
        });
        return holes;
    }

    private static boolean isRestart(long largest, long known) {
        BigInteger before = BigInteger.valueOf(known);
        BigInteger now = BigInteger.valueOf(largest);
        return now.shiftLeft(1).compareTo(before) < 0
                && before.subtract(now).compareTo(BigInteger.valueOf(RESTART_DISTANCE)) > 0;
    }

    private @Nullable Long numberOf(OracleTrade row) {
        return switch (option) {
            case OFF -> null;
            case SEQUENCE -> row.sequence();
            case TRADE_ID -> {
                String id = row.id();
                boolean isNumber = id != null
                        && id.length() <= DIGITS
                        && id.chars().allMatch(c -> c >= '0' && c <= '9')
                        && (id.length() == 1 || id.charAt(0) != '0');
                yield isNumber ? Long.valueOf(id) : null;
            }
        };
    }
}

package dev.candlewick.testkit.oracle;

import dev.candlewick.testkit.oracle.OracleQualitySettings.GapSequence;
import dev.candlewick.testkit.oracle.OracleQualitySettings.Level;
import dev.candlewick.testkit.oracle.OracleSettings.DedupKey;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Quality events and reports of one instrument, written down from the rules a second time: minute after minute, over
 * plain lists of what was traded.
 */
final class OracleQuality {
    private static final long MILLISECOND = 1_000_000L;
    private static final long SECOND = 1_000 * MILLISECOND;
    private static final long MINUTE = 60 * SECOND;
    private static final long QUARTER = 250 * MILLISECOND;
    private static final int STEPS_PER_OCTAVE = 16;

    private final OracleSettings settings;
    private final OracleQualitySettings quality;
    private final String venue;
    private final String symbol;
    private final List<OracleQualityEvent> events;
    private final List<OracleMinuteReport> reports;
    private final TreeMap<Long, Minute> minutes = new TreeMap<>();
    private final List<OracleTrade> accepted = new ArrayList<>();

    /** What happened in one minute. */
    private static final class Minute {
        final List<OracleTrade> accepted = new ArrayList<>();
        /** Copies and the first ones of them. */
        final List<OracleTrade> rows = new ArrayList<>();

        long duplicates;
        long conflicts;
        long suspects;
        long outliers;
        long staleRuns;
        final List<Pause> pauses = new ArrayList<>();
        final List<OracleNumbers.Hole> holes = new ArrayList<>();
        final List<Long> deviations = new ArrayList<>();
        boolean numbersKnown;
    }

    /** A pause between two trades. */
    private record Pause(long startNanos, long endNanos) {
        long nanos() {
            return endNanos - startNanos;
        }

        @Nullable
        String kind() {
            if (nanos() >= 30 * SECOND) {
                return "GAP_30S";
            }
            if (nanos() >= 5 * SECOND) {
                return "GAP_5S";
            }
            return nanos() >= 500 * MILLISECOND ? "GAP_500MS" : null;
        }
    }

    private OracleQuality(
            OracleSettings settings,
            String venue,
            String symbol,
            List<OracleQualityEvent> events,
            List<OracleMinuteReport> reports) {
        this.settings = settings;
        this.quality = settings.quality();
        this.venue = venue;
        this.symbol = symbol;
        this.events = events;
        this.reports = reports;
    }

    /** Adds the events and reports of an instrument, unless quality is off. */
    static void judge(
            OracleSettings settings,
            String venue,
            String symbol,
            List<TotalOrder.Ranked> sortedRows,
            List<OracleIdConflict> conflicts,
            List<OracleQualityEvent> events,
            List<OracleMinuteReport> reports) {
        if (settings.quality().level() != Level.OFF) {
            new OracleQuality(settings, venue, symbol, events, reports).judge(sortedRows, conflicts);
        }
    }

    /** Returns the length of a pane: a quarter second, or its largest divisor that divides the finest interval. */
    static long paneNanos(OracleSettings settings) {
        return BigInteger.valueOf(QUARTER)
                .gcd(BigInteger.valueOf(settings.finest().nanos()))
                .longValueExact();
    }

    private void judge(List<TotalOrder.Ranked> sortedRows, List<OracleIdConflict> conflicts) {
        for (TotalOrder.Ranked row : sortedRows) {
            OracleTrade trade = row.trade();
            Minute minute = minuteOf(trade.eventTimeNanos());
            minute.rows.add(trade);
            if (row.counted()) {
                minute.accepted.add(trade);
                accepted.add(trade);
            } else {
                minute.duplicates++;
            }
        }
        findHoles();
        findPauses();
        findOutliers();
        findStaleRuns();
        findSuspects();
        for (OracleIdConflict conflict : conflicts) {
            minuteOf(conflict.eventTimeNanos()).conflicts++;
            event(
                    "ID_CONFLICT",
                    conflict.eventTimeNanos(),
                    conflict.eventTimeNanos(),
                    conflict.eventTimeNanos(),
                    1,
                    json("id", quoted(conflict.id()), "venue", quoted(conflict.venue())));
        }
        minutes.forEach((number, minute) -> report(number * MINUTE, minute));
    }

    private Minute minuteOf(long timeNanos) {
        return minutes.computeIfAbsent(Math.floorDiv(timeNanos, MINUTE), number -> new Minute());
    }

    private void event(
            String kind, long eventTimeNanos, long startNanos, long endNanos, long count, @Nullable String detail) {
        events.add(new OracleQualityEvent(kind, venue, symbol, eventTimeNanos, startNanos, endNanos, count, detail));
    }

    // ---- gaps ----

    private void findHoles() {
        OracleNumbers numbers = new OracleNumbers(quality.gapSequence());
        for (Minute minute : minutes.values()) {
            minute.holes.addAll(numbers.minute(minute.rows));
            minute.numbersKnown = numbers.anyKnown();
            for (OracleNumbers.Hole hole : minute.holes) {
                event(
                        "SEQUENCE_GAP",
                        hole.endNanos(),
                        hole.startNanos(),
                        hole.endNanos(),
                        hole.missing(),
                        json(
                                "first",
                                Long.toString(hole.first()),
                                "last",
                                Long.toString(hole.last()),
                                "venue",
                                quoted(hole.venue())));
            }
        }
    }

    private void findPauses() {
        TreeSet<Long> times = new TreeSet<>();
        accepted.forEach(trade -> times.add(trade.eventTimeNanos()));
        Long before = null;
        for (long timeNanos : times) {
            if (before != null) {
                Pause pause = new Pause(before, timeNanos);
                String kind = pause.kind();
                if (kind != null) {
                    Minute minute = minuteOf(timeNanos);
                    minute.pauses.add(pause);
                    event(kind, timeNanos, before, timeNanos, pause.nanos(), cause(pause, minute));
                }
            }
            before = timeNanos;
        }
    }

    private @Nullable String cause(Pause pause, Minute minute) {
        if (quality.gapSequence() == GapSequence.OFF || !minute.numbersKnown) {
            return null;
        }
        boolean lost = minute.holes.stream()
                .anyMatch(hole -> hole.startNanos() <= pause.startNanos() && hole.endNanos() >= pause.endNanos());
        return json("cause", quoted(lost ? "LOST" : "QUIET"));
    }

    // ---- prices ----

    private void findOutliers() {
        for (OracleOutliers.Finding finding : new OracleOutliers(accepted, settings, symbol).findings()) {
            long timeNanos = finding.observation().timeNanos();
            Minute minute = minuteOf(timeNanos);
            minute.outliers++;
            minute.deviations.add(finding.basisPoints().longValueExact());
            event(
                    finding.byMean() ? "OUTLIER_MEAN" : "OUTLIER",
                    timeNanos,
                    timeNanos,
                    timeNanos,
                    1,
                    json(
                            "price",
                            quoted(price(finding.observation().price())),
                            finding.byMean() ? "mean" : "median",
                            quoted(price(finding.reference())),
                            "deviation",
                            finding.basisPoints().toString()));
        }
    }

    private String price(BigInteger raw) {
        return text(new BigDecimal(raw, settings.priceScale().applyAsInt(symbol)));
    }

    private void findStaleRuns() {
        TreeMap<Long, List<OracleTrade>> panes = new TreeMap<>();
        for (OracleTrade trade : accepted) {
            panes.computeIfAbsent(Math.floorDiv(trade.eventTimeNanos(), paneNanos(settings)), pane -> new ArrayList<>())
                    .add(trade);
        }
        List<OracleTrade> run = new ArrayList<>();
        boolean reported = false;
        for (List<OracleTrade> pane : panes.values()) {
            BigDecimal price = pane.get(0).price();
            boolean onePrice = pane.stream().allMatch(trade -> trade.price().compareTo(price) == 0);
            if (!onePrice || (!run.isEmpty() && run.get(0).price().compareTo(price) != 0)) {
                run.clear();
                reported = false;
            }
            if (!onePrice) {
                continue;
            }
            run.addAll(pane);
            long firstNanos =
                    run.stream().mapToLong(OracleTrade::eventTimeNanos).min().orElseThrow();
            long lastNanos =
                    run.stream().mapToLong(OracleTrade::eventTimeNanos).max().orElseThrow();
            if (!reported && run.size() >= quality.staleTrades() && lastNanos - firstNanos >= quality.staleNanos()) {
                reported = true;
                minuteOf(lastNanos).staleRuns++;
                event("STALE_RUN", lastNanos, firstNanos, lastNanos, run.size(), json("price", quoted(text(price))));
            }
        }
    }

    // ---- rows ----

    private record Group(
            String venue,
            long eventTimeNanos,
            BigDecimal price,
            BigDecimal size,
            @Nullable String side,
            @Nullable String conditions) {}

    private void findSuspects() {
        if (settings.dedupKey() == DedupKey.FINGERPRINT) {
            return;
        }
        Map<Group, Integer> groups = new LinkedHashMap<>();
        for (OracleTrade trade : accepted) {
            if (trade.id() == null) {
                groups.merge(
                        new Group(
                                trade.venue(),
                                trade.eventTimeNanos(),
                                OracleDecimals.canonical(trade.price()),
                                OracleDecimals.canonical(trade.size()),
                                trade.side(),
                                trade.conditions()),
                        1,
                        Integer::sum);
            }
        }
        groups.forEach((group, rows) -> {
            if (rows > 1) {
                long timeNanos = group.eventTimeNanos();
                minuteOf(timeNanos).suspects += rows - 1;
                event(
                        "SUSPECT_DUP",
                        timeNanos,
                        timeNanos,
                        timeNanos,
                        rows - 1,
                        json("price", quoted(text(group.price())), "size", quoted(text(group.size()))));
            }
        });
    }

    // ---- reports ----

    private void report(long startNanos, Minute minute) {
        long zeroSizes = minute.accepted.stream()
                .filter(trade -> trade.size().signum() == 0)
                .count();
        if (zeroSizes > 0) {
            event("ZERO_SIZE", startNanos, startNanos, startNanos + MINUTE, zeroSizes, null);
        }
        if (minute.duplicates > 0) {
            event("DUPLICATE", startNanos, startNanos, startNanos + MINUTE, minute.duplicates, null);
        }
        List<Long> latencies = new ArrayList<>();
        for (OracleTrade row : minute.rows) {
            Long receiveTimeNanos = row.receiveTimeNanos();
            if (receiveTimeNanos != null) {
                latencies.add(receiveTimeNanos - row.eventTimeNanos());
            }
        }
        latencies.sort(null);
        Pause longest = null;
        for (Pause pause : minute.pauses) {
            if (longest == null || pause.nanos() > longest.nanos()) {
                longest = pause;
            }
        }
        reports.add(new OracleMinuteReport(
                venue,
                symbol,
                startNanos,
                minute.accepted.size(),
                minute.duplicates,
                minute.conflicts,
                minute.suspects,
                minute.outliers,
                zeroSizes,
                minute.staleRuns,
                pauses(minute, "GAP_500MS"),
                pauses(minute, "GAP_5S"),
                pauses(minute, "GAP_30S"),
                minute.holes.stream().mapToLong(OracleNumbers.Hole::missing).sum(),
                latencies.size(),
                latencies.isEmpty() ? null : latencies.get(0),
                quantile(latencies, 50),
                quantile(latencies, 90),
                quantile(latencies, 99),
                latencies.isEmpty() ? null : latencies.get(latencies.size() - 1),
                longest == null ? null : Long.valueOf(longest.nanos()),
                longest == null ? null : Long.valueOf(longest.startNanos()),
                largest(minute.holes.stream().map(OracleNumbers.Hole::missing).toList()),
                largest(minute.deviations)));
    }

    private static long pauses(Minute minute, String kind) {
        return minute.pauses.stream().filter(pause -> kind.equals(pause.kind())).count();
    }

    private static @Nullable Long largest(List<Long> values) {
        return values.stream().max(Long::compare).orElse(null);
    }

    private static @Nullable Long quantile(List<Long> sorted, int percent) {
        if (sorted.isEmpty()) {
            return null;
        }
        int rank = (sorted.size() * percent + 99) / 100;
        return Math.max(sorted.get(0), lowerEnd(sorted.get(rank - 1)));
    }

    /** Returns the smallest value in the same step: steps of numbers below 0 mirror those above. */
    private static long lowerEnd(long value) {
        long size = Math.abs(value);
        long step = Math.max(1, Long.highestOneBit(size) / STEPS_PER_OCTAVE);
        long smallest = size / step * step;
        return value >= 0 ? smallest : -(smallest + step - 1);
    }

    // ---- texts ----

    private static String text(BigDecimal value) {
        return OracleDecimals.canonical(value).toPlainString();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    private static String json(String... namesAndValues) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(quoted(namesAndValues[i]) + ":" + namesAndValues[i + 1]);
        }
        return "{" + String.join(",", fields) + "}";
    }
}

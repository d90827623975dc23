package dev.candlewick.local.simulate;

import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.simulate.Expectation;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.FaultWindow;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.lake.LakeDatabase;
import dev.candlewick.local.simulate.MarketScore.Row;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares the quality events of a job with labels, by the rules of {@code docs/quality.md} written down here once more in the
 * plainest way.
 *
 * <p>Two rules see more than labels name, and their surplus is expected exactly: an id that comes back in a later minute than the
 * next one was missing when its minute was judged; and a venue may be silent where no window made it so.
 */
final class QualityScore {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long MINUTE_NANOS = 60 * SECOND_NANOS;
    private static final int NEIGHBOURS_MIN = 10;
    private static final int SILENCE_SECONDS = 10;
    /** Fat fingers that must be found, of a hundred. */
    private static final int RECALL_PERCENT = 99;
    /** One in so many clean trades may be taken for an outlier, less one. */
    private static final int CLEAN_ONE_IN = 1_000;

    private record Accepted(
            long id,
            long timeNanos,
            BigDecimal price,
            @Nullable FaultKind fault) {}

    private final Map<String, List<Accepted>> accepted = new TreeMap<>();
    private final Map<String, TreeSet<Long>> secondsByVenue = new TreeMap<>();
    private final Map<String, Set<Long>> missing = new HashMap<>();
    private final Set<String> conflicts = new HashSet<>();

    /** Takes note of a message. */
    void take(SimulatedMessage message) {
        if (message.expectation == Expectation.NOT_SENT) {
            missing(message.subjectVenue + "|" + message.subjectSymbol).add(message.missingId);
            return;
        }
        String key = message.trade.instrument.venue() + "|" + message.trade.instrument.symbol();
        switch (message.expectation) {
            case LATE -> {
                if (message.reference == SimulatedMessage.NO_REFERENCE) {
                    missing(key).add(message.trade.idNumber);
                }
            }
            case ACCEPTED -> {
                seen(message);
                accepted.computeIfAbsent(key, k -> new ArrayList<>())
                        .add(new Accepted(
                                message.trade.idNumber,
                                message.trade.eventTimeNanos,
                                BigDecimal.valueOf(message.trade.priceScaled, message.trade.instrument.priceScale()),
                                message.fault));
                if (message.fault == FaultKind.ID_CONFLICT) {
                    conflicts.add(key + "|" + message.trade.eventTimeNanos + "|" + message.trade.idNumber);
                }
            }
            case DUPLICATE -> seen(message);
            case FILTERED, REJECTED, NOT_SENT -> {
                // No trade that a rule looks at.
            }
        }
    }

    private void seen(SimulatedMessage message) {
        secondsByVenue
                .computeIfAbsent(message.trade.instrument.venue(), venue -> new TreeSet<>())
                .add(Math.floorDiv(message.trade.eventTimeNanos, SECOND_NANOS));
    }

    private Set<Long> missing(String key) {
        return missing.computeIfAbsent(key, k -> new HashSet<>());
    }

    /** Compares with the events of a lake. */
    List<Row> compare(LakeDatabase lake, MarketSimulator market) {
        Set<String> holes = new HashSet<>();
        Set<String> outliers = new HashSet<>();
        Set<String> conflicting = new HashSet<>();
        Set<String> silent = new HashSet<>();
        MarketScore.forEachRow(
                lake, "SELECT kind, venue, symbol, event_time_ns, start_ns, detail FROM quality", values -> {
                    String key = values.get(1) + "|" + values.get(2);
                    Map<String, Json.Value> detail = values.get(5) == null
                            ? Map.of()
                            : Objects.requireNonNullElse(
                                    Json.object(String.valueOf(values.get(5)).getBytes(StandardCharsets.UTF_8)),
                                    Map.of());
                    switch (QualityKind.valueOf(String.valueOf(values.get(0)))) {
                        case SEQUENCE_GAP -> {
                            for (long id = number(detail, "first"); id <= number(detail, "last"); id++) {
                                holes.add(key + "|" + id);
                            }
                        }
                        case OUTLIER -> outliers.add(key + "|" + values.get(3));
                        case ID_CONFLICT -> conflicting.add(key + "|" + values.get(3) + "|" + text(detail, "id"));
                        case SILENCE -> silent.add(values.get(1) + "|" + values.get(4));
                        default -> {
                            // Not a fault that labels name.
                        }
                    }
                });
        List<Row> rows = new ArrayList<>();
        rows.addAll(holes(holes));
        rows.add(MarketScore.compareSets("id conflicts", conflicts, conflicting));
        rows.addAll(outliers(outliers));
        rows.addAll(silences(silent, market));
        return rows;
    }

    private List<Row> holes(Set<String> found) {
        Set<String> labelled = new HashSet<>();
        Set<String> passing = new HashSet<>();
        accepted.forEach((key, trades) -> {
            Set<Long> ofLabels = missing.getOrDefault(key, Set.of());
            for (long id : holesByRule(trades)) {
                (ofLabels.contains(id) ? labelled : passing).add(key + "|" + id);
            }
            // The rule must not hide what labels name: between the smallest id of the first minute and the largest.
            long first = firstOfFirstMinute(trades);
            long last = trades.stream().mapToLong(Accepted::id).max().orElse(first);
            for (long id : ofLabels) {
                if (id > first && id < last) {
                    labelled.add(key + "|" + id);
                }
            }
        });
        Set<String> surplus = new HashSet<>(found);
        surplus.removeAll(passing);
        return List.of(
                MarketScore.compareSets("missing ids", labelled, surplus),
                new Row(
                        "ids of a later minute",
                        passing.size(),
                        passing.stream().filter(found::contains).count(),
                        0,
                        found.containsAll(passing)));
    }

    private static long firstOfFirstMinute(List<Accepted> trades) {
        long minute = trades.stream()
                .mapToLong(trade -> Math.floorDiv(trade.timeNanos(), MINUTE_NANOS))
                .min()
                .orElse(0);
        return trades.stream()
                .filter(trade -> Math.floorDiv(trade.timeNanos(), MINUTE_NANOS) == minute)
                .mapToLong(Accepted::id)
                .min()
                .orElse(0);
    }

    private static Set<Long> holesByRule(List<Accepted> trades) {
        TreeMap<Long, TreeSet<Long>> minutes = new TreeMap<>();
        for (Accepted trade : trades) {
            minutes.computeIfAbsent(Math.floorDiv(trade.timeNanos(), MINUTE_NANOS), minute -> new TreeSet<>())
                    .add(trade.id());
        }
        Set<Long> holes = new HashSet<>();
        long largest = firstOfFirstMinute(trades);
        for (TreeSet<Long> ids : minutes.values()) {
            for (long id : ids.tailSet(largest + 1)) {
                for (long hole = largest + 1; hole < id; hole++) {
                    holes.add(hole);
                }
                largest = id;
            }
        }
        return holes;
    }

    private List<Row> outliers(Set<String> found) {
        long fat = 0;
        long fatFound = 0;
        long clean = 0;
        long cleanFound = 0;
        for (Map.Entry<String, List<Accepted>> entry : accepted.entrySet()) {
            List<Accepted> inOrder = new ArrayList<>(entry.getValue());
            inOrder.sort(Comparator.comparingLong(Accepted::timeNanos).thenComparing(Accepted::price));
            for (int i = 0; i < inOrder.size(); i++) {
                Accepted trade = inOrder.get(i);
                boolean flagged = found.contains(entry.getKey() + "|" + trade.timeNanos());
                if (trade.fault() == FaultKind.FAT_FINGER) {
                    fat += i >= NEIGHBOURS_MIN ? 1 : 0;
                    fatFound += i >= NEIGHBOURS_MIN && flagged ? 1 : 0;
                } else if (trade.fault() != FaultKind.ID_CONFLICT) {
                    clean++;
                    cleanFound += flagged ? 1 : 0;
                }
            }
        }
        return List.of(
                new Row("fat fingers", fat, fatFound, 0, fatFound * 100 >= fat * RECALL_PERCENT),
                new Row("clean trades as outliers", 0, 0, cleanFound, cleanFound * CLEAN_ONE_IN < Math.max(1, clean)));
    }

    private List<Row> silences(Set<String> found, MarketSimulator market) {
        Set<String> byRule = silencesByRule();
        long first =
                secondsByVenue.values().stream().mapToLong(TreeSet::first).min().orElse(0);
        long last =
                secondsByVenue.values().stream().mapToLong(TreeSet::last).max().orElse(0);
        long windows = 0;
        long windowsFound = 0;
        for (FaultWindow window : market.windows(first * SECOND_NANOS, last * SECOND_NANOS)) {
            boolean inside =
                    window.fromNanos() > (first + 2) * SECOND_NANOS && window.toNanos() < (last - 2) * SECOND_NANOS;
            if (window.kind() == FaultKind.SILENCE && inside) {
                windows++;
                boolean any = false;
                // The first whole second without a trade may lie before the window.
                for (long second = window.fromNanos() / SECOND_NANOS - 5;
                        second <= window.fromNanos() / SECOND_NANOS + 2;
                        second++) {
                    any |= found.contains(window.venue() + "|" + second * SECOND_NANOS);
                }
                windowsFound += any ? 1 : 0;
            }
        }
        return List.of(
                new Row("silent windows", windows, windowsFound, 0, windows == windowsFound),
                MarketScore.compareSets("silences by the rule", byRule, found));
    }

    private Set<String> silencesByRule() {
        Set<String> silences = new HashSet<>();
        TreeSet<Long> anyone = new TreeSet<>();
        secondsByVenue.values().forEach(anyone::addAll);
        secondsByVenue.forEach((venue, own) -> {
            long from = 0;
            long row = 0;
            Long before = null;
            for (long second : anyone.tailSet(own.first())) {
                if (own.contains(second)) {
                    row = 0;
                } else {
                    if (row == 0 || before == null || before != second - 1) {
                        from = second;
                        row = 0;
                    }
                    row++;
                    if (row == SILENCE_SECONDS) {
                        silences.add(venue + "|" + from * SECOND_NANOS);
                    }
                }
                before = second;
            }
        });
        return silences;
    }

    private static long number(Map<String, Json.Value> detail, String name) {
        return Long.parseLong(text(detail, name));
    }

    private static String text(Map<String, Json.Value> detail, String name) {
        Json.Value value = detail.get(name);
        return value == null ? "" : value.text();
    }
}

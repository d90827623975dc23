package dev.candlewick.testkit.quality;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.quality.GapSequence;
import dev.candlewick.core.quality.OutlierRule;
import dev.candlewick.core.quality.OutlierScope;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.testkit.oracle.OracleMinuteReport;
import dev.candlewick.testkit.oracle.OracleQualityEvent;
import dev.candlewick.testkit.oracle.OracleQualitySettings;
import dev.candlewick.testkit.oracle.OracleResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compares quality events and reports of the product with those of the oracle, as multisets; all methods are pure. */
public final class QualityComparison {
    private static final long SECOND = 1_000_000_000L;

    /** What histories must reach for a comparison to mean anything. */
    public static final List<String> REACHED = Stream.concat(
                    Arrays.stream(QualityKind.values()).map(kind -> "event " + kind),
                    Stream.of(
                            "detail LOST",
                            "detail QUIET",
                            "detail null",
                            "negative latency",
                            "no latency",
                            "stale run over minutes",
                            "hole over minutes",
                            "small numbers again"))
            .toList();

    private QualityComparison() {}

    /** Draws a level, rules and thresholds so small that short histories reach them. */
    public static OracleQualitySettings drawn(Random random) {
        int level = random.nextInt(8);
        int numbers = random.nextInt(8);
        return new OracleQualitySettings(
                level == 0
                        ? OracleQualitySettings.Level.OFF
                        : level == 1 ? OracleQualitySettings.Level.DEFAULT : OracleQualitySettings.Level.FULL,
                OracleQualitySettings.OutlierRule.values()[random.nextInt(3)],
                OracleQualitySettings.OutlierScope.values()[random.nextInt(2)],
                1 + random.nextInt(6),
                numbers == 0
                        ? OracleQualitySettings.GapSequence.OFF
                        : numbers < 3
                                ? OracleQualitySettings.GapSequence.SEQUENCE
                                : OracleQualitySettings.GapSequence.TRADE_ID,
                2 + random.nextInt(6),
                random.nextInt(4) == 0 ? 1 : (1 + random.nextInt(5)) * SECOND,
                1 + random.nextInt(4));
    }

    /** Returns the product's settings for those of the oracle. */
    public static QualitySettings settings(OracleQualitySettings from) {
        return new QualitySettings(
                from.level() != OracleQualitySettings.Level.OFF,
                from.level() == OracleQualitySettings.Level.FULL,
                OutlierRule.valueOf(from.outlierRule().name()),
                OutlierScope.valueOf(from.outlierScope().name()),
                from.outlierThreshold(),
                GapSequence.valueOf(from.gapSequence().name()),
                from.staleTrades(),
                from.staleNanos(),
                from.silenceSeconds());
    }

    /** Notes what of {@link #REACHED} some events and reports show. */
    public static void noteReached(
            Collection<QualityEvent> events, Collection<MinuteReport> reports, Set<String> reached) {
        for (QualityEvent event : events) {
            reached.add("event " + event.kind());
            String detail = String.valueOf(event.detail());
            boolean gap = event.kind().name().startsWith("GAP_");
            if (gap) {
                reached.add(
                        detail.contains("LOST")
                                ? "detail LOST"
                                : detail.contains("QUIET") ? "detail QUIET" : "detail " + detail);
            }
            boolean overMinutes =
                    Math.floorDiv(event.startNanos(), 60 * SECOND) != Math.floorDiv(event.endNanos(), 60 * SECOND);
            if (event.kind() == QualityKind.STALE_RUN && overMinutes) {
                reached.add("stale run over minutes");
            }
            if (event.kind() == QualityKind.SEQUENCE_GAP) {
                if (overMinutes) {
                    reached.add("hole over minutes");
                }
                // Histories begin far above: these numbers have holes only where numbering began again.
                if (detail.matches("\\{\"first\":[0-9]{1,3},.*")) {
                    reached.add("small numbers again");
                }
            }
        }
        for (MinuteReport report : reports) {
            if (report.latencyCount() == 0) {
                reached.add("no latency");
            } else if (report.latencyP50Nanos() < 0) {
                reached.add("negative latency");
            }
        }
    }

    /**
     * Compares all events and reports.
     *
     * @throws AssertionError if they differ; names what is in one of both only
     */
    public static void assertSame(
            Collection<QualityEvent> events, Collection<MinuteReport> reports, OracleResult expected) {
        assertSame(
                "quality events",
                events.stream().map(QualityComparison::text).toList(),
                expected.qualityEvents().stream().map(QualityComparison::text).toList());
        assertSame(
                "reports",
                reports.stream().map(QualityComparison::text).toList(),
                expected.minuteReports().stream().map(QualityComparison::text).toList());
    }

    private static void assertSame(String what, Collection<String> actual, Collection<String> expected) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        expected.forEach(text -> counts.merge(text, 1, Integer::sum));
        actual.forEach(text -> counts.merge(text, -1, Integer::sum));
        List<String> differences = new ArrayList<>();
        counts.forEach((text, count) -> {
            if (count != 0) {
                differences.add((count > 0 ? "missing " + count : "too many " + -count) + ": " + text);
            }
        });
        if (!differences.isEmpty()) {
            throw new AssertionError(what + " must be equal, " + differences.size() + " differ:\n  "
                    + String.join("\n  ", differences.subList(0, Math.min(8, differences.size()))));
        }
    }

    private static String text(QualityEvent event) {
        return text(
                event.kind().name(),
                event.venue(),
                event.symbol(),
                event.eventTimeNanos(),
                event.startNanos(),
                event.endNanos() == Trade.TIME_ABSENT ? null : event.endNanos(),
                event.count(),
                event.detail());
    }

    private static String text(OracleQualityEvent event) {
        return text(
                event.kind(),
                event.venue(),
                event.symbol(),
                event.eventTimeNanos(),
                event.startNanos(),
                event.endNanos(),
                event.count(),
                event.detail());
    }

    private static String text(String kind, @Nullable Object... columns) {
        return kind + " " + Arrays.toString(columns);
    }

    private static String text(MinuteReport report) {
        return report.toString().replace(Long.toString(MinuteReport.ABSENT), "null");
    }

    private static String text(OracleMinuteReport report) {
        return report.toString().replace("OracleMinuteReport", "MinuteReport");
    }
}

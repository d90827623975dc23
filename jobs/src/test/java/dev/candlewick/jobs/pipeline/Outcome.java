package dev.candlewick.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import dev.candlewick.testkit.oracle.OracleCandle;
import dev.candlewick.testkit.oracle.OracleDoubleEntry;
import dev.candlewick.testkit.oracle.OracleFlag;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleVerdict;
import dev.candlewick.testkit.oracle.OracleVwap;
import dev.candlewick.testkit.quality.QualityComparison;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one job committed, in the form that is compared: candles and rows by key, revisions, what was said of quality,
 * archive, rejected, ledger.
 *
 * @param last last revision by key, without revision and reason
 * @param whole last revision by key with everything
 * @param revised number of revisions beyond the first publications
 * @param events quality events
 * @param reports reports by minute
 */
record Outcome(
        Map<String, Published> last,
        Map<String, String> whole,
        int revised,
        List<QualityEvent> events,
        List<MinuteReport> reports,
        List<Trade> archive,
        List<Rejected> rejected,
        List<LedgerRow> ledger) {

    /** Reads what was committed and checks that revisions of a key are 0, 1, 2, … without a gap or a second value. */
    static Outcome of(PipelineRun run) {
        Map<String, List<Published>> byKey = new TreeMap<>();
        List<QualityEvent> events = new ArrayList<>();
        List<MinuteReport> reports = new ArrayList<>();
        for (Published record : run.published.committed()) {
            if (record instanceof QualityEvent event) {
                events.add(event);
                continue;
            }
            if (record instanceof MinuteReport report) {
                reports.add(report);
                continue;
            }
            byKey.computeIfAbsent(key(record), key -> new ArrayList<>()).add(record);
        }
        Map<String, Published> last = new TreeMap<>();
        Map<String, String> whole = new TreeMap<>();
        int revised = 0;
        for (Map.Entry<String, List<Published>> entry : byKey.entrySet()) {
            List<Published> revisions = entry.getValue();
            revisions.sort(java.util.Comparator.comparingInt(Published::revision));
            for (int i = 0; i < revisions.size(); i++) {
                assertThat(revisions.get(i).revision())
                        .as("revisions of %s: %s", entry.getKey(), revisions)
                        .isEqualTo(i);
                if (i > 0) {
                    assertThat(value(revisions.get(i)))
                            .as("a revision of %s changes something", entry.getKey())
                            .isNotEqualTo(value(revisions.get(i - 1)));
                }
            }
            revised += revisions.size() - 1;
            Published newest = revisions.get(revisions.size() - 1);
            last.put(entry.getKey(), newest);
            whole.put(entry.getKey(), newest.toString());
        }
        return new Outcome(
                last,
                whole,
                revised,
                events,
                reports,
                run.archive.committed(),
                run.rejected.committed(),
                run.ledgerRows());
    }

    private static String key(Published record) {
        return record instanceof Candle candle ? candle.interval() + " " + candle.key() : "vwap " + record.key();
    }

    /** Everything that is compared between runs of any kind: digest and flags too, without revision and reason. */
    Map<String, String> values() {
        Map<String, String> values = new TreeMap<>();
        last.forEach((key, record) -> values.put(key, value(record)));
        return values;
    }

    private static String value(Published record) {
        return record instanceof Candle candle
                ? text(candle) + " " + candle.digest() + " " + candle.priceScale() + " " + candle.sizeScale() + " "
                        + candle.isFinal()
                : text((VwapRow) record);
    }

    void assertEquals(OracleResult expected) {
        Map<String, String> candles = new TreeMap<>();
        for (OracleCandle candle : expected.candles()) {
            candles.put(
                    candle.interval() + " " + candle.venue() + " " + candle.symbol() + " " + candle.startNanos(),
                    text(candle));
        }
        Map<String, String> rows = new TreeMap<>();
        for (OracleVwap row : expected.vwap()) {
            rows.put(
                    row.venue() + " " + row.symbol() + " " + row.atNanos(),
                    text(row.vwap()) + " " + text(row.volume()) + " " + text(row.notional()) + " " + row.trades());
        }
        Map<String, String> actualCandles = new TreeMap<>();
        Map<String, String> actualRows = new TreeMap<>();
        for (Published record : last.values()) {
            if (record instanceof Candle candle) {
                actualCandles.put(
                        candle.interval() + " " + candle.venue() + " " + candle.symbol() + " " + candle.startNanos(),
                        text(candle));
                assertThat(candle.isFinal()).as("%s", candle).isTrue();
            } else if (record instanceof VwapRow row) {
                actualRows.put(row.venue() + " " + row.symbol() + " " + row.atNanos(), text(row));
            }
        }
        assertSameEntries("candles", actualCandles, candles);
        assertSameEntries("VWAP rows", actualRows, rows);
        QualityComparison.assertSame(events, reports, expected);
        assertArchive(expected);
        assertLedger(expected);
    }

    /** Like an assertion on maps, but names the first differences only: a map of thousands of candles says nothing. */
    static void assertSameEntries(String what, Map<String, String> actual, Map<String, String> expected) {
        if (actual.equals(expected)) {
            return;
        }
        List<String> differences = new ArrayList<>();
        Map<String, String> all = new TreeMap<>(expected);
        all.putAll(actual);
        for (String key : all.keySet()) {
            String found = actual.get(key);
            String wanted = expected.get(key);
            if (!java.util.Objects.equals(found, wanted)) {
                differences.add(key + "\n    was      " + found + "\n    expected " + wanted);
            }
        }
        throw new AssertionError(what + " must be equal, " + differences.size() + " of " + all.size() + " differ:\n  "
                + String.join("\n  ", differences.subList(0, Math.min(5, differences.size()))));
    }

    private void assertArchive(OracleResult expected) {
        Map<String, String> stamped = new TreeMap<>();
        Map<String, String> turnedAway = new TreeMap<>();
        for (List<OracleVerdict> partition : expected.verdicts()) {
            for (OracleVerdict verdict : partition) {
                String position =
                        verdict.trade().readPartition() + ":" + verdict.trade().readPosition();
                if (verdict.kind() == OracleVerdict.Kind.REJECTED) {
                    turnedAway.put(position, verdict.reason().name());
                } else {
                    stamped.put(
                            position,
                            verdict.late() + " " + verdict.disorderNanos() + " "
                                    + verdict.trade().eventTimeNanos());
                }
            }
        }
        Map<String, String> archived = new TreeMap<>();
        for (Trade trade : archive) {
            String before = archived.put(
                    trade.readPartition + ":" + trade.readOffset,
                    trade.late + " " + trade.disorderNanos + " " + trade.eventTimeNanos);
            assertThat(before).as("archived once: %s", trade).isNull();
        }
        assertSameEntries("archived trades", archived, stamped);
        Map<String, String> rejections = new TreeMap<>();
        for (Rejected message : rejected) {
            assertThat(rejections.put(
                            message.readPartition() + ":" + message.readOffset(),
                            message.reason().name()))
                    .as("rejected once: %s", message)
                    .isNull();
        }
        assertSameEntries("rejected messages", rejections, turnedAway);
    }

    private void assertLedger(OracleResult expected) {
        assertThat(ledger)
                .as("lines of the double entry")
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.residual()).as("%s", row).isZero());
        long accepted = 0;
        long duplicates = 0;
        Map<String, String> partitions = new TreeMap<>();
        for (LedgerRow row : ledger) {
            if (row.scope().equals(LedgerRow.PARTITION)) {
                accepted += row.accepted();
                duplicates += row.duplicate();
                partitions.put(
                        row.readPartition(),
                        (row.read() - row.filtered()) + " " + row.rejected() + " " + row.late() + " "
                                + (row.accepted() + row.duplicate()));
            }
        }
        Map<String, String> wanted = new TreeMap<>();
        for (OracleDoubleEntry.PartitionTotals totals : expected.doubleEntry().partitions()) {
            if (totals.read() > 0) {
                wanted.put(
                        "trades/" + totals.partition(),
                        totals.read() + " " + totals.rejected() + " " + totals.late() + " "
                                + (totals.accepted() + totals.duplicate()));
            }
        }
        assertSameEntries("read, rejected, late, accepted by partition", partitions, wanted);
        assertThat(accepted).as("accepted").isEqualTo(expected.count(OracleVerdict.Kind.ACCEPTED));
        assertThat(duplicates).as("duplicates").isEqualTo(expected.count(OracleVerdict.Kind.DUPLICATE));
        for (LedgerRow row : ledger) {
            if (row.scope().equals(LedgerRow.INTERVAL)) {
                assertThat(row.published()).as("%s", row).isEqualTo(accepted);
            }
        }
    }

    private static String text(OracleCandle candle) {
        return String.join(
                " ",
                text(candle.open()),
                text(candle.high()),
                text(candle.low()),
                text(candle.close()),
                text(candle.volume()),
                text(candle.notional()),
                text(candle.vwap()),
                Long.toString(candle.trades()),
                String.valueOf(candle.firstTradeNanos()),
                String.valueOf(candle.lastTradeNanos()),
                candle.flags().stream().map(OracleFlag::name).sorted().toList().toString());
    }

    private static String text(Candle candle) {
        return String.join(
                " ",
                Decimals.format(candle.openScaled(), candle.priceScale()),
                Decimals.format(candle.highScaled(), candle.priceScale()),
                Decimals.format(candle.lowScaled(), candle.priceScale()),
                Decimals.format(candle.closeScaled(), candle.priceScale()),
                Decimals.format(candle.volume(), candle.sizeScale()),
                Decimals.format(candle.notional(), candle.notionalScale()),
                text(candle.vwapScaled(), Decimals.vwapScale(candle.priceScale())),
                Long.toString(candle.trades()),
                candle.trades() == 0 ? "null" : Long.toString(candle.firstTradeNanos()),
                candle.trades() == 0 ? "null" : Long.toString(candle.lastTradeNanos()),
                CandleFlag.names(candle.flags()).toString());
    }

    private static String text(VwapRow row) {
        return text(row.vwapScaled(), Decimals.vwapScale(row.priceScale())) + " "
                + text(row.volume(), row.sizeScale()) + " " + text(row.notional(), row.notionalScale()) + " "
                + row.trades();
    }

    private static String text(Int128 value, int scale) {
        return value == null ? "null" : Decimals.format(value, scale);
    }

    private static String text(BigDecimal value) {
        if (value == null) {
            return "null";
        }
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }
}

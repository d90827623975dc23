package dev.candlewick.testkit.oracle;

import dev.candlewick.testkit.oracle.OracleVerdict.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that the oracle says about an input; immutable.
 *
 * @param verdicts one verdict per record, in the shape of the input
 * @param candles last state of every candle, sorted by venue, symbol, interval length and start
 * @param vwap last state of every row of the rolling VWAP, sorted by venue, symbol and time
 * @param idConflicts flagged payloads, sorted by venue, symbol, event time, id, price and size
 * @param qualityEvents findings of the quality rules, in no order
 * @param minuteReports reports by instrument and minute, in no order
 * @param doubleEntry the double entry
 */
public record OracleResult(
        List<List<OracleVerdict>> verdicts,
        List<OracleCandle> candles,
        List<OracleVwap> vwap,
        List<OracleIdConflict> idConflicts,
        List<OracleQualityEvent> qualityEvents,
        List<OracleMinuteReport> minuteReports,
        OracleDoubleEntry doubleEntry) {

    /** Copies the lists. */
    public OracleResult {
        verdicts = verdicts.stream().map(List::copyOf).toList();
        candles = List.copyOf(candles);
        vwap = List.copyOf(vwap);
        idConflicts = List.copyOf(idConflicts);
        qualityEvents = List.copyOf(qualityEvents);
        minuteReports = List.copyOf(minuteReports);
    }

    /** Returns the candles of one interval, in order. */
    public List<OracleCandle> candles(String interval) {
        return candles.stream()
                .filter(candle -> candle.interval().equals(interval))
                .toList();
    }

    /** Returns the candles by key, in order. */
    public Map<OracleCandle.Key, OracleCandle> candlesByKey() {
        Map<OracleCandle.Key, OracleCandle> byKey = new LinkedHashMap<>();
        candles.forEach(candle -> byKey.put(candle.key(), candle));
        return byKey;
    }

    /** Returns the rows of the rolling VWAP by key, in order. */
    public Map<OracleVwap.Key, OracleVwap> vwapByKey() {
        Map<OracleVwap.Key, OracleVwap> byKey = new LinkedHashMap<>();
        vwap.forEach(row -> byKey.put(row.key(), row));
        return byKey;
    }

    /** Returns how many records of all partitions have a verdict. */
    public long count(Kind kind) {
        return verdicts.stream()
                .flatMap(List::stream)
                .filter(verdict -> verdict.kind() == kind)
                .count();
    }
}

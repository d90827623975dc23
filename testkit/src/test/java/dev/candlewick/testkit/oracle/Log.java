package dev.candlewick.testkit.oracle;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Builds small logs by hand: one call per record, in read order, on one named day. */
final class Log {
    private final List<OracleTrade> records = new ArrayList<>();
    private final int partition;

    private Log(int partition) {
        this.partition = partition;
    }

    static Log log() {
        return new Log(0);
    }

    static Log partition(int partition) {
        return new Log(partition);
    }

    /** Nanoseconds of a time of 2024-03-10, such as {@code 14:00:00.000000001}. */
    static long at(String time) {
        Instant instant = Instant.parse("2024-03-10T" + time + "Z");
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    /** A record of venue V and symbol S. */
    Log trade(String time, String id, String price, String size) {
        return trade(time, id, null, price, size);
    }

    Log trade(String time, String id, Long sequence, String price, String size) {
        return on("V", "S", time, id, sequence, price, size);
    }

    Log on(String venue, String symbol, String time, String id, Long sequence, String price, String size) {
        return add(new OracleTrade(
                venue,
                symbol,
                id,
                at(time),
                null,
                new BigDecimal(price),
                new BigDecimal(size),
                null,
                null,
                sequence,
                partition,
                records.size(),
                partition,
                records.size()));
    }

    Log received(String time, String receiveTime, String price, String size) {
        return add(new OracleTrade(
                "V",
                "S",
                null,
                at(time),
                at(receiveTime),
                new BigDecimal(price),
                new BigDecimal(size),
                null,
                null,
                null,
                partition,
                records.size(),
                partition,
                records.size()));
    }

    Log marked(String time, String id, String price, String size, String side, String conditions) {
        return add(new OracleTrade(
                "V",
                "S",
                id,
                at(time),
                null,
                new BigDecimal(price),
                new BigDecimal(size),
                side,
                conditions,
                null,
                partition,
                records.size(),
                partition,
                records.size()));
    }

    /** Gives the last record another place. */
    Log placed(int placePartition, long placePosition) {
        int last = records.size() - 1;
        records.set(last, records.get(last).withPlace(placePartition, placePosition));
        return this;
    }

    Log add(OracleTrade trade) {
        records.add(trade.withReadPosition(partition, records.size()));
        return this;
    }

    List<OracleTrade> records() {
        return List.copyOf(records);
    }

    static OracleResult run(OracleSettings settings, Log... logs) {
        List<List<OracleTrade>> partitions = new ArrayList<>();
        for (Log log : logs) {
            partitions.add(log.records());
        }
        return Oracle.run(partitions, settings);
    }

    OracleResult run(OracleSettings settings) {
        return run(settings, this);
    }

    static BigDecimal decimal(String text) {
        return OracleDecimals.canonical(new BigDecimal(text));
    }

    /** One line per candle: start time, open, high, low, close, volume, trades, flags. */
    static List<String> lines(OracleResult result, String interval) {
        return result.candles(interval).stream().map(Log::line).toList();
    }

    static String line(OracleCandle candle) {
        return String.join(
                        " ",
                        time(candle.startNanos()),
                        candle.open().toPlainString(),
                        candle.high().toPlainString(),
                        candle.low().toPlainString(),
                        candle.close().toPlainString(),
                        candle.volume().toPlainString(),
                        Long.toString(candle.trades()),
                        candle.flags().toString())
                .replace(" []", "");
    }

    /** One line per row: T, vwap, volume, trades. */
    static List<String> vwapLines(OracleResult result) {
        return result.vwap().stream()
                .map(row -> time(row.atNanos()) + " "
                        + (row.vwap() == null ? "null" : row.vwap().toPlainString()) + " "
                        + row.volume().toPlainString() + " " + row.trades())
                .toList();
    }

    static List<OracleVerdict.Kind> kinds(OracleResult result, int partition) {
        return result.verdicts().get(partition).stream()
                .map(OracleVerdict::kind)
                .toList();
    }

    private static String time(long nanos) {
        String text = Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))
                .toString();
        return text.substring(text.indexOf('T') + 1, text.length() - 1);
    }
}

package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.Row;
import org.jspecify.annotations.Nullable;

/**
 * The job in Flink SQL: the first row of each id by {@code ROW_NUMBER}, {@code TUMBLE} windows, one exactly-once sink.
 *
 * <p>It is given what Candlewick has: the same source and deserializer, the same sink and JSON, object reuse. Prices and
 * sizes are decimals of at most 18 digits, which Flink keeps in a {@code long}. The dedup orders by processing time,
 * because only then it keeps one small value for each id and sends no retractions, which windows refuse; its state ends
 * after a minute of the clock. Bundles (mini-batch) are off: a bundle saves state access only where it holds copies.
 *
 * <p>What SQL cannot do: open and close by event time inside a window ({@code FIRST_VALUE} and {@code LAST_VALUE} are by
 * arrival), late revisions, and the VWAP at twelve decimals, because a quotient of such sums keeps six; the division is
 * done where the JSON is written, from exact sums.
 */
final class FlinkSqlJob {
    private static final String STATE_TTL = "60 s";
    private static final int PRICE_SCALE = 12;
    private static final int SIZE_SCALE = 8;
    private static final int COMPACT_DIGITS = 18;

    private FlinkSqlJob() {}

    /** @param cascade whether a coarser window is made from the coarsest one that divides it, not from the trades */
    static void run(RunRequest request, boolean cascade) throws Exception {
        StreamExecutionEnvironment environment = FlinkRun.environment(new Configuration(), request);
        StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
        tables.getConfig().setLocalTimeZone(ZoneOffset.UTC);
        tables.getConfig().set("table.exec.state.ttl", STATE_TTL);
        WatermarkStrategy<Decoded> watermarks = WatermarkStrategy.<Decoded>forBoundedOutOfOrderness(
                        Duration.ofMillis(CandlewickJob.OUT_OF_ORDERNESS.toMillis()))
                .withTimestampAssigner(
                        (decoded, recordMillis) -> Math.floorDiv(decoded.trade().eventTimeNanos, 1_000_000L));
        DataStream<RowData> rows = environment
                .fromSource(TradeInput.source(request), watermarks, "trades")
                .filter(Decoded::isTrade)
                .map(new ToRow(), InternalTypeInfo.of(ToRow.TYPE));
        tables.createTemporaryView(
                "trades",
                rows,
                Schema.newBuilder()
                        .columnByMetadata("rowtime", "TIMESTAMP_LTZ(3)")
                        .columnByExpression("proctime", "PROCTIME()")
                        .watermark("rowtime", "SOURCE_WATERMARK()")
                        .build());
        for (String statement : views(request.intervals(), cascade)) {
            tables.executeSql(statement);
        }
        DataStream<Bar> bars = tables.toDataStream(tables.sqlQuery(query(request.intervals())))
                .map(FlinkSqlJob::bar, TypeInformation.of(Bar.class));
        BarSink.add(bars, request);
        FlinkRun.execute(environment, request);
    }

    private static List<String> views(List<String> names, boolean cascade) {
        List<String> views = new ArrayList<>();
        views.add("CREATE TEMPORARY VIEW once AS SELECT venue, symbol, price, size, rowtime FROM (SELECT *,"
                + " ROW_NUMBER() OVER (PARTITION BY venue, symbol, trade_id ORDER BY proctime ASC) AS copy FROM trades)"
                + " WHERE copy = 1");
        Intervals intervals = Intervals.parse(String.join(",", names));
        for (int i = 0; i < intervals.count(); i++) {
            Interval interval = intervals.get(i);
            boolean fromBars = cascade && i > 0;
            String source = fromBars ? "fine_" + interval.name() : "once";
            if (fromBars) {
                views.add(
                        "CREATE TEMPORARY VIEW " + source + " AS SELECT venue, symbol, window_time AS rowtime, o, h, l,"
                                + " c, v, n, k FROM bars_"
                                + intervals.get(intervals.base(i)).name());
            }
            views.add("CREATE TEMPORARY VIEW bars_" + interval.name() + " AS SELECT '" + interval.name()
                    + "' AS bar, venue, symbol, window_start, window_end, window_time, "
                    + (fromBars
                            ? "FIRST_VALUE(o) AS o, MAX(h) AS h, MIN(l) AS l, LAST_VALUE(c) AS c, SUM(v) AS v,"
                                    + " SUM(n) AS n, SUM(k) AS k"
                            : "FIRST_VALUE(price) AS o, MAX(price) AS h, MIN(price) AS l, LAST_VALUE(price) AS c,"
                                    + " SUM(size) AS v, SUM(price * size) AS n, COUNT(*) AS k")
                    + " FROM TABLE(TUMBLE(TABLE " + source + ", DESCRIPTOR(rowtime), INTERVAL '"
                    + interval.nanos() / Interval.SECOND_NANOS
                    + "' SECOND(4))) GROUP BY venue, symbol, window_start, window_end, window_time");
        }
        return views;
    }

    private static String query(List<String> names) {
        return String.join(
                " UNION ALL ",
                names.stream()
                        .map(name ->
                                "SELECT CAST(bar AS VARCHAR) AS bar, venue, symbol, window_start, window_end, o, h, l,"
                                        + " c, v, n, k FROM bars_" + name)
                        .toList());
    }

    private static Bar bar(Row row) {
        Bar bar = new Bar();
        bar.interval = (String) row.getFieldAs(0);
        bar.venue = row.getFieldAs(1);
        bar.symbol = row.getFieldAs(2);
        bar.startMillis =
                ((LocalDateTime) row.getFieldAs(3)).toInstant(ZoneOffset.UTC).toEpochMilli();
        bar.endMillis =
                ((LocalDateTime) row.getFieldAs(4)).toInstant(ZoneOffset.UTC).toEpochMilli();
        bar.priceScale = PRICE_SCALE;
        bar.sizeScale = SIZE_SCALE;
        bar.open = price(row, 5);
        bar.high = price(row, 6);
        bar.low = price(row, 7);
        bar.close = price(row, 8);
        bar.volume = row.getFieldAs(9);
        bar.notional = row.getFieldAs(10);
        bar.trades = row.<Long>getFieldAs(11);
        return bar;
    }

    private static long price(Row row, int field) {
        return row.<BigDecimal>getFieldAs(field)
                .setScale(PRICE_SCALE)
                .unscaledValue()
                .longValueExact();
    }

    /** Takes of a trade what the query needs, in Flink's own form. */
    private static final class ToRow extends RichMapFunction<Decoded, RowData> {
        private static final long serialVersionUID = 1L;

        private static final RowType TYPE = RowType.of(
                new LogicalType[] {
                    new VarCharType(false, VarCharType.MAX_LENGTH),
                    new VarCharType(false, VarCharType.MAX_LENGTH),
                    new BigIntType(false),
                    new DecimalType(false, COMPACT_DIGITS, PRICE_SCALE),
                    new DecimalType(false, COMPACT_DIGITS, SIZE_SCALE)
                },
                new String[] {"venue", "symbol", "trade_id", "price", "size"});

        private transient @Nullable Map<String, StringData> texts;

        @Override
        public void open(OpenContext context) {
            texts = new HashMap<>();
        }

        @Override
        public RowData map(Decoded decoded) {
            Trade trade = decoded.trade();
            return GenericRowData.of(
                    text(trade.instrument.publishedVenue(), trade.instrument.venueUtf8()),
                    text(trade.instrument.symbol(), trade.instrument.symbolUtf8()),
                    trade.idNumber,
                    DecimalData.fromUnscaledLong(trade.priceScaled, COMPACT_DIGITS, PRICE_SCALE),
                    DecimalData.fromUnscaledLong(trade.sizeScaled, COMPACT_DIGITS, SIZE_SCALE));
        }

        private StringData text(String text, byte[] utf8) {
            Map<String, StringData> opened = texts;
            if (opened == null) {
                throw new IllegalStateException("function must be opened before its first element, was not");
            }
            return opened.computeIfAbsent(text, any -> BinaryStringData.fromBytes(utf8));
        }
    }
}

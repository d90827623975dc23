package dev.candlewick.connectors.schema;

import static dev.candlewick.connectors.schema.Field.of;

import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.schema.Definition.Kind;
import dev.candlewick.connectors.schema.Field.Type;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.DifferenceClass;
import dev.candlewick.core.reconcile.ValueKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * All records that Candlewick publishes, with the meaning of every field: what the schema files and the tables of
 * {@code docs/schemas.md} are made from, and what the code's own output is checked against.
 */
final class Published {
    /** Where the schema files lie among the resources. */
    static final String FOLDER = "candlewick/schemas";

    /** The version of all schemas; only a change that old readers cannot read makes a new one. */
    static final String VERSION = "v1";

    private static final String EPOCH = "ns since 1970, UTC";
    private static final String INTERVAL = "^[0-9]{1,9}(ms|s|m|h)$";
    private static final String INSTANT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$";
    private static final String INPUT_WHOLE = "-?(0|[1-9][0-9]*)";
    private static final String INPUT_DECIMAL = "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?";

    private static final Definition CANDLE = candle(Kind.TOPIC, "candles", "dev.candlewick.Candle", Type.DECIMAL);

    private static final Definition LEDGER = new Definition(
            Kind.TABLE,
            "ledger",
            "dev.candlewick.lake.LedgerRow",
            "One line of the double entry: where the messages of a partition or an interval went. A view over run.json.",
            "scope, read_partition, interval",
            null,
            List.of(
                    of("scope", Type.TEXT, "", "What the line sums up.")
                            .like("^[a-z]+$")
                            .oneOf(List.of("partition", "interval", "total")),
                    of("read_partition", Type.TEXT, "", "The partition as read, as `trades/3`, or a relative path.")
                            .orNull(),
                    of("interval", Type.TEXT, "", "The interval's name.")
                            .like(INTERVAL)
                            .orNull(),
                    number("read", "Messages read."),
                    number("filtered", "Messages that are not about trades."),
                    number("rejected", "Messages that broke a rule."),
                    number("duplicate", "Further copies."),
                    number("late", "Trades turned away as late."),
                    number("accepted", "Trades that count."),
                    number("published", "Trades of the last revision of closed candles."),
                    number("open", "Trades in open candles."),
                    number("residual", "What does not add up; 0 at every cut.")));

    private Published() {}

    /** All definitions: topics, tables, files. */
    static List<Definition> all() {
        return Stream.of(topics(), tables(), files()).flatMap(List::stream).toList();
    }

    /** Values of topics. */
    static List<Definition> topics() {
        return List.of(
                trades(),
                CANDLE,
                live(),
                vwap(Kind.TOPIC),
                event(Kind.TOPIC),
                report(Kind.TOPIC),
                rejected(),
                driftAlert(),
                heal());
    }

    /** Rows of the lake's tables and of the ledger. */
    static List<Definition> tables() {
        return List.of(
                table(
                        LakeTable.TRADES,
                        "dev.candlewick.lake.TradeRow",
                        "read_source, read_partition, read_offset; of a message with several trades also by the trade's own columns",
                        tradeColumns()),
                table(
                        LakeTable.CANDLES,
                        "dev.candlewick.lake.CandleRow",
                        "venue, symbol, interval, start_ns, revision",
                        candle(Kind.TABLE, "candles", "", Type.FIXED_DECIMAL).fields()),
                table(
                        LakeTable.VWAP,
                        "dev.candlewick.lake.VwapRow",
                        "venue, symbol, at_ns, revision",
                        vwap(Kind.TABLE).fields()),
                table(
                        LakeTable.QUALITY,
                        "dev.candlewick.lake.QualityRow",
                        "all own columns",
                        event(Kind.TABLE).fields()),
                table(
                        LakeTable.REPORTS,
                        "dev.candlewick.lake.ReportRow",
                        "venue, symbol, start_ns",
                        report(Kind.TABLE).fields()),
                table(
                        LakeTable.REJECTED,
                        "dev.candlewick.lake.RejectedRow",
                        "read_source, read_partition, read_offset; of a message with several trades also by reason, message, raw",
                        rejectedColumns()),
                table(LakeTable.DAILY, "dev.candlewick.lake.DailyRow", "venue, symbol, start_ns", dailyColumns()),
                LEDGER);
    }

    /** The JSON files of a lake. */
    static List<Definition> files() {
        return List.of(
                new Definition(
                        Kind.FILE,
                        "run.json",
                        "dev.candlewick.lake.Run",
                        "What a run tells about itself.",
                        "run",
                        null,
                        List.of(
                                of("format", Type.LONG, "", "1."),
                                of("run", Type.TEXT, "", "The run's name."),
                                of("version", Type.LONG, "", "The lake version that it wrote."),
                                mode(),
                                instant("opened_at", "When the version was opened."),
                                instant("published_at", "When it was published last."),
                                of("versions", Type.TEXT_MAP, "", "Versions of the program and of what it runs on."),
                                of("configuration", Type.TEXT_MAP, "", "The resolved configuration, by option."),
                                of("sources", Type.TEXTS, "", "Names of the sources by their ordinal."),
                                of("scales", Type.RECORD, "", "Decimals of the version's columns.")
                                        .holding(Definition.nested(
                                                "dev.candlewick.lake.Scales",
                                                "Decimals of a lake version.",
                                                of("price", Type.LONG, "decimals", "P, of prices and vwap."),
                                                of("size", Type.LONG, "decimals", "Q, of volume."),
                                                of("notional", Type.LONG, "decimals", "P + Q."))),
                                of("counts", Type.LONG_MAP, "", "Totals of the run, by name."),
                                of("tables", Type.RECORD_MAP, "", "What the version holds, by table.")
                                        .holding(Definition.nested(
                                                "dev.candlewick.lake.TableSummary",
                                                "What a version holds of a table.",
                                                of(
                                                        "partitions",
                                                        Type.LONG,
                                                        "partitions",
                                                        "Days, of candles days and intervals."),
                                                of(
                                                        "newest_generation",
                                                        Type.LONG,
                                                        "",
                                                        "The largest generation of any file."),
                                                of("files", Type.LONG, "files", "Parquet files."),
                                                of("rows", Type.LONG, "rows", "Rows of all files."),
                                                of("bytes", Type.LONG, "bytes", "Size of all files."),
                                                minTime(),
                                                maxTime())),
                                of("checks", Type.RECORD, "", "What was checked.")
                                        .holding(Definition.nested(
                                                "dev.candlewick.lake.Checks",
                                                "What was checked.",
                                                of(
                                                        "residual",
                                                        Type.LONG,
                                                        "trades",
                                                        "Sum of the magnitudes of all residuals; 0 where everything adds up."),
                                                of("ledger", Type.RECORDS, "", "The double entry.")
                                                        .holding(LEDGER))),
                                of(
                                        "digests",
                                        Type.TEXT_MAP,
                                        "",
                                        "Digests of the comparable outputs, by table; empty in streaming runs."))),
                new Definition(
                        Kind.FILE,
                        "manifest",
                        "dev.candlewick.lake.Manifest",
                        "All files of one partition in one generation (`_manifest-NNNNNN.json`).",
                        "partition, generation",
                        null,
                        List.of(
                                of("format", Type.LONG, "", "1."),
                                of("table", Type.TEXT, "", "The table's name."),
                                of("partition", Type.TEXT, "", "The partition's folder, relative to the lake."),
                                of("generation", Type.LONG, "", "1 for the first publication of the partition."),
                                of("run", Type.TEXT, "", "The run that published it."),
                                instant("created_at", "When."),
                                of("rows", Type.LONG, "rows", "Rows of all files."),
                                of("bytes", Type.LONG, "bytes", "Size of all files."),
                                minTime(),
                                maxTime(),
                                of("files", Type.RECORDS, "", "All files, those of earlier generations too.")
                                        .holding(Definition.nested(
                                                "dev.candlewick.lake.DataFile",
                                                "One Parquet file.",
                                                of("name", Type.TEXT, "", "Its name in the partition's folder.")
                                                        .like("^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\\.parquet$"),
                                                of("generation", Type.LONG, "", "The generation that brought it."),
                                                of("run", Type.TEXT, "", "The run that wrote it."),
                                                of("rows", Type.LONG, "rows", "Its rows."),
                                                of("bytes", Type.LONG, "bytes", "Its size."),
                                                minTime(),
                                                maxTime(),
                                                of("sha256", Type.TEXT, "", "Digest of its bytes.")
                                                        .like("^[0-9a-f]{64}$")
                                                        .orNull())),
                                of(
                                                "replaced",
                                                Type.RECORDS,
                                                "",
                                                "Files of earlier generations whose rows stand in other files now; they are"
                                                        + " deleted some time after.")
                                        .holding(Definition.nested(
                                                "dev.candlewick.lake.ReplacedFile",
                                                "A file that is no longer part of the partition.",
                                                of("name", Type.TEXT, "", "Its name in the partition's folder.")
                                                        .like("^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\\.parquet$"),
                                                instant("at", "Since when.")))
                                        .orNull()
                                        .added())),
                new Definition(
                        Kind.FILE,
                        "lake.json",
                        "dev.candlewick.lake.Lake",
                        "Which versions a lake has, and which one readers see.",
                        "",
                        null,
                        List.of(
                                of("format", Type.LONG, "", "1."),
                                of("current", Type.LONG, "", "The version that readers see.")
                                        .orNull(),
                                of("versions", Type.RECORDS, "", "All versions.")
                                        .holding(Definition.nested(
                                                "dev.candlewick.lake.LakeVersion",
                                                "One version.",
                                                of("version", Type.LONG, "", "Its number, from 1."),
                                                of("run", Type.TEXT, "", "The run that wrote it."),
                                                mode(),
                                                of("price_scale", Type.LONG, "decimals", "P."),
                                                of("size_scale", Type.LONG, "decimals", "Q."),
                                                instant("opened_at", "When it was opened."),
                                                instant("published_at", "When it was published first or last.")
                                                        .orNull(),
                                                base(),
                                                covers())))));
    }

    private static Definition trades() {
        return new Definition(
                Kind.TOPIC,
                "trades",
                "dev.candlewick.Trade",
                "A trade as it comes in, format json.",
                "the symbol; any key will do",
                null,
                List.of(
                        of("event_time_ns", Type.INPUT_LONG, EPOCH, "When the venue says the trade happened.")
                                .like(INPUT_WHOLE),
                        of("venue", Type.INPUT_TEXT, "", "The venue.").like("[\\s\\S]*\\S[\\s\\S]*"),
                        of("symbol", Type.INPUT_TEXT, "", "The symbol, kept unchanged.")
                                .like("[\\s\\S]*\\S[\\s\\S]*"),
                        of("price", Type.INPUT_DECIMAL, "price", "The price.").like(INPUT_DECIMAL),
                        of("size", Type.INPUT_DECIMAL, "size", "The size.").like(INPUT_DECIMAL),
                        input("recv_time_ns", Type.INPUT_LONG, EPOCH, "When the recorder received it.")
                                .like(INPUT_WHOLE),
                        input("trade_id", Type.INPUT_TEXT, "", "The trade's id; `007` and `7` are two."),
                        input("sequence", Type.INPUT_LONG, "", "The feed's sequence number.")
                                .like(INPUT_WHOLE),
                        input("side", Type.INPUT_TEXT, "", "The aggressor's side."),
                        input("conditions", Type.INPUT_TEXT, "", "Sale conditions."),
                        input("flags", Type.INPUT_TEXT, "", "The feed's flags."),
                        input("row", Type.INPUT_LONG, "", "Position of the trade in its first log, from 0.")
                                .like("(0|[1-9][0-9]*)")));
    }

    private static Field input(String name, Type type, String unit, String meaning) {
        return of(name, type, unit, meaning).orNull().added();
    }

    private static Definition candle(Kind kind, String name, String recordName, Type decimal) {
        return new Definition(
                kind,
                name,
                recordName,
                "A candle: one revision of one window. In topics `candles.<interval>`.",
                "venue|symbol|start_ns",
                null,
                List.of(
                        venue(),
                        symbol(),
                        of("interval", Type.TEXT, "", "Length of the window, as `1m`.")
                                .like(INTERVAL),
                        of("start_ns", Type.LONG, EPOCH, "First nanosecond of the window."),
                        of("end_ns", Type.LONG, EPOCH, "First nanosecond after the window."),
                        of("open", decimal, "price", "Price of the first trade in the total order."),
                        of("high", decimal, "price", "Largest price."),
                        of("low", decimal, "price", "Smallest price."),
                        of("close", decimal, "price", "Price of the last trade in the total order."),
                        of("volume", decimal, "size", "Sum of the sizes, exact."),
                        of("notional", decimal, "price · size", "Sum of price times size, exact."),
                        of(
                                        "vwap",
                                        decimal,
                                        "price",
                                        "Notional divided by volume, half to even; null where volume is 0.")
                                .orNull(),
                        of("trades", Type.LONG, "trades", "Accepted trades; 0 in a fill."),
                        of("first_trade_ns", Type.LONG, EPOCH, "Event time of the first trade; null in a fill.")
                                .orNull(),
                        of("last_trade_ns", Type.LONG, EPOCH, "Event time of the last trade; null in a fill.")
                                .orNull(),
                        of(
                                "revision",
                                Type.LONG,
                                "",
                                "0 for the first publication of the window, then strictly increasing."),
                        revisionReason(),
                        of("final", Type.BOOLEAN, "", "Whether the window is closed; false on `candles.live` only."),
                        of(
                                        "digest",
                                        Type.TEXT,
                                        "",
                                        "Order-free sum of the hashes of the trades, 128 bits in hexadecimal.")
                                .like("^[0-9a-f]{32}$"),
                        of("flags", Type.CODES, "", "What to know beyond the numbers, sorted.")
                                .oneOf(names(CandleFlag.values())),
                        profile()));
    }

    private static Definition live() {
        return new Definition(
                Kind.TOPIC,
                "candles.live",
                "dev.candlewick.LiveCandles",
                "All open candles of an instrument at one moment.",
                "venue|symbol",
                null,
                List.of(
                        venue(),
                        symbol(),
                        of("candles", Type.RECORDS, "", "Its open candles, finest interval first, none of them final.")
                                .holding(CANDLE)));
    }

    private static Definition vwap(Kind kind) {
        Type decimal = kind == Kind.TOPIC ? Type.DECIMAL : Type.FIXED_DECIMAL;
        return new Definition(
                kind,
                "vwap.5m",
                "dev.candlewick.Vwap",
                "The volume-weighted average price of five minutes.",
                "venue|symbol|at_ns",
                null,
                List.of(
                        venue(),
                        symbol(),
                        of("at_ns", Type.LONG, EPOCH, "T, a whole second; the value covers [T − 5 min, T)."),
                        of(
                                        "vwap",
                                        decimal,
                                        "price",
                                        "Notional divided by volume, half to even; null where volume is 0.")
                                .orNull(),
                        of("volume", decimal, "size", "Sum of the sizes, exact."),
                        of("notional", decimal, "price · size", "Sum of price times size, exact."),
                        of("trades", Type.LONG, "trades", "Accepted trades."),
                        of("revision", Type.LONG, "", "0 for the first publication of T, then strictly increasing."),
                        revisionReason(),
                        profile()));
    }

    private static Definition event(Kind kind) {
        Field detail = of("detail", Type.JSON_OBJECT, "", "More, by kind.")
                .orNull()
                .holding(Definition.nested(
                        "dev.candlewick.QualityDetail",
                        "More about a quality event, by its kind.",
                        of("cause", Type.TEXT, "", "Why a gap: LOST or QUIET.")
                                .like("^[A-Z][A-Z0-9_]*$")
                                .added(),
                        of("first", Type.LONG, "", "First missing number.").added(),
                        of("last", Type.LONG, "", "Last missing number.").added(),
                        of("venue", Type.TEXT, "", "The venue whose numbers or id it is about.")
                                .added(),
                        of("price", Type.DECIMAL, "price", "The price in question.")
                                .added(),
                        of("size", Type.DECIMAL, "size", "The size in question.")
                                .added(),
                        of("median", Type.DECIMAL, "price", "The median compared with.")
                                .added(),
                        of("mean", Type.DECIMAL, "price", "The mean compared with.")
                                .added(),
                        of("deviation", Type.LONG, "basis points", "How far the price is from it.")
                                .added(),
                        of("id", Type.TEXT, "", "The id in question.").added()));
        return new Definition(
                kind,
                "quality.events",
                "dev.candlewick.QualityEvent",
                "One finding about accepted trades.",
                "venue|symbol, the symbol empty for a venue; several events share a key: do not compact",
                null,
                List.of(
                        of("kind", Type.CODE, "", "What was found.").oneOf(names(QualityKind.values())),
                        venue(),
                        of("symbol", Type.TEXT, "", "The symbol; null for findings about a venue.")
                                .orNull(),
                        of("event_time_ns", Type.LONG, EPOCH, "When it was the case, in event time."),
                        of("start_ns", Type.LONG, EPOCH, "Its beginning.").orNull(),
                        of("end_ns", Type.LONG, EPOCH, "Its end; null where it lasts.")
                                .orNull(),
                        of("count", Type.LONG, "by kind", "How many, or how long in nanoseconds or seconds."),
                        kind == Kind.TOPIC ? detail : detail.as(Type.JSON_TEXT).holding(null),
                        profile()));
    }

    private static Definition report(Kind kind) {
        return new Definition(
                kind,
                "quality.reports",
                "dev.candlewick.QualityReport",
                "What the trades of one instrument in one minute of event time were like.",
                "venue|symbol|start_ns",
                null,
                List.of(
                        venue(),
                        symbol(),
                        of("start_ns", Type.LONG, EPOCH, "First nanosecond of the minute."),
                        of("end_ns", Type.LONG, EPOCH, "First nanosecond after it."),
                        of("trades", Type.LONG, "trades", "Accepted trades."),
                        of("duplicates", Type.LONG, "trades", "Copies beyond the first that were not turned away."),
                        of("conflicts", Type.LONG, "trades", "Trades flagged as ID_CONFLICT."),
                        of("suspects", Type.LONG, "trades", "Equal rows without id beyond the first."),
                        of("outliers", Type.LONG, "events", "Events OUTLIER and OUTLIER_MEAN."),
                        of("zero_sizes", Type.LONG, "trades", "Trades of size zero."),
                        of("stale_runs", Type.LONG, "events", "Events STALE_RUN."),
                        of("gaps_500ms", Type.LONG, "events", "Events GAP_500MS."),
                        of("gaps_5s", Type.LONG, "events", "Events GAP_5S."),
                        of("gaps_30s", Type.LONG, "events", "Events GAP_30S."),
                        of("missing_sequences", Type.LONG, "numbers", "Numbers missing."),
                        of("latency_count", Type.LONG, "copies", "Copies with a receive time."),
                        latency("latency_min_ns", "Smallest receive time minus event time; may be negative."),
                        latency("latency_p50_ns", "Its median."),
                        latency("latency_p90_ns", "Its 90 % quantile."),
                        latency("latency_p99_ns", "Its 99 % quantile."),
                        latency("latency_max_ns", "Largest receive time minus event time."),
                        of("largest_gap_ns", Type.LONG, "ns", "Longest pause of an event.")
                                .orNull(),
                        of("largest_gap_start_ns", Type.LONG, EPOCH, "Event time of the trade before that pause.")
                                .orNull(),
                        of("largest_hole", Type.LONG, "numbers", "Most numbers missing in one event.")
                                .orNull(),
                        of("worst_outlier_bps", Type.LONG, "basis points", "Largest deviation of an outlier's event.")
                                .orNull(),
                        profile()));
    }

    private static Definition rejected() {
        List<Field> fields = new ArrayList<>(rejectedColumns());
        fields.removeIf(field -> field.name().equals("raw"));
        fields.add(of(
                        "raw",
                        Type.TEXT,
                        "",
                        "The original bytes as text; null where they are not UTF-8, or more than 64 KiB.")
                .orNull());
        fields.add(of(
                "raw_base64",
                Type.BASE64,
                "",
                "The original bytes, exactly; of more than 3,000,000 the first, and message says so."));
        return new Definition(
                Kind.TOPIC,
                "trades.rejected",
                "dev.candlewick.RejectedMessage",
                "A message that was not a valid trade, with its bytes.",
                "source|partition|offset as read, nothing escaped; several of one message share a key: do not compact",
                null,
                fields);
    }

    private static Definition heal() {
        return new Definition(
                Kind.TOPIC,
                "heals",
                "dev.candlewick.HealNote",
                "What a heal is going to write of one instrument; sent before the first value.",
                "venue|symbol; not compactable, every record counts",
                null,
                List.of(
                        venue(),
                        symbol(),
                        of("values", Type.LONG, "", "How many values, of candles and rolling VWAP."),
                        of("healed_from_ns", Type.LONG, EPOCH, "The smallest start of what they cover."),
                        of("healed_until_ns", Type.LONG, EPOCH, "The largest end of what they cover."),
                        of("run", Type.TEXT, "", "The heal; its record is `heals/<run>.json` in the lake."),
                        of("reconciliation", Type.TEXT, "", "The reconciliation that it goes by."),
                        of("lake", Type.TEXT, "", "The lake's folder."),
                        of("lake_version", Type.LONG, "", "The lake version."),
                        of("by", Type.TEXT, "", "Who asked for it."),
                        of("at", Type.TEXT, "", "When, as an ISO instant.")));
    }

    private static Definition driftAlert() {
        return new Definition(
                Kind.TOPIC,
                "drift.alerts",
                "dev.candlewick.DriftAlert",
                "A published value that a reconciliation found to be far from the recomputation, missing or extra.",
                "interval|venue|symbol|start_ns, with vwap for the interval of a rolling VWAP",
                null,
                List.of(
                        of("kind", Type.CODE, "", "What kind of value.").oneOf(names(ValueKind.values())),
                        venue(),
                        symbol(),
                        of("interval", Type.TEXT, "", "The candle's interval; null for a rolling VWAP.")
                                .like(INTERVAL)
                                .orNull(),
                        of("start_ns", Type.LONG, EPOCH, "The candle's start, or the `at_ns` of a rolling VWAP."),
                        of("class", Type.CODE, "", "How it differs.").oneOf(names(DifferenceClass.values())),
                        of("cause", Type.CODE, "", "Why, as far as the evidence shows.")
                                .oneOf(names(Cause.values())),
                        of("healable", Type.BOOLEAN, "", "Whether a heal may replace it."),
                        of("heal_reason", Type.TEXT, "", "Why it may or may not; for people."),
                        of("worst_drift_ppb", Type.LONG, "10^-9", "The largest relative drift of a field."),
                        of("evidence", Type.TEXTS, "", "What shows the cause; for people."),
                        of("drifts", Type.RECORDS, "", "The fields that differ.")
                                .holding(Definition.nested(
                                        "dev.candlewick.FieldDrift",
                                        "One field that differs from the recomputation.",
                                        of("side", Type.TEXT, "", "Where it was published: topic or lake.")
                                                .like("^[a-z]+$"),
                                        of("field", Type.TEXT, "", "The column's name.")
                                                .like("^[a-z_]+$"),
                                        of("published", Type.TEXT, "", "What was published.")
                                                .orNull(),
                                        of("truth", Type.TEXT, "", "What was recomputed.")
                                                .orNull(),
                                        of(
                                                        "drift_ppb",
                                                        Type.LONG,
                                                        "10^-9",
                                                        "The relative drift; null for others than numbers.")
                                                .orNull(),
                                        of("alert", Type.BOOLEAN, "", "Whether it is above the threshold."))),
                        of("run", Type.TEXT, "", "The reconciliation."),
                        of("lake_version", Type.LONG, "", "The lake version that was read."),
                        profile()));
    }

    private static List<Field> rejectedColumns() {
        return List.of(
                of("reason", Type.CODE, "", "The first rule that it broke.").oneOf(names(Reason.values())),
                of("message", Type.TEXT, "", "What must hold and what was found; for people."),
                of("raw", Type.BYTES, "", "The original bytes."),
                of("event_time_ns", Type.LONG, EPOCH, "The event time where it was readable.")
                        .orNull(),
                of("recv_time_ns", Type.LONG, EPOCH, "The receive time where it was readable.")
                        .orNull(),
                of("ingest_time_ns", Type.LONG, EPOCH, "The log's own time.").orNull(),
                of("read_source", Type.TEXT, "", "Topic or relative path as read."),
                of("read_partition", Type.INT, "", "Partition as read; 0 for a file."),
                of("read_offset", Type.LONG, "", "Offset as read, or the line."));
    }

    private static List<Field> tradeColumns() {
        return List.of(
                of("event_time_ns", Type.LONG, EPOCH, "When the venue says the trade happened."),
                of("recv_time_ns", Type.LONG, EPOCH, "When the recorder received it.")
                        .orNull(),
                venue(),
                symbol(),
                of("trade_id", Type.TEXT, "", "The trade's id as the input wrote it.")
                        .orNull(),
                of("sequence", Type.LONG, "", "The feed's sequence number.").orNull(),
                of("price", Type.FIXED_DECIMAL, "price", "The price."),
                of("size", Type.FIXED_DECIMAL, "size", "The size."),
                of("side", Type.TEXT, "", "The aggressor's side as the input wrote it.")
                        .orNull(),
                of("conditions", Type.TEXT, "", "Sale conditions as the input wrote them.")
                        .orNull(),
                of("flags", Type.TEXT, "", "The feed's flags as it wrote them.").orNull(),
                of("source_partition", Type.INT, "", "Partition of the trade's place in its first log."),
                of("source_position", Type.LONG, "", "Position of its place."),
                of("read_source", Type.TEXT, "", "Topic or relative path as read."),
                of("read_partition", Type.INT, "", "Partition as read; 0 for a file."),
                of("read_offset", Type.LONG, "", "Offset as read, or the line."),
                of("ingest_time_ns", Type.LONG, EPOCH, "The log's own time.").orNull(),
                of("late", Type.BOOLEAN, "", "Whether it was late by its partition's high-water mark."),
                of("disorder_ns", Type.LONG, "ns", "How far behind that mark it came; 0 where it led."));
    }

    private static List<Field> dailyColumns() {
        return List.of(
                venue(),
                symbol(),
                of("start_ns", Type.LONG, EPOCH, "First nanosecond of the UTC day."),
                of("end_ns", Type.LONG, EPOCH, "First nanosecond after it."),
                of("first", Type.FIXED_DECIMAL, "price", "Price of the day's first trade."),
                of("last", Type.FIXED_DECIMAL, "price", "Price of its last trade."),
                of("high", Type.FIXED_DECIMAL, "price", "Largest price."),
                of("low", Type.FIXED_DECIMAL, "price", "Smallest price."),
                of("volume", Type.FIXED_DECIMAL, "size", "Sum of the sizes, exact."),
                of("notional", Type.FIXED_DECIMAL, "price · size", "Sum of price times size, exact."),
                of(
                                "vwap",
                                Type.FIXED_DECIMAL,
                                "price",
                                "Notional divided by volume, half to even; null where volume is 0.")
                        .orNull(),
                of("trades", Type.LONG, "trades", "Accepted trades."),
                of("rejects", Type.LONG, "messages", "Rejected messages."),
                of("gaps", Type.LONG, "events", "Gaps."),
                of("late", Type.LONG, "trades", "Trades that were late."),
                profile());
    }

    private static Definition table(LakeTable table, String recordName, String key, List<Field> own) {
        List<Field> fields = new ArrayList<>(own);
        fields.add(of(LakeTable.KNOWN_AT, Type.LONG, EPOCH, "When the row became known.")
                .orNull());
        fields.add(of(LakeTable.RUN, Type.TEXT, "", "The run that wrote the row."));
        fields.add(of(
                        LakeTable.GENERATION,
                        Type.LONG,
                        "",
                        "The generation that brought the row; null in files of streaming runs, where the manifest tells.")
                .orNull());
        return new Definition(
                Kind.TABLE,
                table.directory(),
                recordName,
                switch (table) {
                    case TRADES -> "One valid copy of a trade, as read.";
                    case CANDLES -> "One revision of one candle.";
                    case VWAP -> "One revision of one rolling five-minute VWAP.";
                    case QUALITY -> "One quality event.";
                    case REPORTS -> "One instrument and minute.";
                    case REJECTED -> "One message that was not a valid trade, with its bytes.";
                    case DAILY -> "One instrument and UTC day. The newest row of a day counts.";
                },
                key,
                table,
                fields);
    }

    private static Field venue() {
        return of("venue", Type.TEXT, "", "The venue as the input wrote it; `CONSOLIDATED` in consolidated scope.");
    }

    private static Field symbol() {
        return of("symbol", Type.TEXT, "", "The symbol as the input wrote it.");
    }

    private static Field profile() {
        return of("profile", Type.TEXT, "", "`<feed profile>@<hash of its resolved settings>`.");
    }

    private static Field revisionReason() {
        return of("reason", Type.CODE, "", "Why this revision came out.").oneOf(names(RevisionReason.values()));
    }

    private static Field latency(String name, String meaning) {
        return of(name, Type.LONG, "ns", meaning + " Null without receive times.")
                .orNull();
    }

    private static Field number(String name, String meaning) {
        return of(
                        name,
                        Type.LONG,
                        name.equals("read") || name.equals("filtered") || name.equals("rejected")
                                ? "messages"
                                : "trades",
                        meaning + " Null where it does not apply.")
                .orNull();
    }

    private static Field mode() {
        return of("mode", Type.TEXT, "", "How it was written.").like("^[a-z]+$").oneOf(List.of("streaming", "bounded"));
    }

    private static Field base() {
        return of("base", Type.LONG, "", "The version that it lies over: readers see that one where it covers nothing.")
                .orNull()
                .added();
    }

    private static Field covers() {
        return of("covers", Type.RECORDS, "", "What a version with a base answers for itself, also where it is empty.")
                .holding(Definition.nested(
                        "dev.candlewick.lake.Cover",
                        "Days of a table.",
                        of("table", Type.TEXT, "", "The table's name."),
                        of("interval", Type.TEXT, "", "One interval; null for all.")
                                .orNull(),
                        of("from", Type.TEXT, "ISO 8601, UTC", "The first day.").like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
                        of("to", Type.TEXT, "ISO 8601, UTC", "The last day.").like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))
                .orNull()
                .added();
    }

    private static Field instant(String name, String meaning) {
        return of(name, Type.TEXT, "ISO 8601, UTC", meaning).like(INSTANT);
    }

    private static Field minTime() {
        return of(
                        "min_event_time_ns",
                        Type.LONG,
                        EPOCH,
                        "Least value of the table's time column; null where no row has one.")
                .orNull();
    }

    private static Field maxTime() {
        return of(
                        "max_event_time_ns",
                        Type.LONG,
                        EPOCH,
                        "Largest value of the table's time column; null where no row has one.")
                .orNull();
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).sorted().toList();
    }
}

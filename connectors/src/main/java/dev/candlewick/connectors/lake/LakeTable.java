package dev.candlewick.connectors.lake;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a lake with their columns, the one place that writers, views and checks take them from.
 *
 * <p>A column's Parquet field id is its position in the list plus one and never changes: new columns are appended at the
 * end, none is ever removed, renamed or given another type.
 */
public enum LakeTable {
    /** One row per valid copy of a trade, as read. */
    TRADES(
            "event_time_ns",
            required("event_time_ns", ColumnType.BIGINT),
            optional("recv_time_ns", ColumnType.BIGINT),
            required("venue", ColumnType.VARCHAR),
            required("symbol", ColumnType.VARCHAR),
            optional("trade_id", ColumnType.VARCHAR),
            optional("sequence", ColumnType.BIGINT),
            required("price", ColumnType.PRICE),
            required("size", ColumnType.SIZE),
            optional("side", ColumnType.VARCHAR),
            optional("conditions", ColumnType.VARCHAR),
            optional("flags", ColumnType.VARCHAR),
            required("source_partition", ColumnType.INTEGER),
            required("source_position", ColumnType.BIGINT),
            required("read_source", ColumnType.VARCHAR),
            required("read_partition", ColumnType.INTEGER),
            required("read_offset", ColumnType.BIGINT),
            optional("ingest_time_ns", ColumnType.BIGINT),
            required("late", ColumnType.BOOLEAN),
            required("disorder_ns", ColumnType.BIGINT)),

    /** Every revision of every candle. */
    CANDLES(
            "start_ns",
            required("venue", ColumnType.VARCHAR),
            required("symbol", ColumnType.VARCHAR),
            required("interval", ColumnType.VARCHAR),
            required("start_ns", ColumnType.BIGINT),
            required("end_ns", ColumnType.BIGINT),
            required("open", ColumnType.PRICE),
            required("high", ColumnType.PRICE),
            required("low", ColumnType.PRICE),
            required("close", ColumnType.PRICE),
            required("volume", ColumnType.SIZE),
            required("notional", ColumnType.NOTIONAL),
            optional("vwap", ColumnType.PRICE),
            required("trades", ColumnType.BIGINT),
            optional("first_trade_ns", ColumnType.BIGINT),
            optional("last_trade_ns", ColumnType.BIGINT),
            required("revision", ColumnType.BIGINT),
            required("reason", ColumnType.VARCHAR),
            required("final", ColumnType.BOOLEAN),
            required("digest", ColumnType.VARCHAR),
            required("flags", ColumnType.VARCHAR_LIST),
            required("profile", ColumnType.VARCHAR)),

    /** Every revision of every rolling five-minute VWAP. */
    VWAP(
            "at_ns",
            required("venue", ColumnType.VARCHAR),
            required("symbol", ColumnType.VARCHAR),
            required("at_ns", ColumnType.BIGINT),
            optional("vwap", ColumnType.PRICE),
            required("volume", ColumnType.SIZE),
            required("notional", ColumnType.NOTIONAL),
            required("trades", ColumnType.BIGINT),
            required("revision", ColumnType.BIGINT),
            required("reason", ColumnType.VARCHAR),
            required("profile", ColumnType.VARCHAR)),

    /** One row per quality event; by the time of its event. */
    QUALITY(
            "event_time_ns",
            required("kind", ColumnType.VARCHAR),
            required("venue", ColumnType.VARCHAR),
            optional("symbol", ColumnType.VARCHAR),
            required("event_time_ns", ColumnType.BIGINT),
            optional("start_ns", ColumnType.BIGINT),
            optional("end_ns", ColumnType.BIGINT),
            required("count", ColumnType.BIGINT),
            optional("detail", ColumnType.VARCHAR),
            required("profile", ColumnType.VARCHAR)),

    /** One row per instrument and minute. */
    REPORTS(
            "start_ns",
            required("venue", ColumnType.VARCHAR),
            required("symbol", ColumnType.VARCHAR),
            required("start_ns", ColumnType.BIGINT),
            required("end_ns", ColumnType.BIGINT),
            required("trades", ColumnType.BIGINT),
            required("duplicates", ColumnType.BIGINT),
            required("conflicts", ColumnType.BIGINT),
            required("suspects", ColumnType.BIGINT),
            required("outliers", ColumnType.BIGINT),
            required("zero_sizes", ColumnType.BIGINT),
            required("stale_runs", ColumnType.BIGINT),
            required("gaps_500ms", ColumnType.BIGINT),
            required("gaps_5s", ColumnType.BIGINT),
            required("gaps_30s", ColumnType.BIGINT),
            required("missing_sequences", ColumnType.BIGINT),
            required("latency_count", ColumnType.BIGINT),
            optional("latency_min_ns", ColumnType.BIGINT),
            optional("latency_p50_ns", ColumnType.BIGINT),
            optional("latency_p90_ns", ColumnType.BIGINT),
            optional("latency_p99_ns", ColumnType.BIGINT),
            optional("latency_max_ns", ColumnType.BIGINT),
            optional("largest_gap_ns", ColumnType.BIGINT),
            optional("largest_gap_start_ns", ColumnType.BIGINT),
            optional("largest_hole", ColumnType.BIGINT),
            optional("worst_outlier_bps", ColumnType.BIGINT),
            required("profile", ColumnType.VARCHAR)),

    /** One row per message that was not a valid trade, with its bytes. */
    REJECTED(
            "event_time_ns",
            required("reason", ColumnType.VARCHAR),
            required("message", ColumnType.VARCHAR),
            required("raw", ColumnType.BLOB),
            optional("event_time_ns", ColumnType.BIGINT),
            optional("recv_time_ns", ColumnType.BIGINT),
            optional("ingest_time_ns", ColumnType.BIGINT),
            required("read_source", ColumnType.VARCHAR),
            required("read_partition", ColumnType.INTEGER),
            required("read_offset", ColumnType.BIGINT)),

    /** One row per instrument and UTC day. */
    DAILY(
            "start_ns",
            required("venue", ColumnType.VARCHAR),
            required("symbol", ColumnType.VARCHAR),
            required("start_ns", ColumnType.BIGINT),
            required("end_ns", ColumnType.BIGINT),
            required("first", ColumnType.PRICE),
            required("last", ColumnType.PRICE),
            required("high", ColumnType.PRICE),
            required("low", ColumnType.PRICE),
            required("volume", ColumnType.SIZE),
            required("notional", ColumnType.NOTIONAL),
            optional("vwap", ColumnType.PRICE),
            required("trades", ColumnType.BIGINT),
            required("rejects", ColumnType.BIGINT),
            required("gaps", ColumnType.BIGINT),
            required("late", ColumnType.BIGINT),
            required("profile", ColumnType.VARCHAR));

    /** What a column holds. */
    public enum ColumnType {
        /** A signed 64-bit integer; times are nanoseconds since the epoch in UTC. */
        BIGINT,
        /** A signed 32-bit integer. */
        INTEGER,
        /** True or false. */
        BOOLEAN,
        /** Text in UTF-8. */
        VARCHAR,
        /** A sorted list of codes. */
        VARCHAR_LIST,
        /** Bytes as they are. */
        BLOB,
        /** A decimal of 38 digits with P decimals. */
        PRICE,
        /** A decimal of 38 digits with Q decimals. */
        SIZE,
        /** A decimal of 38 digits with P+Q decimals. */
        NOTIONAL;

        /** The type's name in SQL. */
        public String sqlType(LakeScales scales) {
            return switch (this) {
                case BIGINT, INTEGER, BOOLEAN, VARCHAR, BLOB -> name();
                case VARCHAR_LIST -> "VARCHAR[]";
                case PRICE -> "DECIMAL(38," + scales.priceScale() + ")";
                case SIZE -> "DECIMAL(38," + scales.sizeScale() + ")";
                case NOTIONAL -> "DECIMAL(38," + scales.notionalScale() + ")";
            };
        }

        private Type parquetType(Type.Repetition repetition, String name, int id, LakeScales scales) {
            return switch (this) {
                case BIGINT ->
                    Types.primitive(PrimitiveTypeName.INT64, repetition).id(id).named(name);
                case INTEGER ->
                    Types.primitive(PrimitiveTypeName.INT32, repetition).id(id).named(name);
                case BOOLEAN ->
                    Types.primitive(PrimitiveTypeName.BOOLEAN, repetition)
                            .id(id)
                            .named(name);
                case VARCHAR ->
                    Types.primitive(PrimitiveTypeName.BINARY, repetition)
                            .as(LogicalTypeAnnotation.stringType())
                            .id(id)
                            .named(name);
                case BLOB ->
                    Types.primitive(PrimitiveTypeName.BINARY, repetition).id(id).named(name);
                case VARCHAR_LIST ->
                    // The id is the column's: set on the builder it would go to the element.
                    Types.list(repetition)
                            .requiredElement(PrimitiveTypeName.BINARY)
                            .as(LogicalTypeAnnotation.stringType())
                            .named(name)
                            .withId(id);
                case PRICE -> decimal(repetition, name, id, scales.priceScale());
                case SIZE -> decimal(repetition, name, id, scales.sizeScale());
                case NOTIONAL -> decimal(repetition, name, id, scales.notionalScale());
            };
        }

        private static Type decimal(Type.Repetition repetition, String name, int id, int scale) {
            return Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
                    .length(16)
                    .as(LogicalTypeAnnotation.decimalType(scale, 38))
                    .id(id)
                    .named(name);
        }
    }

    /**
     * One column.
     *
     * @param name as in files, views and the design
     * @param type what it holds
     * @param nullable whether a row may lack it
     */
    public record Column(String name, ColumnType type, boolean nullable) {}

    /** When the row became known, in nanoseconds since the epoch; null where nobody noted it. */
    public static final String KNOWN_AT = "known_at_ns";

    /** The run that wrote the row. */
    public static final String RUN = "run";

    /** The generation of its partition that brought the row; null in files of streaming runs, filled by the readers. */
    public static final String GENERATION = "generation";

    private final String directory;
    private final String timeColumn;
    private final List<Column> columns;

    LakeTable(String timeColumn, Column... own) {
        this.directory = name().toLowerCase(Locale.ROOT);
        this.timeColumn = timeColumn;
        List<Column> all = new ArrayList<>(List.of(own));
        all.add(optional(KNOWN_AT, ColumnType.BIGINT));
        all.add(required(RUN, ColumnType.VARCHAR));
        all.add(optional(GENERATION, ColumnType.BIGINT));
        this.columns = List.copyOf(all);
    }

    /** The table's name in paths, views and options. */
    public String directory() {
        return directory;
    }

    /** The column whose UTC day decides the partition; where it is null, others stand in (design section 3). */
    public String timeColumn() {
        return timeColumn;
    }

    /** All columns in file order; the last three are {@link #KNOWN_AT}, {@link #RUN} and {@link #GENERATION}. */
    public List<Column> columns() {
        return columns;
    }

    /** The columns without known-at, run and generation: what runs compare. */
    public List<Column> ownColumns() {
        return columns.subList(0, columns.size() - 3);
    }

    /** Whether the table's partitions have an {@code interval=} level. */
    public boolean hasInterval() {
        return this == CANDLES;
    }

    /** The table of a name, null where there is none. */
    public static @Nullable LakeTable byName(String name) {
        for (LakeTable table : values()) {
            if (table.directory.equals(name)) {
                return table;
            }
        }
        return null;
    }

    /** The Parquet schema of the table's files; published, see {@code docs/schemas.md}. */
    public MessageType parquetSchema(LakeScales scales) {
        Types.MessageTypeBuilder builder = Types.buildMessage();
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            Type.Repetition repetition = column.nullable() ? Type.Repetition.OPTIONAL : Type.Repetition.REQUIRED;
            builder.addField(column.type().parquetType(repetition, column.name(), i + 1, scales));
        }
        return builder.named("candlewick_" + directory);
    }

    private static Column required(String name, ColumnType type) {
        return new Column(name, type, false);
    }

    private static Column optional(String name, ColumnType type) {
        return new Column(name, type, true);
    }
}

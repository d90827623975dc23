package dev.candlewick.core.reconcile;

import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A result as maps, lists, texts, longs, booleans and nulls, which any JSON writer takes, and back again; pure functions.
 *
 * <p>The names are those of the published schema. Decimals are texts without trailing zeros. Reading what was written gives
 * an equal result.
 */
public final class ReconcileMaps {
    /** The number of the layout. */
    public static final long FORMAT = 1;

    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,38}(\\.[0-9]{1,36})?");

    private ReconcileMaps() {}

    /** The whole result. */
    public static Map<String, @Nullable Object> of(ReconcileResult result) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("format", FORMAT);
        map.put("run", result.run());
        map.put("lake", result.lake());
        map.put("version", (long) result.version());
        map.put("from_ns", result.fromNanos());
        map.put("to_ns", result.toNanos());
        map.put("mode", result.mode());
        map.put("late", result.late());
        map.put("profile", result.profile());
        map.put("topic_prefix", result.topicPrefix());
        map.put("drift_alert_ppb", result.thresholdPartsPerBillion());
        map.put("lake_versions", new LinkedHashMap<>(result.lakeVersions()));
        map.put("versions", new LinkedHashMap<>(result.versions()));
        map.put("unexplained", result.unexplained());
        map.put("not_kept", result.notKept());
        map.put("generations", list(result.generations(), ReconcileMaps::of));
        map.put("compared", list(result.compared(), ReconcileMaps::of));
        map.put("counts", list(result.counts(), ReconcileMaps::of));
        map.put("findings", list(result.findings(), ReconcileMaps::of));
        map.put("ledger", new ArrayList<>(result.ledger()));
        map.put("differences", list(result.differences(), ReconcileMaps::of));
        return map;
    }

    private interface Mapper<T> {
        Map<String, @Nullable Object> map(T value);
    }

    private interface Reader<T> {
        T read(Map<String, @Nullable Object> map);
    }

    private static <T> List<Map<String, @Nullable Object>> list(List<T> values, Mapper<T> mapper) {
        List<Map<String, @Nullable Object>> maps = new ArrayList<>();
        for (T value : values) {
            maps.add(mapper.map(value));
        }
        return maps;
    }

    private static Map<String, @Nullable Object> of(GenerationRead read) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("table", read.table());
        map.put("partition", read.partition());
        map.put("generation", read.generation());
        map.put("rows", read.rows());
        return map;
    }

    /** How many values of an interval were compared. */
    public static Map<String, @Nullable Object> of(ComparedLine line) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("interval", line.group());
        map.put("truth", line.truth());
        map.put("lake", line.lake());
        map.put("topic", line.topic());
        map.put("equal", line.equal());
        return map;
    }

    /** How many values differ in one way. */
    public static Map<String, @Nullable Object> of(CountLine line) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("interval", line.group());
        map.put("class", line.kind().name());
        map.put("cause", line.cause().name());
        map.put("values", line.values());
        map.put("alerts", line.alerts());
        map.put("healable", line.healable());
        return map;
    }

    /** A finding. */
    public static Map<String, @Nullable Object> of(Finding finding) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("code", finding.code().name());
        map.put("cause", finding.cause().name());
        map.put("table", finding.table());
        map.put("partition", finding.partition());
        map.put("file", finding.file());
        map.put("from_ns", finding.fromNanos());
        map.put("to_ns", finding.toNanos());
        map.put("rows", finding.rows());
        map.put("detail", finding.detail());
        return map;
    }

    /** A difference with the values of all sides. */
    public static Map<String, @Nullable Object> of(Difference difference) {
        Map<String, @Nullable Object> map = alert(difference);
        for (Side side : Side.values()) {
            ObservedValue value = difference.value(side);
            map.put(column(side), value == null ? null : of(value));
        }
        return map;
    }

    /** A difference without the values: what {@code drift.alerts} tells. */
    public static Map<String, @Nullable Object> alert(Difference difference) {
        ReconcileKey key = difference.key();
        Interval interval = key.interval();
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("kind", key.kind().name());
        map.put("venue", key.venue());
        map.put("symbol", key.symbol());
        map.put("interval", interval == null ? null : interval.name());
        map.put("start_ns", key.timeNanos());
        map.put("class", difference.kind().name());
        map.put("cause", difference.cause().name());
        map.put("alert", difference.alert());
        map.put("healable", difference.healable());
        map.put("heal_reason", difference.diagnosis().healReason());
        map.put("worst_drift_ppb", difference.worstPartsPerBillion());
        map.put("evidence", new ArrayList<>(difference.diagnosis().evidence()));
        map.put("drifts", list(difference.drifts(), ReconcileMaps::of));
        return map;
    }

    private static Map<String, @Nullable Object> of(FieldDrift drift) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("side", column(drift.side()));
        map.put("field", drift.field().column());
        map.put("published", drift.published());
        map.put("truth", drift.truth());
        map.put("drift_ppb", drift.partsPerBillion());
        map.put("alert", drift.alert());
        return map;
    }

    /** The name of a side in rows. */
    public static String column(Side side) {
        return switch (side) {
            case TOPIC -> "topic";
            case LAKE -> "lake";
            case TRUTH -> "truth";
        };
    }

    /** A value by its columns, with where and when it was seen. */
    public static Map<String, @Nullable Object> of(ObservedValue value) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (ValueField field : ValueField.of(value.key().kind())) {
            map.put(field.column(), value.text(field));
        }
        map.put("revision", value.revision());
        map.put("reason", value.reason());
        map.put("profile", value.profile());
        map.put("known_at_ns", value.knownAtNanos() == Trade.TIME_ABSENT ? null : (Object) value.knownAtNanos());
        map.put("where", value.where());
        map.put("defect", value.defect());
        map.put("price_scale", (long) value.priceScale());
        map.put("size_scale", (long) value.sizeScale());
        map.put("own_price_scale", (long) value.ownPriceScale());
        map.put("own_size_scale", (long) value.ownSizeScale());
        return map;
    }

    /**
     * Reads a whole result.
     *
     * @throws IllegalArgumentException where it is not one
     */
    public static ReconcileResult result(Map<String, @Nullable Object> map) {
        if (number(map, "format") != FORMAT) {
            throw new IllegalArgumentException("format of a reconciliation must be " + FORMAT + ", was "
                    + map.get("format") + " (use the candlewick that wrote it)");
        }
        try {
            return new ReconcileResult(
                    text(map, "run"),
                    text(map, "lake"),
                    (int) number(map, "version"),
                    number(map, "from_ns"),
                    number(map, "to_ns"),
                    text(map, "mode"),
                    text(map, "late"),
                    text(map, "profile"),
                    optional(map, "topic_prefix"),
                    number(map, "drift_alert_ppb"),
                    texts(map, "lake_versions"),
                    texts(map, "versions"),
                    read(
                            map,
                            "generations",
                            item -> new GenerationRead(
                                    text(item, "table"),
                                    text(item, "partition"),
                                    number(item, "generation"),
                                    number(item, "rows"))),
                    read(
                            map,
                            "compared",
                            item -> new ComparedLine(
                                    text(item, "interval"),
                                    number(item, "truth"),
                                    number(item, "lake"),
                                    number(item, "topic"),
                                    number(item, "equal"))),
                    read(map, "differences", ReconcileMaps::difference),
                    number(map, "not_kept"),
                    read(
                            map,
                            "findings",
                            item -> new Finding(
                                    Finding.Code.valueOf(text(item, "code")),
                                    Cause.valueOf(text(item, "cause")),
                                    text(item, "table"),
                                    text(item, "partition"),
                                    optional(item, "file"),
                                    optionalNumber(item, "from_ns"),
                                    optionalNumber(item, "to_ns"),
                                    number(item, "rows"),
                                    text(item, "detail"))),
                    read(map, "ledger", item -> item));
        } catch (ClassCastException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "reconciliation must hold what its schema says, was " + e.getMessage(), e);
        }
    }

    /** Reads a difference. */
    public static Difference difference(Map<String, @Nullable Object> map) {
        ValueKind kind = ValueKind.valueOf(text(map, "kind"));
        String intervalName = optional(map, "interval");
        ReconcileKey key = new ReconcileKey(
                kind,
                text(map, "venue"),
                text(map, "symbol"),
                intervalName == null ? null : Interval.parse(intervalName),
                number(map, "start_ns"));
        return new Difference(
                key,
                DifferenceClass.valueOf(text(map, "class")),
                value(map, key, Side.TOPIC),
                value(map, key, Side.LAKE),
                value(map, key, Side.TRUTH),
                read(map, "drifts", ReconcileMaps::drift),
                flag(map, "alert"),
                new Diagnosis(
                        Cause.valueOf(text(map, "cause")),
                        strings(map, "evidence"),
                        flag(map, "healable"),
                        text(map, "heal_reason")));
    }

    private static FieldDrift drift(Map<String, @Nullable Object> map) {
        String name = text(map, "side");
        return new FieldDrift(
                name.equals(column(Side.TOPIC)) ? Side.TOPIC : Side.LAKE,
                field(text(map, "field")),
                optional(map, "published"),
                optional(map, "truth"),
                optionalNumber(map, "drift_ppb"),
                flag(map, "alert"));
    }

    private static ValueField field(String column) {
        for (ValueField field : ValueField.values()) {
            if (field.column().equals(column)) {
                return field;
            }
        }
        throw new IllegalArgumentException("field must be a column of candles or vwap, was '" + column + "'");
    }

    @SuppressWarnings("unchecked") // Keys of JSON objects are strings.
    private static @Nullable ObservedValue value(Map<String, @Nullable Object> row, ReconcileKey key, Side side) {
        if (!(row.get(column(side)) instanceof Map<?, ?> object)) {
            return null;
        }
        Map<String, @Nullable Object> map = (Map<String, @Nullable Object>) object;
        ObservedValue.Builder builder =
                ObservedValue.builder(key, (int) number(map, "price_scale"), (int) number(map, "size_scale"));
        for (ValueField field : ValueField.of(key.kind())) {
            String text = optional(map, field.column());
            if (text != null) {
                set(builder, field, text);
            }
        }
        Long knownAt = optionalNumber(map, "known_at_ns");
        String defect = optional(map, "defect");
        builder.ownScales((int) number(map, "own_price_scale"), (int) number(map, "own_size_scale"))
                .revision(number(map, "revision"), text(map, "reason"))
                .profile(text(map, "profile"))
                .knownAt(knownAt == null ? Trade.TIME_ABSENT : knownAt)
                .where(text(map, "where"));
        if (defect != null) {
            builder.defect(defect);
        }
        return builder.build();
    }

    /**
     * Sets a field from its published text; what is no such text becomes a defect of the value.
     *
     * @param text for flags names joined by commas, for digests 32 hexadecimal digits, else a decimal
     */
    public static void set(ObservedValue.Builder builder, ValueField field, String text) {
        try {
            switch (field.unit()) {
                case HEX -> {
                    if (!text.matches("[0-9a-f]{32}")) {
                        throw new NumberFormatException("digest must be 32 hexadecimal digits");
                    }
                    builder.set(
                            field,
                            new Int128(
                                    Long.parseUnsignedLong(text.substring(0, 16), 16),
                                    Long.parseUnsignedLong(text.substring(16), 16)),
                            0);
                }
                case FLAGS -> {
                    int bits = 0;
                    for (String name : text.isEmpty() ? new String[0] : text.split(",", -1)) {
                        bits |= CandleFlag.valueOf(name).bit();
                    }
                    builder.set(field, Int128.of(bits), 0);
                }
                default -> {
                    if (!DECIMAL.matcher(text).matches()) {
                        throw new NumberFormatException("decimal must be plain");
                    }
                    BigDecimal decimal = new BigDecimal(text);
                    builder.set(field, Int128.of(decimal.unscaledValue()), decimal.scale());
                }
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            builder.defect(field.column() + " must be what a job writes, was '"
                    + (text.length() > 64 ? text.substring(0, 64) + "…" : text) + "'");
        }
    }

    @SuppressWarnings("unchecked") // Keys of JSON objects are strings.
    private static <T> List<T> read(Map<String, @Nullable Object> map, String name, Reader<T> reader) {
        List<T> list = new ArrayList<>();
        if (map.get(name) instanceof List<?> items) {
            for (Object item : items) {
                list.add(reader.read((Map<String, @Nullable Object>) Objects.requireNonNull(item)));
            }
        }
        return list;
    }

    private static List<String> strings(Map<String, @Nullable Object> map, String name) {
        return map.get(name) instanceof List<?> items
                ? items.stream().map(String::valueOf).toList()
                : List.of();
    }

    private static Map<String, String> texts(Map<String, @Nullable Object> map, String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (map.get(name) instanceof Map<?, ?> object) {
            object.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        }
        return texts;
    }

    private static boolean flag(Map<String, @Nullable Object> map, String name) {
        return Boolean.TRUE.equals(map.get(name));
    }

    private static long number(Map<String, @Nullable Object> map, String name) {
        Long value = optionalNumber(map, name);
        if (value == null) {
            throw new IllegalArgumentException(name + " must be a whole number, was " + map.get(name));
        }
        return value;
    }

    private static @Nullable Long optionalNumber(Map<String, @Nullable Object> map, String name) {
        return map.get(name) instanceof Number value ? value.longValue() : null;
    }

    private static String text(Map<String, @Nullable Object> map, String name) {
        if (map.get(name) instanceof String value) {
            return value;
        }
        throw new IllegalArgumentException(name + " must be a text, was " + map.get(name));
    }

    private static @Nullable String optional(Map<String, @Nullable Object> map, String name) {
        return map.get(name) instanceof String value ? value : null;
    }
}

package dev.candlewick.local.tail;

import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which fields of a topic's messages become columns, in tables and in CSV. */
final class Layout {

    private static final Set<String> NUMBERS = Set.of(
            "row",
            "recv_time_ns",
            "event_time_ns",
            "start_ns",
            "end_ns",
            "at_ns",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "notional",
            "vwap",
            "trades",
            "first_trade_ns",
            "last_trade_ns",
            "revision",
            "price",
            "size",
            "sequence");

    private static final List<String> CANDLE = List.of(
            "venue",
            "symbol",
            "interval",
            "start_ns",
            "end_ns",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "notional",
            "vwap",
            "trades",
            "first_trade_ns",
            "last_trade_ns",
            "revision",
            "reason",
            "final",
            "digest",
            "flags",
            "profile");
    private static final List<String> CANDLE_TABLE = List.of(
            "start_ns",
            "venue",
            "symbol",
            "interval",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "vwap",
            "trades",
            "revision",
            "reason",
            "final",
            "flags");
    private static final List<String> VWAP = List.of(
            "venue", "symbol", "at_ns", "vwap", "volume", "notional", "trades", "revision", "reason", "profile");
    private static final List<String> VWAP_TABLE =
            List.of("at_ns", "venue", "symbol", "vwap", "volume", "trades", "revision", "reason");
    private static final List<String> TRADE =
            Arrays.stream(TradeField.values()).map(TradeField::columnName).toList();
    private static final List<String> TRADE_TABLE = List.of(
            "event_time_ns", "venue", "symbol", "trade_id", "price", "size", "side", "conditions", "flags", "sequence");

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final List<String> fields;
    private final boolean people;

    private Layout(List<String> fields, boolean people) {
        this.fields = fields;
        this.people = people;
    }

    /**
     * The layout for messages like this one.
     *
     * @param people true for a table, which shows times readably and leaves out what is for machines
     */
    static Layout of(Map<String, Json.Value> message, boolean people) {
        if (message.containsKey("start_ns") && message.containsKey("close")) {
            return new Layout(people ? CANDLE_TABLE : CANDLE, people);
        }
        if (message.containsKey("at_ns") && message.containsKey("vwap")) {
            return new Layout(people ? VWAP_TABLE : VWAP, people);
        }
        if (message.containsKey("event_time_ns") && message.containsKey("price")) {
            return new Layout(people ? TRADE_TABLE : TRADE, people);
        }
        return new Layout(List.copyOf(message.keySet()), people);
    }

    /** The columns. */
    List<Column> columns() {
        return fields.stream()
                .map(name ->
                        new Column(people ? heading(name) : name, NUMBERS.contains(name) && !(people && isTime(name))))
                .toList();
    }

    /** The values of a message in the order of the columns. */
    List<@Nullable Object> values(Map<String, Json.Value> message) {
        List<@Nullable Object> values = new ArrayList<>(fields.size());
        for (String name : fields) {
            Json.Value value = message.get(name);
            values.add(value == null ? null : people && isTime(name) ? time(value.text()) : text(value));
        }
        return values;
    }

    /** True if the message has fields that no column shows, though all were meant to be shown. */
    boolean misses(Map<String, Json.Value> message) {
        return !people && !fields.containsAll(message.keySet());
    }

    private static String text(Json.Value value) {
        // A list of plain words reads better, and survives CSV better, without its JSON marks.
        if (value.kind() == Json.Kind.NESTED && value.text().matches("\\[(\"[A-Z_]+\"(,\"[A-Z_]+\")*)?]")) {
            return value.text().replaceAll("[\\[\\]\"]", "").replace(',', ' ');
        }
        return value.text();
    }

    private static boolean isTime(String name) {
        return name.equals("start_ns") || name.equals("at_ns") || name.equals("event_time_ns");
    }

    private static String heading(String name) {
        return isTime(name) ? name.substring(0, name.length() - "_ns".length()) : name;
    }

    private static String time(String nanos) {
        try {
            long value = Long.parseLong(nanos);
            return Instant.ofEpochSecond(Math.floorDiv(value, NANOS_PER_SECOND), Math.floorMod(value, NANOS_PER_SECOND))
                    .toString();
        } catch (NumberFormatException e) {
            return nanos;
        }
    }
}

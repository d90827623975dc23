package dev.candlewick.core.heal;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ReconcileMaps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who healed what, when and by which report, with the old and the new value of every key; immutable. It is written before
 * the first value, so that a heal that is killed can be brought to its end, and once more when all is done.
 *
 * @param run the heal's name
 * @param reconciliation the reconciliation that it goes by
 * @param lake the lake's folder
 * @param version the lake version
 * @param topicPrefix prefix of the topics, null where only the lake is healed
 * @param by who asked for it
 * @param at when, as an ISO instant
 * @param done whether all is written
 * @param overridden what would have stopped it and was allowed by explicit options
 * @param actions what it writes
 * @param skips what it leaves alone
 */
public record HealAudit(
        String run,
        String reconciliation,
        String lake,
        int version,
        @Nullable String topicPrefix,
        String by,
        String at,
        boolean done,
        List<String> overridden,
        List<HealAction> actions,
        List<HealSkip> skips) {
    /** The number of the layout. */
    public static final long FORMAT = 1;

    /** Copies the lists. */
    public HealAudit {
        overridden = List.copyOf(overridden);
        actions = List.copyOf(actions);
        skips = List.copyOf(skips);
    }

    /** The same, done. */
    public HealAudit finished() {
        return new HealAudit(run, reconciliation, lake, version, topicPrefix, by, at, true, overridden, actions, skips);
    }

    /**
     * For each instrument the largest end of a healed value: a job that has not come so far may publish a healed value
     * again.
     *
     * @return by venue and symbol, escaped and joined by {@code |}
     */
    public Map<String, Reach> reach() {
        Map<String, Reach> reach = new TreeMap<>();
        for (HealAction action : actions) {
            reach.merge(
                    action.key().instrument(),
                    new Reach(
                            action.key().venue(),
                            action.key().symbol(),
                            1,
                            action.key().fromNanos(),
                            action.key().toNanos()),
                    Reach::with);
        }
        return reach;
    }

    /**
     * What of an instrument was healed.
     *
     * @param venue as published
     * @param symbol as published
     * @param values how many values
     * @param fromNanos the smallest start of any
     * @param untilNanos the largest end of any
     */
    public record Reach(String venue, String symbol, long values, long fromNanos, long untilNanos) {
        /** Both together. */
        public Reach with(Reach other) {
            return new Reach(
                    venue,
                    symbol,
                    values + other.values,
                    Math.min(fromNanos, other.fromNanos),
                    Math.max(untilNanos, other.untilNanos));
        }

        /** Venue and symbol, escaped and joined by {@code |}. */
        public String instrument() {
            return Instrument.escape(venue) + '|' + Instrument.escape(symbol);
        }
    }

    /** The whole record as maps, lists, texts, longs, booleans and nulls. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("format", FORMAT);
        map.put("run", run);
        map.put("reconciliation", reconciliation);
        map.put("lake", lake);
        map.put("version", (long) version);
        map.put("topic_prefix", topicPrefix);
        map.put("by", by);
        map.put("at", at);
        map.put("done", done);
        map.put("overridden", new ArrayList<>(overridden));
        List<Map<String, @Nullable Object>> instruments = new ArrayList<>();
        reach().forEach((instrument, reach) -> instruments.add(of(reach)));
        map.put("instruments", instruments);
        List<Map<String, @Nullable Object>> values = new ArrayList<>();
        for (HealAction action : actions) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("revision", (long) action.revision());
            item.put("reason", action.reason().name());
            item.put("profile", action.profile());
            item.put("to_topic", action.toTopic());
            item.put("to_lake", action.toLake());
            item.put("difference", ReconcileMaps.of(action.difference()));
            values.add(item);
        }
        map.put("values", values);
        List<Map<String, @Nullable Object>> left = new ArrayList<>();
        for (HealSkip skip : skips) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("venue", skip.key().venue());
            item.put("symbol", skip.key().symbol());
            item.put("group", skip.key().group());
            item.put("time_ns", skip.key().timeNanos());
            item.put("why", skip.why().name());
            item.put("cause", skip.cause().name());
            item.put("detail", skip.detail());
            left.add(item);
        }
        map.put("left_alone", left);
        return map;
    }

    /** What a reach looks like in records. */
    public static Map<String, @Nullable Object> of(Reach reach) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("venue", reach.venue());
        map.put("symbol", reach.symbol());
        map.put("values", reach.values());
        map.put("healed_from_ns", reach.fromNanos());
        map.put("healed_until_ns", reach.untilNanos());
        return map;
    }

    /**
     * Reads a record; what was left alone is for people and is not read back.
     *
     * @throws IllegalArgumentException where it is none
     */
    @SuppressWarnings("unchecked") // Keys of JSON objects are strings.
    public static HealAudit of(Map<String, @Nullable Object> map) {
        if (!(map.get("format") instanceof Number format) || format.longValue() != FORMAT) {
            throw new IllegalArgumentException(
                    "format of a heal's record must be " + FORMAT + ", was " + map.get("format"));
        }
        try {
            List<HealAction> actions = new ArrayList<>();
            for (Object item : list(map, "values")) {
                Map<String, @Nullable Object> value = (Map<String, @Nullable Object>) item;
                Object difference = value.get("difference");
                if (!(difference instanceof Map<?, ?>)) {
                    throw new IllegalArgumentException("difference must be an object, was " + difference);
                }
                Difference found = ReconcileMaps.difference((Map<String, @Nullable Object>) difference);
                actions.add(new HealAction(
                        found,
                        Math.toIntExact(number(value, "revision")),
                        RevisionReason.valueOf(text(value, "reason")),
                        text(value, "profile"),
                        Boolean.TRUE.equals(value.get("to_topic")),
                        Boolean.TRUE.equals(value.get("to_lake"))));
            }
            return new HealAudit(
                    text(map, "run"),
                    text(map, "reconciliation"),
                    text(map, "lake"),
                    Math.toIntExact(number(map, "version")),
                    (String) map.get("topic_prefix"),
                    text(map, "by"),
                    text(map, "at"),
                    Boolean.TRUE.equals(map.get("done")),
                    list(map, "overridden").stream().map(String::valueOf).toList(),
                    actions,
                    List.of());
        } catch (ClassCastException | ArithmeticException e) {
            throw new IllegalArgumentException("a heal's record must hold what its schema says, was " + e, e);
        }
    }

    private static List<Object> list(Map<String, @Nullable Object> map, String name) {
        List<Object> items = new ArrayList<>();
        if (map.get(name) instanceof List<?> list) {
            items.addAll(list);
        }
        return items;
    }

    private static long number(Map<String, @Nullable Object> map, String name) {
        if (map.get(name) instanceof Number value) {
            return value.longValue();
        }
        throw new IllegalArgumentException(name + " must be a whole number, was " + map.get(name));
    }

    private static String text(Map<String, @Nullable Object> map, String name) {
        if (map.get(name) instanceof String value) {
            return value;
        }
        throw new IllegalArgumentException(name + " must be a text, was " + map.get(name));
    }
}

package dev.candlewick.connectors.kafka.published;

import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which topics hold which published values; immutable.
 *
 * @param prefix stands before every name; may be empty
 * @param intervals intervals of candles by topic; the VWAP's topic has none
 */
public record PublishedTopics(String prefix, Map<String, Interval> intervals) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Keeps the order. */
    public PublishedTopics {
        intervals = new LinkedHashMap<>(intervals);
    }

    /** The topics of a job with the given intervals. */
    public static PublishedTopics of(String prefix, Intervals intervals) {
        Map<String, Interval> byTopic = new LinkedHashMap<>();
        for (Interval interval : intervals.asList()) {
            byTopic.put(prefix + "candles." + interval.name(), interval);
        }
        return new PublishedTopics(prefix, byTopic);
    }

    /** The topic of rolling VWAP. */
    public String vwap() {
        return prefix + "vwap.5m";
    }

    /** The topic of alerts on drift. */
    public String driftAlerts() {
        return prefix + "drift.alerts";
    }

    /** All topics that are read. */
    public List<String> all() {
        List<String> topics = new ArrayList<>(intervals.keySet());
        topics.add(vwap());
        return topics;
    }

    /**
     * The key that a record's key names.
     *
     * @return null where it is no key of this topic
     */
    @Nullable
    ReconcileKey key(String topic, String text) {
        List<String> parts = split(text);
        if (parts.size() != 3) {
            return null;
        }
        long time;
        try {
            time = Long.parseLong(parts.get(2));
        } catch (NumberFormatException e) {
            return null;
        }
        Interval interval = intervals.get(topic);
        if (interval != null) {
            return ReconcileKey.candle(parts.get(0), parts.get(1), interval, time);
        }
        return topic.equals(vwap()) ? ReconcileKey.vwap(parts.get(0), parts.get(1), time) : null;
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\\' && i + 1 < text.length()) {
                part.append(text.charAt(++i));
            } else if (character == '|') {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                part.append(character);
            }
        }
        parts.add(part.toString());
        return parts;
    }
}

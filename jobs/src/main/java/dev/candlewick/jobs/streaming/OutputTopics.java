package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.lake.HealNotes;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Names of the topics that a job writes; immutable.
 *
 * @param prefix stands before every name; may be empty
 */
public record OutputTopics(String prefix) implements Serializable {
    /** Final candles of an interval. */
    public String candles(Interval interval) {
        return prefix + "candles." + interval.name();
    }

    /** Rolling VWAP. */
    public String vwap() {
        return prefix + "vwap.5m";
    }

    /** Quality events. */
    public String qualityEvents() {
        return prefix + "quality.events";
    }

    /** Quality reports. */
    public String qualityReports() {
        return prefix + "quality.reports";
    }

    /** Rejected messages. */
    public String rejected() {
        return prefix + "trades.rejected";
    }

    /** Open candles, outside any transaction. */
    public String live() {
        return prefix + "candles.live";
    }

    /** Notes of heals; written by heals and read when a job starts. */
    public String heals() {
        return prefix + HealNotes.TOPIC;
    }

    /** All names of what the job writes. */
    public List<String> all(Intervals intervals) {
        List<String> names = new ArrayList<>();
        for (Interval interval : intervals.asList()) {
            names.add(candles(interval));
        }
        names.add(vwap());
        names.add(qualityEvents());
        names.add(qualityReports());
        names.add(rejected());
        names.add(live());
        return names;
    }
}

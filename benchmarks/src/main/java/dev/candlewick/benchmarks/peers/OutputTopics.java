package dev.candlewick.benchmarks.peers;

import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.List;

/** The topics that a run writes. */
public final class OutputTopics {
    private OutputTopics() {}

    /** Those of the whole job. */
    public static List<String> ofCandlewick(String prefix, Intervals intervals) {
        List<String> topics = new ArrayList<>(
                ofPeer(prefix, intervals.asList().stream().map(Interval::name).toList()));
        topics.add(prefix + "vwap.5m");
        topics.add(prefix + "trades.rejected");
        topics.add(prefix + "quality.events");
        topics.add(prefix + "quality.reports");
        topics.add(prefix + "candles.live");
        return topics;
    }

    /** Those of a peer: closed candles. */
    public static List<String> ofPeer(String prefix, List<String> intervals) {
        return intervals.stream()
                .map(interval -> prefix + "candles." + interval)
                .toList();
    }
}

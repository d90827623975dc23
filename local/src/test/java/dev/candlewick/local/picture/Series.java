package dev.candlewick.local.picture;

import java.util.List;
import java.util.Map;

/**
 * One series of an answer.
 *
 * @param labels by their names
 * @param samples in the order of time, without those that are no number
 */
public record Series(Map<String, String> labels, List<Sample> samples) {
    public Series {
        labels = Map.copyOf(labels);
        samples = List.copyOf(samples);
    }

    /**
     * One value.
     *
     * @param time seconds since 1970
     * @param value a number, never infinite
     */
    public record Sample(double time, double value) {}
}

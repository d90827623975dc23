package dev.candlewick.local.picture;

import dev.candlewick.local.picture.Series.Sample;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A series as a panel shows it.
 *
 * @param legend its name there
 * @param samples in the order of time, at least one
 */
record Shown(String legend, List<Sample> samples) {

    /** What the queries of a panel give, query by query and each by its legend; a series without samples is nothing. */
    static List<Shown> of(Panel panel, Answers answers, TimeRange range) {
        List<Shown> all = new ArrayList<>();
        for (Panel.Target target : panel.targets()) {
            answers.over(target.expression(), range).stream()
                    .filter(series -> !series.samples().isEmpty())
                    .map(series -> new Shown(target.legend(series.labels()), series.samples()))
                    .sorted(Comparator.comparing(Shown::legend))
                    .forEach(all::add);
        }
        return all;
    }

    double last() {
        return samples.get(samples.size() - 1).value();
    }

    /** The samples in pieces: where some are missing, the line is broken. */
    List<List<Sample>> pieces(TimeRange range) {
        List<List<Sample>> pieces = new ArrayList<>();
        List<Sample> piece = new ArrayList<>();
        for (Sample sample : samples) {
            if (!piece.isEmpty() && sample.time() - piece.get(piece.size() - 1).time() > 1.5 * range.step()) {
                pieces.add(piece);
                piece = new ArrayList<>();
            }
            piece.add(sample);
        }
        pieces.add(piece);
        return pieces;
    }
}

package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The events that a dashboard marks. */
final class Marks {
    private Marks() {}

    /**
     * One event.
     *
     * @param time seconds since 1970
     */
    record Event(Color color, double time) {}

    /** All events, in the order of time; of samples that follow one another the first is one. */
    static List<Event> of(Dashboard dashboard, Answers answers, TimeRange range) {
        List<Event> events = new ArrayList<>();
        for (Dashboard.Mark mark : dashboard.marks()) {
            Set<Double> times = new TreeSet<>();
            for (Series series : answers.over(mark.expression(), range)) {
                if (series.samples().isEmpty()) {
                    continue;
                }
                if (mark.valueIsTime()) {
                    series.samples().forEach(sample -> times.add(sample.value() / 1_000));
                } else {
                    new Shown(mark.name(), series.samples())
                            .pieces(range)
                            .forEach(piece -> times.add(piece.get(0).time()));
                }
            }
            times.forEach(time -> events.add(new Event(mark.color(), time)));
        }
        events.sort(Comparator.comparingDouble(Event::time));
        return events;
    }
}

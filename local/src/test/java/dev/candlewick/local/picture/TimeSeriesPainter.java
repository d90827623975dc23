package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.List;

/** Lines over time with both axes, the dashboard's marks, and a legend below. */
final class TimeSeriesPainter implements PanelPainter {
    private static final double PIXELS_PER_INTERVAL = 32;
    private static final double BELOW_PLOT = 24;

    private final List<Marks.Event> events;

    TimeSeriesPainter(List<Marks.Event> events) {
        this.events = List.copyOf(events);
    }

    @Override
    public int samples(double width) {
        return (int) (width / 3);
    }

    @Override
    public void paint(Svg svg, Panel panel, Box box, List<Shown> shown, TimeRange range) {
        Legend legend = Legend.of(shown.stream().map(Shown::legend).toList(), box.width() - 2 * Style.PADDING);
        double top = box.y() + Style.BELOW_TITLE;
        double height = box.bottom() - legend.height() - BELOW_PLOT - top;
        ValueAxis values = new ValueAxis(
                panel.unit(),
                samples(shown).stream().mapToDouble(Series.Sample::value).min().orElse(0),
                samples(shown).stream().mapToDouble(Series.Sample::value).max().orElse(0),
                (int) (height / PIXELS_PER_INTERVAL));
        double labels = values.ticks().stream()
                .mapToDouble(tick -> Letters.width(values.write(tick), Style.SMALL))
                .max()
                .orElse(0);
        Box plot = new Box(
                box.x() + Style.PADDING + labels + 4, top, box.width() - 2 * Style.PADDING - labels - 4, height);
        TimeAxis times = new TimeAxis(range, plot);
        for (double tick : values.ticks()) {
            double y = y(values, plot, tick);
            svg.empty(
                    "path",
                    "class",
                    "grid",
                    "d",
                    "M" + Svg.number(plot.x()) + " " + Svg.number(y) + "h" + Svg.number(plot.width()));
            svg.element("text", values.write(tick), "class", "small end", "x", plot.x() - 6, "y", y + 4);
        }
        times.labels(svg);
        for (Marks.Event event : events) {
            if (times.has(event.time())) {
                svg.empty(
                        "path",
                        "class",
                        "mark",
                        "stroke",
                        event.color().code(),
                        "d",
                        "M" + Svg.number(times.x(event.time())) + " " + Svg.number(plot.y()) + "v"
                                + Svg.number(plot.height()));
            }
        }
        for (int i = 0; i < shown.size(); i++) {
            StringBuilder path = new StringBuilder();
            for (List<Series.Sample> piece : shown.get(i).pieces(range)) {
                path.append(Line.path(piece.stream()
                        .map(sample -> new Line.Point(times.x(sample.time()), y(values, plot, sample.value())))
                        .toList()));
            }
            svg.empty("path", "class", "line", "stroke", Color.ofSeries(i), "d", path);
        }
        legend.paint(svg, box.x() + Style.PADDING, box.bottom() - legend.height());
    }

    private static List<Series.Sample> samples(List<Shown> shown) {
        List<Series.Sample> all = new ArrayList<>();
        shown.forEach(one -> all.addAll(one.samples()));
        return all;
    }

    private static double y(ValueAxis values, Box plot, double value) {
        return plot.bottom() - values.share(value) * plot.height();
    }
}

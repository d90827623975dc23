package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.List;

/** The last value in the colour of its threshold, above how it came there; several side by side, with their names. */
final class StatPainter implements PanelPainter {
    private static final double LARGEST = 34;
    private static final double LEAST_ROOM = 12;

    @Override
    public int samples(double width) {
        return (int) (width / 3);
    }

    @Override
    public void paint(Svg svg, Panel panel, Box box, List<Shown> shown, TimeRange range) {
        double width = box.width() / shown.size();
        for (int i = 0; i < shown.size(); i++) {
            paint(
                    svg,
                    panel,
                    new Box(box.x() + i * width, box.y() + Style.BELOW_TITLE, width, box.height() - Style.BELOW_TITLE),
                    shown.get(i),
                    shown.size() > 1,
                    range);
        }
    }

    private static void paint(Svg svg, Panel panel, Box box, Shown one, boolean named, TimeRange range) {
        String value = panel.unit().write(one.last());
        String color = panel.color(one.last()).code();
        double room = Math.max(LEAST_ROOM, box.width() - 2 * Style.PADDING);
        double size = Math.min(LARGEST, LARGEST * room / Letters.width(value, LARGEST));
        Box plot = new Box(box.x() + 1, box.y() + box.height() * 0.6, box.width() - 2, box.height() * 0.4 - 1);
        svg.empty(
                "path",
                "fill",
                color,
                "stroke",
                color,
                "fill-opacity",
                "0.2",
                "stroke-opacity",
                "0.7",
                "d",
                area(one, plot, range, panel.unit()));
        double middle = box.x() + box.width() / 2;
        svg.element(
                "text",
                value,
                "class",
                "value",
                // A style, since that of all texts is stronger than an attribute.
                "style",
                "font-size:" + Svg.number(size) + "px;fill:" + color,
                "x",
                middle,
                "y",
                box.y() + box.height() * 0.32 + size / 3);
        if (named) {
            svg.element(
                    "text",
                    Letters.fit(one.legend(), Style.SMALL, room),
                    "class",
                    "small middle",
                    "x",
                    middle,
                    "y",
                    box.bottom() - 6);
        }
    }

    /** From the bottom up to the line of values and back. */
    private static String area(Shown one, Box plot, TimeRange range, Unit unit) {
        double least =
                one.samples().stream().mapToDouble(Series.Sample::value).min().orElse(0);
        double most =
                one.samples().stream().mapToDouble(Series.Sample::value).max().orElse(0);
        ValueAxis values = new ValueAxis(unit, least, most, 2);
        TimeAxis times = new TimeAxis(range, plot);
        List<Line.Point> points = new ArrayList<>();
        for (Series.Sample sample : one.samples()) {
            points.add(new Line.Point(
                    times.x(sample.time()), plot.bottom() - values.share(sample.value()) * plot.height()));
        }
        return Line.path(points) + "V" + Svg.number(plot.bottom()) + "H"
                + Svg.number(points.get(0).x()) + "z";
    }
}

package dev.candlewick.local.picture;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A line of cells for each series, in the colours of the thresholds, and what these mean below. */
final class StatusHistoryPainter implements PanelPainter {
    private static final double CELL = 9;
    private static final double BELOW_PLOT = 42;
    private static final double NAMES_SHARE = 0.42;

    @Override
    public int samples(double width) {
        return (int) (width * (1 - NAMES_SHARE) / CELL);
    }

    @Override
    public void paint(Svg svg, Panel panel, Box box, List<Shown> shown, TimeRange range) {
        double names = shown.stream()
                .mapToDouble(one -> Letters.width(one.legend(), Style.SMALL))
                .max()
                .orElse(0);
        double room = Math.min(names, box.width() * NAMES_SHARE);
        double top = box.y() + Style.BELOW_TITLE;
        Box plot = new Box(
                box.x() + Style.PADDING + room + 6,
                top,
                box.width() - 2 * Style.PADDING - room - 6,
                box.bottom() - BELOW_PLOT - top);
        // A sample stands for the step up to it; so the first has its cell too.
        TimeRange cells = new TimeRange(range.from() - range.step(), range.to(), range.step());
        TimeAxis times = new TimeAxis(cells, plot);
        double height = plot.height() / shown.size();
        double width = times.x(range.from()) - plot.x();
        for (int i = 0; i < shown.size(); i++) {
            double y = plot.y() + i * height;
            svg.element(
                    "text",
                    Letters.fit(shown.get(i).legend(), Style.SMALL, room),
                    "class",
                    "small end",
                    "x",
                    plot.x() - 6,
                    "y",
                    y + height / 2 + 4);
            Map<Color, StringBuilder> paths = new TreeMap<>();
            for (Series.Sample sample : shown.get(i).samples()) {
                paths.computeIfAbsent(panel.color(sample.value()), color -> new StringBuilder())
                        .append('M')
                        .append(Svg.number(times.x(sample.time()) - width + 0.5))
                        .append(' ')
                        .append(Svg.number(y + 1))
                        .append('h')
                        .append(Svg.number(width - 1))
                        .append('v')
                        .append(Svg.number(height - 2))
                        .append('h')
                        .append(Svg.number(1 - width))
                        .append('z');
            }
            paths.forEach((color, path) ->
                    svg.empty("path", "class", "cells", "fill", color.code(), "fill-opacity", "0.8", "d", path));
        }
        times.labels(svg);
        double x = box.x() + Style.PADDING;
        for (int i = 0; i < panel.steps().size(); i++) {
            Panel.Step step = panel.steps().get(i);
            boolean lowest = i == 0;
            if (lowest && panel.steps().size() == 1) {
                break;
            }
            String text = lowest
                    ? "< " + panel.unit().write(panel.steps().get(1).from())
                    : panel.unit().write(step.from()) + "+";
            double baseline = box.bottom() - 9;
            svg.bar(step.color().code(), x, baseline);
            svg.element("text", text, "x", x + Svg.BAR + 5, "y", baseline);
            x += Svg.BAR + 17 + Letters.width(text, Style.SMALL);
        }
    }
}

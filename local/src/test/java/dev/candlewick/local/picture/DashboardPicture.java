package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.List;

/**
 * A dashboard as it is drawn.
 *
 * @param svg the picture
 * @param empty the panels that have nothing to show, by their rows and titles
 */
public record DashboardPicture(String svg, List<String> empty) {
    private static final int COLUMNS = 24;
    private static final double COLUMN = 52;
    private static final double ROW = 28;
    private static final double GAP = 8;
    private static final double HEADER = 56;
    private static final double MARGIN = 12;
    private static final int MARK_SAMPLES = 600;

    /** Asks all queries of a dashboard and draws the answers. */
    public static DashboardPicture draw(Dashboard dashboard, Answers answers, TimeRange range) {
        double rows = dashboard.panels().stream()
                .mapToInt(panel -> panel.place().y() + panel.place().height())
                .max()
                .orElse(0);
        double width = 2 * MARGIN + COLUMNS * COLUMN - GAP;
        double height = HEADER + rows * ROW + MARGIN - GAP;
        Svg svg = new Svg();
        svg.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + Svg.number(width) + " " + Svg.number(height),
                "width",
                width,
                "height",
                height,
                "role",
                "img");
        svg.element("title", dashboard.title());
        svg.element("desc", dashboard.description());
        svg.element("style", "\n" + Style.SHEET);
        svg.empty("rect", "class", "page", "width", width, "height", height);
        header(svg, dashboard, range, width);
        List<Marks.Event> events = Marks.of(dashboard, answers, range.withSamples(MARK_SAMPLES));
        List<String> empty = new ArrayList<>();
        String row = "";
        for (Panel panel : dashboard.panels()) {
            Box box = box(panel.place());
            svg.open(
                    "g",
                    "class",
                    "panel",
                    "data-id",
                    panel.id(),
                    "data-type",
                    panel.type().json(),
                    "data-unit",
                    panel.type() == PanelType.ROW ? "" : panel.unit().json());
            svg.element("title", panel.title());
            if (panel.type() == PanelType.ROW) {
                row = panel.title();
                svg.element("text", row, "class", "row", "x", box.x() + 2, "y", box.y() + 16);
            } else if (!paint(svg, panel, box, answers, range, events)) {
                empty.add(row + ": " + panel.title());
            }
            svg.close("g");
        }
        return new DashboardPicture(svg.close("svg").toString(), List.copyOf(empty));
    }

    private static void header(Svg svg, Dashboard dashboard, TimeRange range, double width) {
        svg.element("text", dashboard.title(), "class", "heading", "x", MARGIN + 2, "y", 30.0);
        svg.element(
                "text",
                dashboard.description(),
                "class",
                "small",
                "x",
                MARGIN + 16 + Letters.boldWidth(dashboard.title(), Style.HEADING),
                "y",
                30.0);
        double x = width - MARGIN - 2;
        String time = TimeAxis.whole(range);
        svg.element("text", time, "class", "end", "x", x, "y", 30.0);
        x -= Letters.width(time, Style.SMALL) + 24;
        for (int i = dashboard.marks().size() - 1; i >= 0; i--) {
            Dashboard.Mark mark = dashboard.marks().get(i);
            svg.element("text", mark.name(), "class", "small end", "x", x, "y", 30.0);
            x -= Letters.width(mark.name(), Style.SMALL) + 6;
            svg.empty("path", "class", "mark", "stroke", mark.color().code(), "d", "M" + Svg.number(x) + " 20v13");
            x -= 14;
        }
    }

    private static Box box(Panel.Place place) {
        return new Box(
                MARGIN + place.x() * COLUMN,
                HEADER + place.y() * ROW,
                place.width() * COLUMN - GAP,
                place.height() * ROW - GAP);
    }

    /** Whether there was something to draw. */
    private static boolean paint(
            Svg svg, Panel panel, Box box, Answers answers, TimeRange range, List<Marks.Event> events) {
        svg.empty(
                "rect",
                "class",
                "frame",
                "x",
                box.x(),
                "y",
                box.y(),
                "width",
                box.width(),
                "height",
                box.height(),
                "rx",
                "3");
        double room = box.width() - 2 * Style.PADDING;
        double size = Letters.boldSize(panel.title(), Style.TITLE, Style.LEAST_TITLE, room);
        svg.element(
                "text",
                Letters.fitBold(panel.title(), size, room),
                "class",
                "title",
                "style",
                "font-size:" + Svg.number(size) + "px",
                "x",
                box.x() + Style.PADDING,
                "y",
                box.y() + 20);
        PanelPainter painter = switch (panel.type()) {
            case STAT -> new StatPainter();
            case TIME_SERIES -> new TimeSeriesPainter(events);
            case STATUS_HISTORY -> new StatusHistoryPainter();
            case ROW -> throw new IllegalArgumentException("a row must not be painted as a panel");
        };
        TimeRange asked = range.withSamples(painter.samples(box.width()));
        List<Shown> shown = Shown.of(panel, answers, asked);
        if (shown.isEmpty()) {
            svg.element(
                    "text",
                    "No data",
                    "class",
                    "small middle",
                    "x",
                    box.x() + box.width() / 2,
                    "y",
                    box.y() + box.height() / 2 + 8);
            return false;
        }
        painter.paint(svg, panel, box, shown, asked);
        return true;
    }
}

package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.List;

/** The names of lines with their colours, in a few lines of text; the last says how many have no room. */
final class Legend {
    private static final int LINES = 3;
    private static final double LINE_HEIGHT = 15;
    private static final double BAR_GAP = 5;
    private static final double GAP = 12;

    private record Item(String text, int number, double x, int line) {}

    private final List<Item> items;

    private Legend(List<Item> items) {
        this.items = items;
    }

    static Legend of(List<String> names, double width) {
        List<Item> items = new ArrayList<>();
        double x = 0;
        int line = 0;
        for (int i = 0; i < names.size(); i++) {
            String text = Letters.fit(names.get(i), Style.SMALL, width - Svg.BAR - BAR_GAP);
            double itemWidth = Svg.BAR + BAR_GAP + Letters.width(text, Style.SMALL);
            if (x > 0 && x + itemWidth > width) {
                x = 0;
                line++;
            }
            if (line == LINES) {
                return new Legend(withRest(items, names.size() - i, width));
            }
            items.add(new Item(text, i, x, line));
            x += itemWidth + GAP;
        }
        return new Legend(items);
    }

    /** Says how many more there are behind the last names that leave room for it. */
    private static List<Item> withRest(List<Item> items, int missing, double width) {
        List<Item> kept = new ArrayList<>(items);
        int more = missing;
        while (true) {
            String text = "+ " + more + " more";
            Item last = kept.get(kept.size() - 1);
            double x = last.x() + Svg.BAR + BAR_GAP + Letters.width(last.text(), Style.SMALL) + GAP;
            boolean alone = last.line() < LINES - 1;
            if (alone || x + Letters.width(text, Style.SMALL) <= width) {
                kept.add(new Item(text, -1, alone ? 0 : x, LINES - 1));
                return kept;
            }
            kept.remove(kept.size() - 1);
            more++;
        }
    }

    double height() {
        return items.isEmpty() ? 0 : (items.get(items.size() - 1).line() + 1) * LINE_HEIGHT + 4;
    }

    void paint(Svg svg, double left, double top) {
        for (Item item : items) {
            double baseline = top + item.line() * LINE_HEIGHT + Style.SMALL;
            if (item.number() < 0) {
                svg.element("text", item.text(), "class", "small", "x", left + item.x(), "y", baseline);
                continue;
            }
            svg.bar(Color.ofSeries(item.number()), left + item.x(), baseline);
            svg.element("text", item.text(), "x", left + item.x() + Svg.BAR + BAR_GAP, "y", baseline);
        }
    }
}

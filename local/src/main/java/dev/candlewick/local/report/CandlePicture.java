package dev.candlewick.local.report;

import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.Side;
import dev.candlewick.core.reconcile.ValueField;
import dev.candlewick.core.reconcile.ValueKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Draws a candle as topic, lake and recomputation have it, side by side on one scale of prices, with the recomputed
 * neighbours that differ too; coordinates are integers, so that equal results give equal bytes.
 */
final class CandlePicture {
    private static final int WIDTH = 92;
    private static final int HEIGHT = 180;
    private static final int TOP = 14;
    private static final int BODY = 26;
    private static final int LEFT = 12;

    private CandlePicture() {}

    private record Column(String title, @Nullable ObservedValue value, String style, boolean context) {}

    /**
     * Draws.
     *
     * @param before the candle before it, null where that does not differ
     * @param after the candle after it, null where that does not differ
     * @return false where no side has a value to draw
     */
    static boolean draw(Markup out, Difference difference, @Nullable Difference before, @Nullable Difference after) {
        if (difference.key().kind() != ValueKind.CANDLE) {
            return false;
        }
        List<Column> columns = new ArrayList<>();
        if (before != null && drawable(before.truth())) {
            columns.add(new Column("one before", before.truth(), "truth", true));
        }
        columns.add(new Column("topic", difference.value(Side.TOPIC), "topic", false));
        columns.add(new Column("lake", difference.value(Side.LAKE), "lake", false));
        columns.add(new Column("recomputed", difference.value(Side.TRUTH), "truth", false));
        if (after != null && drawable(after.truth())) {
            columns.add(new Column("one after", after.truth(), "truth", true));
        }
        BigInteger low = null;
        BigInteger high = null;
        int scale = 0;
        for (Column column : columns) {
            ObservedValue value = column.value();
            if (value != null && drawable(value)) {
                BigInteger bottom = number(value, ValueField.LOW);
                BigInteger top = number(value, ValueField.HIGH);
                low = low == null ? bottom : low.min(bottom);
                high = high == null ? top : high.max(top);
                scale = value.priceScale();
            }
        }
        if (low == null || high == null) {
            return false;
        }
        int width = LEFT + columns.size() * WIDTH + 110;
        int height = TOP + HEIGHT + 40;
        out.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "class",
                "candles",
                "width",
                width,
                "height",
                height,
                "viewBox",
                "0 0 " + width + ' ' + height,
                "role",
                "img");
        out.element("title", "The candle as each side has it");
        for (Object[] line : new Object[][] {{high, TOP}, {low, TOP + HEIGHT}}) {
            int y = (Integer) line[1];
            out.empty("line", "class", "grid", "x1", LEFT, "x2", LEFT + columns.size() * WIDTH, "y1", y, "y2", y);
            out.open("text", "class", "price", "x", LEFT + columns.size() * WIDTH + 4, "y", y + 4)
                    .text(price((BigInteger) line[0], scale))
                    .close("text");
        }
        int x = LEFT;
        for (Column column : columns) {
            column(out, column, x + WIDTH / 2, low, high);
            x += WIDTH;
        }
        out.close("svg");
        return true;
    }

    private static void column(Markup out, Column column, int middle, BigInteger low, BigInteger high) {
        ObservedValue value = column.value();
        out.open("g", "class", column.style() + (column.context() ? " context" : ""));
        if (value != null && drawable(value)) {
            int open = y(number(value, ValueField.OPEN), low, high);
            int close = y(number(value, ValueField.CLOSE), low, high);
            int top = Math.min(open, close);
            boolean falls = close > open;
            out.empty(
                    "line",
                    "class",
                    "wick",
                    "x1",
                    middle,
                    "x2",
                    middle,
                    "y1",
                    y(number(value, ValueField.HIGH), low, high),
                    "y2",
                    y(number(value, ValueField.LOW), low, high));
            out.empty(
                    "rect",
                    "class",
                    falls ? "body falls" : "body rises",
                    "x",
                    middle - BODY / 2,
                    "y",
                    top,
                    "width",
                    BODY,
                    "height",
                    Math.max(2, Math.abs(close - open)));
        } else {
            out.open("text", "class", "none", "x", middle, "y", TOP + HEIGHT / 2)
                    .text(value == null ? "none" : "unreadable")
                    .close("text");
        }
        out.open("text", "class", "name", "x", middle, "y", TOP + HEIGHT + 18)
                .text(column.title())
                .close("text");
        if (value != null && !column.context()) {
            out.open("text", "class", "revision", "x", middle, "y", TOP + HEIGHT + 33)
                    .text(value.where().isEmpty() ? "" : "revision " + value.revision())
                    .close("text");
        }
        out.close("g");
    }

    private static boolean drawable(@Nullable ObservedValue value) {
        return value != null && value.defect() == null && value.get(ValueField.HIGH) != null;
    }

    private static BigInteger number(ObservedValue value, ValueField field) {
        return value.number(field).toBigInteger();
    }

    private static int y(BigInteger price, BigInteger low, BigInteger high) {
        BigInteger range = high.subtract(low);
        if (range.signum() == 0) {
            return TOP + HEIGHT / 2;
        }
        // A side that contradicts itself may lie outside of its own low and high; it is drawn at the edge.
        BigInteger clamped = price.max(low).min(high);
        return TOP
                + high.subtract(clamped)
                        .multiply(BigInteger.valueOf(HEIGHT))
                        .divide(range)
                        .intValueExact();
    }

    private static String price(BigInteger scaled, int scale) {
        BigDecimal price = new BigDecimal(scaled, scale);
        BigDecimal shown = price.precision() > 12 ? price.round(new MathContext(12)) : price;
        return shown.signum() == 0 ? "0" : shown.stripTrailingZeros().toPlainString();
    }
}

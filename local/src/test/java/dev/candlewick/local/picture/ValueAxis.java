package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.List;

/** The values of a panel from bottom to top: 0 and round numbers of its unit. */
final class ValueAxis {
    private static final double[] ROUND = {1, 2, 2.5, 5, 10};
    /** A share of a step. */
    private static final double UNSEEN = 0.01;

    private final Unit.Scale scale;
    private final double low;
    private final double high;
    private final double step;

    /**
     * An axis for values.
     *
     * @param least of them
     * @param most of them, not less
     * @param intervals about how many there is room for
     */
    ValueAxis(Unit unit, double least, double most, int intervals) {
        double bottom = Math.min(0, least);
        double top = Math.max(0, most);
        int steps = intervals;
        if (top == bottom) {
            // Nothing but 0: a line at the bottom of some room.
            top = unit == Unit.PERCENT ? 0.01 : 1;
            steps = 1;
        }
        scale = unit.scale(Math.max(top, -bottom));
        step = step((top - bottom) / scale.divisor() / steps) * scale.divisor();
        // What is out by less than anybody sees needs no step of its own, such as the -1 of bytes that are not known.
        low = Math.floor(bottom / step + UNSEEN) * step;
        high = Math.ceil(top / step - UNSEEN) * step;
    }

    private static double step(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        for (double round : ROUND) {
            if (round * power >= least * (1 - UNSEEN)) {
                return round * power;
            }
        }
        return 10 * power;
    }

    /** How far up a value is, 0 at the bottom and 1 at the top. */
    double share(double value) {
        return (value - low) / (high - low);
    }

    /** The round values, from the bottom. */
    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; low + i * step <= high + step / 2; i++) {
            ticks.add(low + i * step);
        }
        return ticks;
    }

    /** A round value as it is written. */
    String write(double tick) {
        double size = step / scale.divisor();
        int decimals = 0;
        while (decimals < 6 && Math.abs(size - Math.rint(size)) > 1e-6 * size) {
            size *= 10;
            decimals++;
        }
        return scale.write(tick, decimals);
    }
}

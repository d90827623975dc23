package dev.candlewick.local.picture;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The time of a panel from left to right. */
final class TimeAxis {
    private static final long[] STEPS = {5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200};
    /** So that two labels do not touch. */
    private static final double ROOM = 62;

    private static final DateTimeFormatter MINUTES = format("HH:mm");
    private static final DateTimeFormatter SECONDS = format("HH:mm:ss");

    private final TimeRange range;
    private final Box plot;
    private final long step;

    TimeAxis(TimeRange range, Box plot) {
        this.range = range;
        this.plot = plot;
        long chosen = STEPS[STEPS.length - 1];
        for (int i = STEPS.length - 1; i >= 0; i--) {
            if (STEPS[i] * plot.width() / range.length() >= ROOM) {
                chosen = STEPS[i];
            }
        }
        step = chosen;
    }

    private static DateTimeFormatter format(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    }

    double x(double time) {
        return plot.x() + plot.width() * (time - range.from()) / range.length();
    }

    boolean has(double time) {
        return time >= range.from() && time <= range.to();
    }

    /** Round times, in seconds since 1970. */
    List<Long> ticks() {
        List<Long> ticks = new ArrayList<>();
        for (long time = (range.from() + step - 1) / step * step; time <= range.to(); time += step) {
            ticks.add(time);
        }
        return ticks;
    }

    String write(long time) {
        return (step < 60 ? SECONDS : MINUTES).format(Instant.ofEpochSecond(time));
    }

    /** Writes the round times below the plot, each where its whole label has room. */
    void labels(Svg svg) {
        for (long time : ticks()) {
            String text = write(time);
            double half = Letters.width(text, Style.SMALL) / 2;
            if (x(time) - half >= plot.x() - 6 && x(time) + half <= plot.right() + 6) {
                svg.element("text", text, "class", "small middle", "x", x(time), "y", plot.bottom() + Style.SMALL + 4);
            }
        }
    }

    /** When it begins and ends. */
    static String whole(TimeRange range) {
        return SECONDS.format(Instant.ofEpochSecond(range.from())) + " to "
                + SECONDS.format(Instant.ofEpochSecond(range.to())) + " UTC";
    }
}

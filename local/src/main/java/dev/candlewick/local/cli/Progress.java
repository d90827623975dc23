package dev.candlewick.local.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a command is, with rate and estimated time, on standard error only.
 *
 * <p>A bar on a terminal or with {@code --progress}; plain lines every five seconds where standard error is no terminal
 * but {@code -v} is given; otherwise, and always with {@code -q} or {@code --no-progress}, nothing. Thread-safe.
 */
public final class Progress implements AutoCloseable {

    private static final int WIDTH = 110;
    private static final int BAR_CELLS = 20;
    private static final int BAR_INTERVAL_MILLIS = 200;
    private static final int LINE_INTERVAL_MILLIS = 5_000;

    private final Line line;
    private final @Nullable ProgressBar bar;

    private Progress(Line line, @Nullable ProgressBar bar) {
        this.line = line;
        this.bar = bar;
    }

    static Progress start(CliContext context, GlobalOptions options, String task, String unit, long total) {
        Boolean wanted = options.progress;
        boolean asBar = wanted != null ? wanted : context.terminal();
        boolean asLines = !asBar && wanted == null && options.verbose();
        if (options.quiet() || (!asBar && !asLines)) {
            return new Progress(new Line(context.err(), false), null);
        }
        Line line = new Line(context.err(), asBar);
        ProgressBarBuilder builder = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUpdateIntervalMillis(asBar ? BAR_INTERVAL_MILLIS : LINE_INTERVAL_MILLIS)
                .setRenderer((state, width) -> render(state, unit, asBar))
                .setConsumer(line);
        if (asBar) {
            // Otherwise a message without a step, and the falling rate of what stands still, are not shown.
            builder.continuousUpdate();
        }
        return new Progress(line, builder.build());
    }

    /** Counts further units. */
    public void advance(long units) {
        if (bar != null) {
            bar.stepBy(units);
        }
    }

    /** Sets the units done so far. */
    public void advanceTo(long units) {
        if (bar != null) {
            bar.stepTo(units);
        }
    }

    /** Sets the total where it was not known before. */
    public void total(long units) {
        if (bar != null) {
            bar.maxHint(units);
        }
    }

    /** Shows a few words behind the figures. */
    public void message(String text) {
        if (bar != null) {
            bar.setExtraMessage(text);
        }
    }

    /** Writes a line of its own above the display, also where none is shown. */
    public void println(String text) {
        line.println(text);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    private static String render(ProgressState state, String unit, boolean asBar) {
        long done = state.getCurrent();
        long total = state.getMax();
        double seconds = state.getTotalElapsed().toMillis() / 1000.0;
        double perSecond = seconds > 0 ? done / seconds : 0;
        StringBuilder text = new StringBuilder(state.getTaskName()).append(' ');
        boolean known = !state.isIndefinite() && total > 0;
        if (known) {
            double share = Math.min(1.0, (double) done / total);
            if (asBar) {
                int full = (int) Math.round(share * BAR_CELLS);
                text.append('[')
                        .append("█".repeat(full))
                        .append("░".repeat(BAR_CELLS - full))
                        .append("] ");
            }
            text.append((int) (share * 100)).append(" %  ");
        }
        text.append(amount(done));
        if (known) {
            text.append('/').append(amount(total));
        }
        text.append(' ')
                .append(unit)
                .append("  ")
                .append(amount((long) perSecond))
                .append("/s");
        if (known && perSecond > 0 && done < total) {
            Duration left = Duration.ofSeconds((long) ((total - done) / perSecond));
            text.append("  ETA ").append(clock(left));
        }
        if (!state.getExtraMessage().isEmpty()) {
            text.append("  ").append(state.getExtraMessage());
        }
        return text.toString();
    }

    /** A count with at most four digits and a suffix: 950, 12.4k, 3.1M. */
    public static String amount(long count) {
        if (count < 10_000) {
            return Long.toString(count);
        }
        String[] suffixes = {"k", "M", "G", "T", "P", "E"};
        double value = count / 1000.0;
        int i = 0;
        while (value >= 1000 && i < suffixes.length - 1) {
            value /= 1000;
            i++;
        }
        return String.format(Locale.ROOT, value < 100 ? "%.1f%s" : "%.0f%s", value, suffixes[i]);
    }

    private static String clock(Duration duration) {
        return duration.toHours() > 0
                ? String.format(
                        Locale.ROOT,
                        "%d:%02d:%02d",
                        duration.toHours(),
                        duration.toMinutesPart(),
                        duration.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", duration.toMinutesPart(), duration.toSecondsPart());
    }

    /** Rewrites one line, or adds lines; removes the bar at the end, so that results stand alone. */
    private static final class Line extends DelegatingProgressBarConsumer {
        private final PrintStream err;
        private final boolean rewrite;
        private int shown;

        Line(PrintStream err, boolean rewrite) {
            super(text -> {}, WIDTH);
            this.err = err;
            this.rewrite = rewrite;
        }

        @Override
        public synchronized void accept(String text) {
            if (!rewrite) {
                err.println(text);
                return;
            }
            err.print('\r' + text + " ".repeat(Math.max(0, shown - text.length())));
            err.flush();
            shown = text.length();
        }

        synchronized void println(String text) {
            wipe();
            err.println(text);
        }

        @Override
        public synchronized void close() {
            wipe();
        }

        private void wipe() {
            if (rewrite && shown > 0) {
                err.print('\r' + " ".repeat(shown) + '\r');
                err.flush();
                shown = 0;
            }
        }
    }
}

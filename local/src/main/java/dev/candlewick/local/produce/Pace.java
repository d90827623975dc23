package dev.candlewick.local.produce;

import dev.candlewick.local.cli.CommandFailure;
import java.math.BigDecimal;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Holds records back: by a number a second, by their event times, or not at all. */
abstract class Pace {

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Waits until a record may go. */
    abstract void await(@Nullable Long eventTimeNanos, BooleanSupplier stopped);

    /** Every record goes at once. */
    static Pace unlimited() {
        return new Pace() {
            @Override
            void await(@Nullable Long eventTimeNanos, BooleanSupplier stopped) {
                // Nothing to wait for.
            }
        };
    }

    /** A number of records a second, evenly. */
    static Pace rate(double perSecond) {
        if (!(perSecond > 0) || Double.isInfinite(perSecond)) {
            throw CommandFailure.usage("rate must be above 0, was " + perSecond, "--rate", "for example 5000");
        }
        return new Pace() {
            private long start;
            private long sent;

            @Override
            void await(@Nullable Long eventTimeNanos, BooleanSupplier stopped) {
                if (sent == 0) {
                    start = System.nanoTime();
                }
                sleepUntil(start + (long) (sent++ / perSecond * 1e9), stopped);
            }
        };
    }

    /**
     * As in life, but faster or slower by a factor: a record waits until as much time has passed as lies between its
     * event time and the first one. Records behind time, and those without a readable time, go at once; and so do, as
     * faults of the data, those more than 366 days ahead of the latest before.
     */
    static Pace speed(String text) {
        String number = text.endsWith("x") || text.endsWith("X") ? text.substring(0, text.length() - 1) : text;
        double factor;
        try {
            factor = new BigDecimal(number).doubleValue();
        } catch (NumberFormatException e) {
            factor = -1;
        }
        if (!(factor > 0) || Double.isInfinite(factor)) {
            throw CommandFailure.usage(
                    "speed must be a factor above 0, was " + text, "--speed", "for example 10x, or 0.5x");
        }
        double times = factor;
        return new Pace() {
            private static final long JUMP_NANOS = TimeUnit.DAYS.toNanos(366);

            private long start;
            private long first;
            private long latest;
            private boolean started;

            @Override
            void await(@Nullable Long eventTimeNanos, BooleanSupplier stopped) {
                if (eventTimeNanos == null) {
                    return;
                }
                long time = eventTimeNanos;
                if (!started) {
                    started = true;
                    start = System.nanoTime();
                    first = time;
                    latest = time;
                }
                if (time <= latest || time - latest < 0 || time - latest > JUMP_NANOS) {
                    return;
                }
                latest = time;
                sleepUntil(start + (long) ((time - first) / times), stopped);
            }
        };
    }

    /** Waits until a value of {@link System#nanoTime} is reached. */
    static void sleepUntil(long nanoTime, BooleanSupplier stopped) {
        while (!stopped.getAsBoolean()) {
            long left = nanoTime - System.nanoTime();
            if (left <= 0) {
                return;
            }
            LockSupport.parkNanos(Math.min(left, SLICE_NANOS));
        }
    }
}

package dev.candlewick.jobs.operators;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Decides when the open candles of an instrument go out: the first change after a quiet 200 ms at once, then at most 5
 * times a second, only when changed, and no more than a given rate over all; task thread only.
 *
 * <p>This is the only place that reads processing time, and nothing final depends on it. A tick every 50 ms moves a wheel
 * of four slots; a trade costs a map look-up and reads no clock.
 */
final class LiveTap {
    private static final int SLOTS = 4;
    private static final long TICK_MILLIS = 50;

    /** Sends the open candles of a key. */
    @FunctionalInterface
    interface Emitter {
        void emit(String key) throws Exception;
    }

    /** What is known of a key that changed within the last 200 ms. */
    private static final class Recent {
        final String key;
        boolean changed;

        Recent(String key) {
            this.key = key;
        }
    }

    private final ProcessingTimeService time;
    private final Emitter emitter;
    private final double tokensPerTick;
    private final double tokensMax;
    private final Map<String, Recent> recent = new HashMap<>();
    private final ArrayDeque<Recent>[] wheel;
    private int slot;
    private double tokens;
    private long suppressed;

    @SuppressWarnings("unchecked")
    LiveTap(ProcessingTimeService time, double maxRate, Emitter emitter) {
        this.time = time;
        this.emitter = emitter;
        this.tokensPerTick = maxRate * TICK_MILLIS / 1000.0;
        this.tokensMax = Math.max(1, maxRate / 5);
        this.tokens = tokensMax;
        this.wheel = new ArrayDeque[SLOTS];
        for (int i = 0; i < SLOTS; i++) {
            wheel[i] = new ArrayDeque<>();
        }
    }

    void start() {
        time.scheduleWithFixedDelay(now -> tick(), TICK_MILLIS, TICK_MILLIS);
    }

    /** Updates that were held back by the rate limit; a later one carries their content. */
    long suppressed() {
        return suppressed;
    }

    /** A trade changed the open candles of a key. */
    void changed(String key) throws Exception {
        Recent known = recent.get(key);
        if (known != null) {
            known.changed = true;
            return;
        }
        Recent entry = new Recent(key);
        recent.put(key, entry);
        send(entry);
        wheel[slot].add(entry);
    }

    private void send(Recent entry) throws Exception {
        if (tokens >= 1) {
            tokens -= 1;
            entry.changed = false;
            emitter.emit(entry.key);
        } else {
            suppressed++;
            entry.changed = true;
        }
    }

    private void tick() throws Exception {
        tokens = Math.min(tokensMax, tokens + tokensPerTick);
        slot = (slot + 1) % SLOTS;
        ArrayDeque<Recent> due = wheel[slot];
        for (int i = due.size(); i > 0; i--) {
            Recent entry = due.poll();
            if (entry.changed) {
                send(entry);
                due.add(entry);
            } else {
                recent.remove(entry.key);
            }
        }
    }
}

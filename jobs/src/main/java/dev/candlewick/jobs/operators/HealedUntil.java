package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.parse.TextEscapes;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * How far heals have replaced what this job has published, known when it starts; immutable.
 *
 * <p>A job whose state is older than a heal would publish healed values again, as revision 0 and without what was healed. It is
 * told by the log: all that was healed had been purged for good, so a state that has come as far has purged up to there.
 *
 * @param byInstrument largest end of a healed value, by venue and symbol as published, escaped and joined by {@code |}
 */
public record HealedUntil(Map<String, Long> byInstrument) implements Serializable {
    /** Nothing was healed, or it does not matter. */
    public static final HealedUntil NONE = new HealedUntil(Map.of());

    /** Copies the map. */
    public HealedUntil {
        byInstrument = new HashMap<>(byInstrument);
    }

    /** Whether there is nothing to check. */
    public boolean isNone() {
        return byInstrument.isEmpty();
    }

    /** The largest end of all, {@link Long#MIN_VALUE} where nothing was healed. */
    public long latestNanos() {
        return byInstrument.values().stream().mapToLong(Long::longValue).max().orElse(Long.MIN_VALUE);
    }

    /**
     * Lets a restored log position pass that may be as new as the heals.
     *
     * @param passedNanos event time that the restored partitions had passed, the largest of all
     * @throws SuppressRestartsException where every instrument's state must be older than the newest heal
     */
    void checkStart(long passedNanos) {
        if (passedNanos < latestNanos()) {
            throw refuse("the log had been read up to event time " + passedNanos + " ns, and values up to "
                    + latestNanos() + " ns were healed since");
        }
    }

    /**
     * Lets a value pass unless it may be a healed one, published again by a state that is older than the heal.
     *
     * @param purgeMarkNanos largest end of a window that the instrument's state had purged before this value was due
     * @throws SuppressRestartsException where it may be
     */
    void check(Published published, long purgeMarkNanos) {
        long end;
        String venue;
        String symbol;
        if (published instanceof Candle candle) {
            end = candle.endNanos();
            venue = candle.venue();
            symbol = candle.symbol();
        } else if (published instanceof VwapRow row) {
            end = row.atNanos();
            venue = row.venue();
            symbol = row.symbol();
        } else {
            return;
        }
        Long healed = byInstrument.get(Instrument.escape(venue) + '|' + Instrument.escape(symbol));
        if (healed != null && end <= healed && purgeMarkNanos < healed) {
            throw refuse("venue=" + TextEscapes.value(venue) + ", symbol=" + TextEscapes.value(symbol)
                    + " was healed up to " + healed + " ns, its state had purged up to "
                    + (purgeMarkNanos == Long.MIN_VALUE ? "nothing" : purgeMarkNanos + " ns")
                    + ", and its value up to " + end + " ns would come again");
        }
    }

    private static SuppressRestartsException refuse(String was) {
        return new SuppressRestartsException(
                new IllegalStateException("state must not be older than the newest heal, was older (" + was
                        + "). Fix: start from the newest checkpoint; or pass --republish, and reconcile and heal"
                        + " afterwards, because values come again without what was healed"));
    }
}

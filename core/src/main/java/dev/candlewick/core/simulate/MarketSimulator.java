package dev.candlewick.core.simulate;

import java.util.ArrayList;
import java.util.List;

/**
 * A simulated market: a fixed number of partitions, each a sequence of messages that is a pure function of the settings, the
 * faults and the position. Immutable and shared by threads; each thread has partitions of its own.
 *
 * <p>The number of partitions belongs to the settings, so the bytes do not depend on how many threads, readers or processes
 * make them. Each partition may be begun at any position.
 */
public final class MarketSimulator {
    private final MarketSettings settings;
    private final Horizon horizon;
    private final FaultRates rates;
    private final Listing[][] listings;

    /**
     * A market.
     *
     * @param rates how often faults occur, from the second frame (64 trades) of each partition on
     * @param horizon the job's settings for which labels of late trades hold
     */
    public MarketSimulator(MarketSettings settings, FaultRates rates, Horizon horizon) {
        this.settings = settings;
        this.rates = rates;
        this.horizon = horizon;
        listings = new Listing[settings.partitions()][];
        for (int partition = 0; partition < listings.length; partition++) {
            List<Listing> of = new ArrayList<>();
            for (int symbol = partition; symbol < settings.symbols(); symbol += settings.partitions()) {
                for (int venue = 0; venue < settings.venues(); venue++) {
                    of.add(Listing.of(settings, symbol, venue));
                }
            }
            listings[partition] = of.toArray(new Listing[0]);
        }
    }

    /** What decides the market. */
    public MarketSettings settings() {
        return settings;
    }

    /** The job's settings for which labels of late trades hold. */
    public Horizon horizon() {
        return horizon;
    }

    /** How often faults occur unless a partition is switched. */
    public FaultRates rates() {
        return rates;
    }

    /**
     * The windows of venues whose slice of event time begins in a range, in order, by the market's own rates.
     *
     * <p>Without those that begin before the market does. A partition has no faults in its first frame, so a window at the
     * very beginning may lose its head.
     */
    public List<FaultWindow> windows(long fromNanos, long toNanos) {
        FaultWindows windows = new FaultWindows(settings.seed(), settings.venues());
        List<FaultWindow> found = new ArrayList<>();
        for (long slice = FaultWindows.slice(fromNanos); slice <= FaultWindows.slice(toNanos - 1); slice++) {
            int silent = windows.silentVenue(slice, rates);
            int skewed = windows.skewedVenue(slice, rates);
            if (windows.from(slice) < settings.startNanos()) {
                continue;
            }
            if (silent >= 0) {
                found.add(new FaultWindow(
                        FaultKind.SILENCE, Listing.venueName(silent), windows.from(slice), windows.to(slice), 0));
            } else if (skewed >= 0) {
                found.add(new FaultWindow(
                        FaultKind.CLOCK_SKEW,
                        Listing.venueName(skewed),
                        windows.from(slice),
                        windows.to(slice),
                        windows.skewNanos(slice)));
            }
        }
        return found;
    }

    /** The faults of a partition that was never switched: none in its first frame, then the market's. */
    public List<FaultSegment> usualSegments() {
        return rates.isNone()
                ? List.of(new FaultSegment(0, FaultRates.NONE))
                : List.of(new FaultSegment(0, FaultRates.NONE), new FaultSegment(1, rates));
    }

    /** A partition from its beginning on. */
    public MarketPartition partition(int partition) {
        return partition(partition, usualSegments());
    }

    /**
     * A partition with faults as switched before.
     *
     * @param segments in ascending order, the first from frame 0
     */
    public MarketPartition partition(int partition, List<FaultSegment> segments) {
        return new MarketPartition(settings, horizon, partition, listings[partition], segments);
    }
}

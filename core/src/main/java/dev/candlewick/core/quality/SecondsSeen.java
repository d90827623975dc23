package dev.candlewick.core.quality;

import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.time.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Gathers in which seconds of event time each venue had a trade, until somebody takes it; mutable, one thread. */
public final class SecondsSeen {
    /** With more entries than this it is time to take them. */
    public static final int ENTRIES_MAX = 64;

    private static final int SECONDS_PER_MINUTE = 60;

    private static final class Entry {
        final String venue;
        final long minute;
        long seconds;

        Entry(String venue, long minute) {
            this.venue = venue;
            this.minute = minute;
        }
    }

    private final List<Entry> entries = new ArrayList<>();

    /**
     * Takes in a trade.
     *
     * @return whether there are so many entries that they should be taken
     */
    public boolean add(String venue, long eventTimeNanos) {
        long second = Math.floorDiv(eventTimeNanos, Interval.SECOND_NANOS);
        long minute = Math.floorDiv(second, SECONDS_PER_MINUTE);
        long bit = 1L << (int) (second - minute * SECONDS_PER_MINUTE);
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (entry.minute == minute && entry.venue.equals(venue)) {
                entry.seconds |= bit;
                return false;
            }
        }
        Entry entry = new Entry(venue, minute);
        entry.seconds = bit;
        entries.add(entry);
        return entries.size() > ENTRIES_MAX;
    }

    /** Hands over all entries and forgets them. */
    public void drainTo(Consumer<VenueSeconds> consumer) {
        for (Entry entry : entries) {
            consumer.accept(new VenueSeconds(entry.venue, entry.minute, entry.seconds));
        }
        entries.clear();
    }
}

package dev.candlewick.core.quality;

import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.time.Interval;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Finds the venues that have no trade while others have some, second by second of event time; mutable, one thread.
 *
 * <p>The verdicts are a function of the set of (venue, second) pairs, whatever the order of {@link #add}: a second is
 * judged when nothing on time can fall into it any more, and what comes for a judged one is ignored.
 */
public final class SilenceDetector {
    private static final int VENUES_MAX = 1 << 20;
    private static final int MINUTES_MAX = 1 << 24;

    private static final long SECOND_NANOS = Interval.SECOND_NANOS;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final long NONE = Long.MIN_VALUE;

    private static final class Venue {
        final String name;
        /** Whether a judged second had a trade. */
        boolean known;
        /** First second of the row of silent ones, {@link #NONE} where there is none. */
        long silentFrom = NONE;

        boolean reported;

        Venue(String name) {
            this.name = name;
        }
    }

    private final QualitySettings settings;
    private final Interval finest;
    private final long latenessMillis;
    private final List<Venue> venues = new ArrayList<>();
    private final Map<String, Integer> ordinals = new HashMap<>();
    /** Seconds with trades by minute and venue's ordinal. */
    private final TreeMap<Long, long[]> minutes = new TreeMap<>();
    /** Seconds before this one are judged. */
    private long judgedUntil = NONE;
    /** The last judged second in which anybody traded. */
    private long lastActive = NONE;

    /** A detector over candles of the given finest interval. */
    public SilenceDetector(QualitySettings settings, Interval finest, long allowedLatenessNanos) {
        this.settings = settings;
        this.finest = finest;
        this.latenessMillis = allowedLatenessNanos / Interval.MILLI_NANOS;
    }

    /** Takes in seconds with trades. */
    public void add(VenueSeconds seen) {
        int venue = ordinals.computeIfAbsent(seen.venue(), name -> {
            venues.add(new Venue(name));
            return venues.size() - 1;
        });
        long bits = seen.seconds();
        long first = seen.minute() * SECONDS_PER_MINUTE;
        if (judgedUntil > first) {
            long judged = judgedUntil - first;
            bits = judged >= SECONDS_PER_MINUTE ? 0 : bits & -1L << judged;
        }
        if (bits == 0) {
            return;
        }
        long[] byVenue = minutes.get(seen.minute());
        if (byVenue == null || byVenue.length <= venue) {
            byVenue = byVenue == null ? new long[venues.size()] : java.util.Arrays.copyOf(byVenue, venues.size());
            minutes.put(seen.minute(), byVenue);
        }
        byVenue[venue] |= bits;
    }

    /** Judges all seconds that are final at a watermark. */
    public void advance(long watermarkMillis, Consumer<QualityEvent> events) {
        long until = finalUntil(watermarkMillis);
        if (until <= judgedUntil) {
            return;
        }
        while (!minutes.isEmpty()) {
            long minute = minutes.firstKey();
            long first = minute * SECONDS_PER_MINUTE;
            if (first >= until) {
                break;
            }
            long[] byVenue = minutes.firstEntry().getValue();
            long active = 0;
            for (long bits : byVenue) {
                active |= bits;
            }
            long end = Math.min(until, first + SECONDS_PER_MINUTE);
            while (active != 0) {
                int bit = Long.numberOfTrailingZeros(active);
                long second = first + bit;
                if (second >= end) {
                    break;
                }
                active &= active - 1;
                judge(second, byVenue, bit, events);
            }
            if (end < first + SECONDS_PER_MINUTE) {
                for (int i = 0; i < byVenue.length; i++) {
                    byVenue[i] &= -1L << (end - first);
                }
                break;
            }
            minutes.remove(minute);
        }
        if (lastActive != NONE && lastActive + 1 < until) {
            endAll(lastActive + 1, events);
        }
        judgedUntil = until;
    }

    /** The first second that is not final at a watermark. */
    private long finalUntil(long watermarkMillis) {
        if (watermarkMillis >= Long.MAX_VALUE / Interval.MILLI_NANOS / 2) {
            return Long.MAX_VALUE;
        }
        if (watermarkMillis <= Long.MIN_VALUE / Interval.MILLI_NANOS / 2) {
            return NONE;
        }
        long closedNanos = finest.startOf((watermarkMillis + 1 - latenessMillis) * Interval.MILLI_NANOS);
        return Math.floorDiv(closedNanos, SECOND_NANOS);
    }

    private void judge(long second, long[] byVenue, int bit, Consumer<QualityEvent> events) {
        if (lastActive != NONE && second > lastActive + 1) {
            endAll(lastActive + 1, events);
        }
        lastActive = second;
        for (int i = 0; i < venues.size(); i++) {
            Venue venue = venues.get(i);
            if (i < byVenue.length && (byVenue[i] >>> bit & 1) != 0) {
                end(venue, second, events);
                venue.known = true;
            } else if (venue.known) {
                if (venue.silentFrom == NONE) {
                    venue.silentFrom = second;
                }
                if (!venue.reported && second + 1 - venue.silentFrom >= settings.silenceSeconds()) {
                    venue.reported = true;
                    long from = venue.silentFrom * SECOND_NANOS;
                    events.accept(new QualityEvent(
                            QualityKind.SILENCE,
                            venue.name,
                            null,
                            (second + 1) * SECOND_NANOS,
                            from,
                            Trade.TIME_ABSENT,
                            settings.silenceSeconds(),
                            null));
                }
            }
        }
    }

    private void endAll(long second, Consumer<QualityEvent> events) {
        for (Venue venue : venues) {
            end(venue, second, events);
        }
    }

    private static void end(Venue venue, long second, Consumer<QualityEvent> events) {
        if (venue.reported) {
            events.accept(new QualityEvent(
                    QualityKind.SILENCE_END,
                    venue.name,
                    null,
                    second * SECOND_NANOS,
                    venue.silentFrom * SECOND_NANOS,
                    second * SECOND_NANOS,
                    second - venue.silentFrom,
                    null));
        }
        venue.silentFrom = NONE;
        venue.reported = false;
    }

    /** What is remembered as named texts: the same for two detectors that have seen the same seconds in any order. */
    public SortedMap<String, String> fields() {
        SortedMap<String, String> fields = new TreeMap<>();
        for (int i = 0; i < venues.size(); i++) {
            Venue venue = venues.get(i);
            fields.put(
                    "venue/" + venue.name,
                    "known=" + venue.known + " silent-from=" + (venue.silentFrom == NONE ? "none" : venue.silentFrom)
                            + " reported=" + venue.reported);
            for (Map.Entry<Long, long[]> minute : minutes.entrySet()) {
                long[] byVenue = minute.getValue();
                if (i < byVenue.length && byVenue[i] != 0) {
                    fields.put("seconds/" + venue.name + '/' + minute.getKey(), Long.toHexString(byVenue[i]));
                }
            }
        }
        fields.put("judged-until", judgedUntil == NONE ? "none" : Long.toString(judgedUntil));
        fields.put("last-active", lastActive == NONE ? "none" : Long.toString(lastActive));
        return fields;
    }

    /** Writes what is remembered in its fixed layout. */
    public void write(DataOutput out) throws IOException {
        out.writeInt(venues.size());
        for (Venue venue : venues) {
            Layout.writeText(out, venue.name);
            out.writeBoolean(venue.known);
            out.writeLong(venue.silentFrom);
            out.writeBoolean(venue.reported);
        }
        out.writeInt(minutes.size());
        for (Map.Entry<Long, long[]> minute : minutes.entrySet()) {
            out.writeLong(minute.getKey());
            out.writeInt(minute.getValue().length);
            Layout.write(out, minute.getValue(), 0, minute.getValue().length);
        }
        out.writeLong(judgedUntil);
        out.writeLong(lastActive);
    }

    /**
     * Takes over what another detector wrote.
     *
     * @throws IOException where the bytes break an invariant
     */
    public void read(DataInput in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > VENUES_MAX) {
            throw new IOException("venues must number 0 to " + VENUES_MAX + ", was " + count);
        }
        for (int i = 0; i < count; i++) {
            Venue venue = new Venue(Layout.readText(in));
            venue.known = in.readBoolean();
            venue.silentFrom = in.readLong();
            venue.reported = in.readBoolean();
            ordinals.put(venue.name, venues.size());
            venues.add(venue);
        }
        int minuteCount = in.readInt();
        if (minuteCount < 0 || minuteCount > MINUTES_MAX) {
            throw new IOException("minutes must number 0 to " + MINUTES_MAX + ", was " + minuteCount);
        }
        for (int i = 0; i < minuteCount; i++) {
            long minute = in.readLong();
            int length = in.readInt();
            if (length < 0 || length > venues.size()) {
                throw new IOException("seconds of a minute must be of known venues, was " + length + " of " + count);
            }
            minutes.put(minute, Layout.read(in, length, length));
        }
        judgedUntil = in.readLong();
        lastActive = in.readLong();
    }
}

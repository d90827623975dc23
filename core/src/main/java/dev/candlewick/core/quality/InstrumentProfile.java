package dev.candlewick.core.quality;

import dev.candlewick.core.model.Trade;
import dev.candlewick.core.state.PartChecksum;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the quality rules remember of one instrument: the minutes that are not final and what the next one follows on;
 * mutable, owned by the {@link QualityStage}'s thread.
 */
public final class InstrumentProfile {
    private static final int ENTRIES_MAX = 1 << 28;

    /** Marks an observation that is further from the median before it than the floor: the three-way rule looks again. */
    static final int BEYOND_FLOOR = 1;
    /** Marks an observation that is an outlier by the rolling mean. */
    static final int MEAN_OUTLIER = 2;
    /** Marks an observation that flags its candle. */
    static final int FLAGGED = 4;

    /** An id conflict of a trade whose window is not purged. */
    record Conflict(long timeNanos, long payload, String id, String venue) {
        static final Comparator<Conflict> ORDER = Comparator.comparingLong(Conflict::timeNanos)
                .thenComparing(Conflict::venue)
                .thenComparing(Conflict::id)
                .thenComparingLong(Conflict::payload);
    }

    /** An observation that some outlier rule has marked. */
    record Candidate(long timeNanos, long priceScaled, int marks) {}

    /** Largest number of a venue in all final minutes. */
    static final class Numbering {
        final String venue;
        boolean known;
        long number;
        long timeNanos;

        Numbering(String venue) {
            this.venue = venue;
        }
    }

    final List<Minute> minutes = new ArrayList<>(2);
    final List<Numbering> venues = new ArrayList<>(1);
    /** Event time of the last trade of all final minutes. */
    long lastTradeNanos = Trade.TIME_ABSENT;

    long runPriceScaled;
    /** Trades of the run of equal prices at the end of the final minutes, 0 where there is none. */
    long runTrades;

    long runFirstNanos;
    boolean runReported;

    final Set<Conflict> conflicts = new HashSet<>(0);
    /** The last observations of the final minutes, and behind them those of the others. */
    Observations observations = new Observations();

    /** In order of time. */
    final List<Candidate> candidates = new ArrayList<>(0);
    /** From where on the rules that look back have to look again, {@link Long#MAX_VALUE} for nowhere. */
    long unjudgedFromNanos = Long.MAX_VALUE;

    InstrumentProfile() {}

    /** A profile of its own with the same content. */
    public InstrumentProfile copy() {
        InstrumentProfile copy = new InstrumentProfile();
        for (Minute minute : minutes) {
            copy.minutes.add(minute.copy());
        }
        for (Numbering venue : venues) {
            Numbering same = new Numbering(venue.venue);
            same.known = venue.known;
            same.number = venue.number;
            same.timeNanos = venue.timeNanos;
            copy.venues.add(same);
        }
        copy.lastTradeNanos = lastTradeNanos;
        copy.runPriceScaled = runPriceScaled;
        copy.runTrades = runTrades;
        copy.runFirstNanos = runFirstNanos;
        copy.runReported = runReported;
        copy.conflicts.addAll(conflicts);
        copy.observations = observations.copy();
        copy.candidates.addAll(candidates);
        copy.unjudgedFromNanos = unjudgedFromNanos;
        return copy;
    }

    /** Number of minutes that are not final. */
    public int minuteCount() {
        return minutes.size();
    }

    /** What is remembered as named texts, such that two profiles are the same if their texts are. */
    public SortedMap<String, String> fields() {
        SortedMap<String, String> fields = new TreeMap<>();
        for (Minute minute : minutes) {
            fields.put(
                    "minute/" + minute.startNanos,
                    "trades=" + minute.trades + " duplicates=" + minute.duplicates + " zero-sizes=" + minute.zeroSizes
                            + " conflicts=" + minute.conflicts + " panes=" + minute.panes.size() + " crc="
                            + PartChecksum.of(minute::write));
        }
        for (Numbering venue : venues) {
            fields.put("numbering/" + venue.venue, venue.known ? venue.number + " at " + venue.timeNanos : "none");
        }
        fields.put("last-trade", Long.toString(lastTradeNanos));
        fields.put(
                "run",
                "trades=" + runTrades + " price=" + runPriceScaled + " first=" + runFirstNanos + " reported="
                        + runReported);
        for (Conflict conflict : conflicts) {
            fields.put(
                    "conflict/" + conflict.timeNanos + '/' + conflict.venue + '/' + conflict.id + '/'
                            + Long.toHexString(conflict.payload),
                    "remembered");
        }
        fields.put("observations", "count=" + observations.size() + " crc=" + PartChecksum.of(observations::write));
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            fields.put(
                    "candidate/" + candidate.timeNanos + '/' + i,
                    "price=" + candidate.priceScaled + " marks=" + candidate.marks);
        }
        fields.put("unjudged-from", Long.toString(unjudgedFromNanos));
        return fields;
    }

    /** Writes the profile. */
    public void write(StateOutput out) {
        out.count(minutes.size());
        for (Minute minute : minutes) {
            minute.write(out);
        }
        out.small(venues.size());
        for (Numbering venue : venues) {
            out.text(venue.venue);
            out.flag(venue.known);
            out.number(venue.number);
            out.number(venue.timeNanos);
        }
        out.number(lastTradeNanos);
        out.number(runPriceScaled);
        out.number(runTrades);
        out.number(runFirstNanos);
        out.flag(runReported);
        out.count(conflicts.size());
        // In an order of their own, so that equal profiles are equal bytes.
        List<Conflict> sorted = new ArrayList<>(conflicts);
        sorted.sort(Conflict.ORDER);
        for (Conflict conflict : sorted) {
            out.number(conflict.timeNanos);
            out.word(conflict.payload);
            out.text(conflict.id);
            out.text(conflict.venue);
        }
        observations.write(out);
        out.count(candidates.size());
        for (Candidate candidate : candidates) {
            out.number(candidate.timeNanos);
            out.number(candidate.priceScaled);
            out.bits(candidate.marks);
        }
        out.number(unjudgedFromNanos);
    }

    private static int count(StateInput in, String what) throws IOException {
        int count = in.count();
        if (count < 0 || count > ENTRIES_MAX) {
            throw new IOException(what + " of a quality profile must number 0 to " + ENTRIES_MAX + ", was " + count);
        }
        return count;
    }

    /**
     * Reads a profile.
     *
     * @throws IOException where the bytes break an invariant
     */
    public static InstrumentProfile read(StateInput in) throws IOException {
        InstrumentProfile read = new InstrumentProfile();
        int minutes = count(in, "minutes");
        for (int i = 0; i < minutes; i++) {
            Minute minute = Minute.read(in);
            if (i > 0 && minute.startNanos <= read.minutes.get(i - 1).startNanos) {
                throw new IOException("minutes must ascend, was " + minute.startNanos);
            }
            read.minutes.add(minute);
        }
        int venues = in.small() & 0xffff;
        for (int i = 0; i < venues; i++) {
            Numbering venue = new Numbering(in.text());
            venue.known = in.flag();
            venue.number = in.number();
            venue.timeNanos = in.number();
            read.venues.add(venue);
        }
        read.lastTradeNanos = in.number();
        read.runPriceScaled = in.number();
        read.runTrades = in.number();
        read.runFirstNanos = in.number();
        read.runReported = in.flag();
        int conflicts = count(in, "conflicts");
        for (int i = 0; i < conflicts; i++) {
            read.conflicts.add(new Conflict(in.number(), in.word(), in.text(), in.text()));
        }
        read.observations = Observations.read(in);
        int candidates = count(in, "candidates");
        for (int i = 0; i < candidates; i++) {
            read.candidates.add(new Candidate(in.number(), in.number(), in.bits()));
        }
        read.unjudgedFromNanos = in.number();
        if (read.runTrades < 0) {
            throw new IOException("a run must have trades, was " + read.runTrades);
        }
        return read;
    }
}

package dev.candlewick.core.validate;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.parse.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The instruments seen so far, one object for each venue and symbol, found by byte slices without allocation.
 *
 * <p>An open-addressed table that compares the bytes, so a collision of hashes costs a probe and never gives another
 * instrument. Scales and scope come from the feed's rules. It is a cache: beyond {@value #INSTRUMENTS_MAX} instruments or
 * {@value #BYTES_MAX} bytes of names it starts afresh, because a feed can send ever new symbols in trades that are late
 * and so never reach the job's own bound ({@code instruments.max}). Nothing may depend on the identity of an instrument.
 * One thread.
 */
public final class InstrumentDirectory {
    static final int INSTRUMENTS_MAX = 1 << 18;
    static final int BYTES_MAX = 1 << 25;

    private static final int SLOTS_MIN = 256;

    private final FeedRules rules;
    private @Nullable Instrument[] table = new @Nullable Instrument[SLOTS_MIN];
    private int[] hashes = new int[SLOTS_MIN];
    private int size;
    private int bytes;

    /** An empty directory over the rules. */
    public InstrumentDirectory(FeedRules rules) {
        this.rules = rules;
    }

    /** How many instruments it holds. */
    public int size() {
        return size;
    }

    /** The instrument of venue and symbol given as UTF-8 slices of one buffer, null where it was not seen yet. */
    public @Nullable Instrument find(byte[] buffer, int venueFrom, int venueLength, int symbolFrom, int symbolLength) {
        int hash = hash(buffer, venueFrom, venueLength, buffer, symbolFrom, symbolLength);
        int mask = table.length - 1;
        for (int slot = hash & mask; ; slot = slot + 1 & mask) {
            Instrument candidate = table[slot];
            if (candidate == null) {
                return null;
            }
            if (hashes[slot] == hash) {
                byte[] venue = candidate.venueUtf8();
                byte[] symbol = candidate.symbolUtf8();
                if (Arrays.equals(venue, 0, venue.length, buffer, venueFrom, venueFrom + venueLength)
                        && Arrays.equals(symbol, 0, symbol.length, buffer, symbolFrom, symbolFrom + symbolLength)) {
                    return candidate;
                }
            }
        }
    }

    /** The one instrument of venue and symbol given as UTF-8 slices of one buffer; made where it was not seen yet. */
    public Instrument intern(byte[] buffer, int venueFrom, int venueLength, int symbolFrom, int symbolLength) {
        Instrument found = find(buffer, venueFrom, venueLength, symbolFrom, symbolLength);
        if (found != null) {
            return found;
        }
        return add(
                new String(buffer, venueFrom, venueLength, StandardCharsets.UTF_8),
                new String(buffer, symbolFrom, symbolLength, StandardCharsets.UTF_8));
    }

    /** The one instrument of venue and symbol; made where it was not seen yet. */
    public Instrument intern(String venue, String symbol) {
        byte[] venueUtf8 = venue.getBytes(StandardCharsets.UTF_8);
        byte[] symbolUtf8 = symbol.getBytes(StandardCharsets.UTF_8);
        byte[] both = Arrays.copyOf(venueUtf8, venueUtf8.length + symbolUtf8.length);
        System.arraycopy(symbolUtf8, 0, both, venueUtf8.length, symbolUtf8.length);
        Instrument found = find(both, 0, venueUtf8.length, venueUtf8.length, symbolUtf8.length);
        return found != null ? found : add(venue, symbol);
    }

    private Instrument add(String venue, String symbol) {
        int priceScale = rules.priceScales().scaleOf(symbol);
        int sizeScale = rules.sizeScales().scaleOf(symbol);
        Instrument instrument = rules.scope() == FeedRules.Scope.CONSOLIDATED
                ? Instrument.consolidated(venue, symbol, priceScale, sizeScale)
                : Instrument.ofVenue(venue, symbol, priceScale, sizeScale);
        int length = instrument.venueUtf8().length + instrument.symbolUtf8().length;
        if (size == INSTRUMENTS_MAX || bytes + length > BYTES_MAX) {
            table = new @Nullable Instrument[SLOTS_MIN];
            hashes = new int[SLOTS_MIN];
            size = 0;
            bytes = 0;
        }
        if (2 * (size + 1) > table.length) {
            grow();
        }
        put(table, hashes, instrument);
        size++;
        bytes += length;
        return instrument;
    }

    private void grow() {
        @Nullable Instrument[] larger = new @Nullable Instrument[2 * table.length];
        int[] largerHashes = new int[larger.length];
        for (Instrument instrument : table) {
            if (instrument != null) {
                put(larger, largerHashes, instrument);
            }
        }
        table = larger;
        hashes = largerHashes;
    }

    private static void put(@Nullable Instrument[] into, int[] intoHashes, Instrument instrument) {
        byte[] venue = instrument.venueUtf8();
        byte[] symbol = instrument.symbolUtf8();
        int hash = hash(venue, 0, venue.length, symbol, 0, symbol.length);
        int slot = hash & into.length - 1;
        while (into[slot] != null) {
            slot = slot + 1 & into.length - 1;
        }
        into[slot] = instrument;
        intoHashes[slot] = hash;
    }

    private static int hash(
            byte[] venue, int venueFrom, int venueLength, byte[] symbol, int symbolFrom, int symbolLength) {
        int mixed = Utf8.hash(venue, venueFrom, venueLength) * 31 + Utf8.hash(symbol, symbolFrom, symbolLength);
        return mixed ^ mixed >>> 15;
    }
}

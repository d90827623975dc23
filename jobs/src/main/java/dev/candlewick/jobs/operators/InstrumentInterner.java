package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Gives one {@link Instrument} for equal venue and symbol bytes read off the wire, without making strings; one thread.
 */
final class InstrumentInterner {
    private Instrument[] slots = new Instrument[64];
    private int size;

    /** The instrument of a frame {@code venue bytes, symbol bytes} in a buffer. */
    Instrument intern(
            byte[] buffer, int venueLength, int symbolLength, boolean consolidated, int priceScale, int sizeScale) {
        int mask = slots.length - 1;
        int hash = hash(buffer, venueLength + symbolLength) + venueLength;
        for (int i = hash & mask; ; i = (i + 1) & mask) {
            Instrument found = slots[i];
            if (found == null) {
                Instrument made = make(buffer, venueLength, symbolLength, consolidated, priceScale, sizeScale);
                slots[i] = made;
                size++;
                if (size > slots.length / 2) {
                    grow();
                }
                return made;
            }
            if (found.isConsolidated() == consolidated
                    && found.priceScale() == priceScale
                    && found.sizeScale() == sizeScale
                    && Arrays.equals(found.venueUtf8(), 0, found.venueUtf8().length, buffer, 0, venueLength)
                    && Arrays.equals(
                            found.symbolUtf8(),
                            0,
                            found.symbolUtf8().length,
                            buffer,
                            venueLength,
                            venueLength + symbolLength)) {
                return found;
            }
        }
    }

    private static Instrument make(
            byte[] buffer, int venueLength, int symbolLength, boolean consolidated, int priceScale, int sizeScale) {
        String venue = new String(buffer, 0, venueLength, StandardCharsets.UTF_8);
        String symbol = new String(buffer, venueLength, symbolLength, StandardCharsets.UTF_8);
        return consolidated
                ? Instrument.consolidated(venue, symbol, priceScale, sizeScale)
                : Instrument.ofVenue(venue, symbol, priceScale, sizeScale);
    }

    private void grow() {
        Instrument[] old = slots;
        slots = new Instrument[old.length * 2];
        int mask = slots.length - 1;
        for (Instrument instrument : old) {
            if (instrument != null) {
                byte[] venue = instrument.venueUtf8();
                byte[] symbol = instrument.symbolUtf8();
                byte[] joined = Arrays.copyOf(venue, venue.length + symbol.length);
                System.arraycopy(symbol, 0, joined, venue.length, symbol.length);
                int i = (hash(joined, joined.length) + venue.length) & mask;
                while (slots[i] != null) {
                    i = (i + 1) & mask;
                }
                slots[i] = instrument;
            }
        }
    }

    private static int hash(byte[] buffer, int length) {
        int hash = 0x811c9dc5;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ buffer[i]) * 0x01000193;
        }
        return hash ^ (hash >>> 15);
    }
}

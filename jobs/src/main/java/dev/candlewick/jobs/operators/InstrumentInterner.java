package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Gives one {@link Instrument} for equal venue and symbol bytes read off the wire, without making strings; one thread.
 *
 * <p>A cache that starts afresh beyond {@value #INSTRUMENTS_MAX} instruments or {@value #BYTES_MAX} bytes of names, so
 * that no feed fills the heap with names.
 */
final class InstrumentInterner {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    static final int INSTRUMENTS_MAX = 1 << 18;
    static final int BYTES_MAX = 1 << 25;

    private static final int SLOTS_MIN = 64;

    private Instrument[] slots = new Instrument[SLOTS_MIN];
    private int size;
    private int bytes;

    /** The instrument of a frame {@code venue bytes, symbol bytes} in a buffer. */
    Instrument intern(
            byte[] buffer, int venueLength, int symbolLength, boolean consolidated, int priceScale, int sizeScale) {
        int mask = slots.length - 1;
        int hash = hash(buffer, venueLength + symbolLength) + venueLength;
        for (int i = hash & mask; ; i = (i + 1) & mask) {
            Instrument found = slots[i];
            if (found == null) {
                Instrument made = make(buffer, venueLength, symbolLength, consolidated, priceScale, sizeScale);
                if (size == INSTRUMENTS_MAX || bytes + venueLength + symbolLength > BYTES_MAX) {
                    slots = new Instrument[SLOTS_MIN];
                    size = 0;
                    bytes = 0;
                    i = hash & slots.length - 1;
                }
                slots[i] = made;
                size++;
                bytes += venueLength + symbolLength;
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

    /** Eight bytes at a time; the last word overlaps the one before it, or is made of what there is. */
    private static int hash(byte[] buffer, int length) {
        long hash = length;
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            hash = mix(hash, (long) WORDS.get(buffer, i));
        }
        if (i < length) {
            long tail = 0;
            if (length >= Long.BYTES) {
                tail = (long) WORDS.get(buffer, length - Long.BYTES);
            } else {
                for (int at = 0; at < length; at++) {
                    tail = tail << 8 | (buffer[at] & 0xff);
                }
            }
            hash = mix(hash, tail);
        }
        return (int) (hash ^ (hash >>> 32));
    }

    private static long mix(long hash, long word) {
        long mixed = (hash ^ word) * 0x9e3779b97f4a7c15L;
        return mixed ^ (mixed >>> 29);
    }
}

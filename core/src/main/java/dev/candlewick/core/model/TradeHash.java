package dev.candlewick.core.model;

import org.jspecify.annotations.Nullable;

/**
 * The 128-bit hash of a trade's identity and payload: venue, symbol, id, event time, price and size.
 *
 * <p>Decimals are hashed without trailing zeros, so the hash does not depend on the scales that a configuration chose;
 * place, sequence and receive time are not in it. Summed modulo 2^128 it is the digest of a candle, which does not
 * depend on order and merges. It is MurmurHash3 x64 128 (Austin Appleby, public domain) over a fixed layout of 64-bit
 * words. An instance holds the last result and may be used by one thread.
 */
public final class TradeHash {
    private static final long C1 = 0x87c37b91114253d5L;
    private static final long C2 = 0x4cf5ad432745937fL;

    private static final int BLOCK_BITS = 3;
    private static final long BLOCK_MASK = (1 << BLOCK_BITS) - 1;
    private static final long BITS_61 = -1L >>> BLOCK_BITS;

    private long high;
    private long low;

    /** Upper 64 bits of the last hash. */
    public long high() {
        return high;
    }

    /** Lower 64 bits of the last hash. */
    public long low() {
        return low;
    }

    /** The part that venue and symbol decide. */
    static long instrumentSeed(byte[] venueUtf8, byte[] symbolUtf8) {
        TradeHash hash = new TradeHash();
        hash.start(0x9e3779b97f4a7c15L);
        hash.mixBytes(venueUtf8);
        hash.mixBytes(symbolUtf8);
        hash.finish(3);
        return hash.high ^ hash.low;
    }

    /** Hashes id, event time, price and size of a trade, seeded by its instrument. */
    public void identity(Trade trade) {
        Instrument instrument = trade.instrument;
        start(instrument.identitySeed());
        mixPayload(trade);
        mixId(trade);
        finish(7);
    }

    /** Hashes event time, price and size as {@link #identity} does for the same trade without an id. */
    public void identityWithoutId(Trade trade) {
        start(trade.instrument.identitySeed());
        mixPayload(trade);
        mix(0, Trade.ID_ABSENT);
        finish(7);
    }

    /**
     * Hashes what makes two rows without an id alike: venue, symbol, event time, price, size, side and conditions.
     */
    public void fingerprint(Trade trade) {
        start(~trade.instrument.identitySeed());
        mixPayload(trade);
        mixText(trade.side);
        mixText(trade.conditions);
        finish(5);
    }

    /**
     * A 64-bit hash of venue, symbol and id alone; different numbers of one instrument never share it.
     *
     * <p>Ids that differ in their lowest three bits only give keys that do so too. Feeds count their trades, so a table
     * that goes by the key's low bits finds successive ids in one place of memory.
     */
    public static long idKey(Trade trade) {
        long seed = trade.instrument.identitySeed();
        if (trade.idKind == Trade.ID_NUMBER) {
            long block = mix61((trade.idNumber >>> BLOCK_BITS) ^ (seed >>> BLOCK_BITS));
            return block << BLOCK_BITS | (trade.idNumber & BLOCK_MASK);
        }
        TradeHash hash = new TradeHash();
        hash.start(seed);
        hash.mixBytes(trade.idText);
        hash.finish(2);
        return hash.high;
    }

    private void mixPayload(Trade trade) {
        Instrument instrument = trade.instrument;
        long price = trade.priceScaled;
        int priceScale = instrument.priceScale();
        if (price == 0) {
            priceScale = 0;
        }
        while (priceScale >= 4 && price % 10_000 == 0) {
            price /= 10_000;
            priceScale -= 4;
        }
        while (priceScale > 0 && price % 10 == 0) {
            price /= 10;
            priceScale--;
        }
        long size = trade.sizeScaled;
        int sizeScale = instrument.sizeScale();
        if (size == 0) {
            sizeScale = 0;
        }
        while (sizeScale >= 4 && size % 10_000 == 0) {
            size /= 10_000;
            sizeScale -= 4;
        }
        while (sizeScale > 0 && size % 10 == 0) {
            size /= 10;
            sizeScale--;
        }
        mix(trade.eventTimeNanos, price);
        mix(size, ((long) priceScale << 8) | sizeScale);
    }

    private void mixId(Trade trade) {
        if (trade.idKind == Trade.ID_TEXT) {
            mixBytes(trade.idText);
        } else {
            mix(trade.idNumber, trade.idKind);
        }
    }

    private void mixText(@Nullable String text) {
        if (text == null) {
            mix(-1, -1);
            return;
        }
        long word = text.length();
        for (int i = 0; i < text.length(); i++) {
            word = word * 0x100000001b3L + text.charAt(i);
        }
        mix(word, text.length());
    }

    private void mixBytes(byte[] bytes) {
        for (int i = 0; i < bytes.length; i += 16) {
            mix(word(bytes, i), word(bytes, i + 8));
        }
        mix(bytes.length, Trade.ID_TEXT);
    }

    private static long word(byte[] bytes, int from) {
        long word = 0;
        for (int i = from; i < Math.min(from + 8, bytes.length); i++) {
            word |= (bytes[i] & 0xffL) << (8 * (i - from));
        }
        return word;
    }

    private void start(long seed) {
        high = seed;
        low = seed;
    }

    private void mix(long first, long second) {
        high ^= Long.rotateLeft(first * C1, 31) * C2;
        high = (Long.rotateLeft(high, 27) + low) * 5 + 0x52dce729;
        low ^= Long.rotateLeft(second * C2, 33) * C1;
        low = (Long.rotateLeft(low, 31) + high) * 5 + 0x38495ab5;
    }

    private void finish(long length) {
        high ^= length;
        low ^= length;
        high += low;
        low += high;
        high = finalMix(high);
        low = finalMix(low);
        high += low;
        low += high;
    }

    /** A bijection of 61 bits: every step is one. */
    private static long mix61(long word) {
        word ^= word >>> 31;
        word = word * 0xff51afd7ed558ccdL & BITS_61;
        word ^= word >>> 31;
        word = word * 0xc4ceb9fe1a85ec53L & BITS_61;
        return word ^ word >>> 31;
    }

    /** The 64-bit finalizer of MurmurHash3: a bijection, so different words stay different. */
    public static long finalMix(long word) {
        word ^= word >>> 33;
        word *= 0xff51afd7ed558ccdL;
        word ^= word >>> 33;
        word *= 0xc4ceb9fe1a85ec53L;
        word ^= word >>> 33;
        return word;
    }
}

package dev.candlewick.core.model;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * One tradable thing at one venue, with the decimal scales of its prices and sizes; immutable and meant to be interned.
 *
 * <p>{@code venue} and {@code symbol} are the input's text, unchanged. {@link #key()} is the key of keyed state and the
 * head of topic keys. In consolidated scope all venues of a symbol share the key.
 *
 * <p>It also carries the feed that it was made by, a number that the run gives and that only the run knows: which settings
 * hold for its trades.
 */
public final class Instrument {
    /** The venue published on candles of consolidated scope. */
    public static final String CONSOLIDATED_VENUE = "CONSOLIDATED";

    /** The largest scale of a price or a size. */
    public static final int SCALE_MAX = 18;

    /** The largest feed. */
    public static final int FEED_MAX = 0xffff;

    private final String venue;
    private final String symbol;
    private final String key;
    private final boolean consolidated;
    private final int priceScale;
    private final int sizeScale;
    private final int feed;
    private final byte[] venueUtf8;
    private final byte[] symbolUtf8;
    private final long identitySeed;
    private final int hash;

    private Instrument(String venue, String symbol, boolean consolidated, int priceScale, int sizeScale, int feed) {
        this.venue = Objects.requireNonNull(venue, "venue");
        this.symbol = Objects.requireNonNull(symbol, "symbol");
        if (priceScale < 0 || priceScale > SCALE_MAX) {
            throw new IllegalArgumentException(
                    "price.scale must lie in 0..18, was " + priceScale + " (symbol=" + symbol + ")");
        }
        if (sizeScale < 0 || sizeScale > SCALE_MAX) {
            throw new IllegalArgumentException(
                    "size.scale must lie in 0..18, was " + sizeScale + " (symbol=" + symbol + ")");
        }
        if (feed < 0 || feed > FEED_MAX) {
            throw new IllegalArgumentException("feed must lie in 0..65535, was " + feed + " (symbol=" + symbol + ")");
        }
        this.feed = feed;
        this.consolidated = consolidated;
        this.key = escape(consolidated ? CONSOLIDATED_VENUE : venue) + '|' + escape(symbol);
        this.priceScale = priceScale;
        this.sizeScale = sizeScale;
        this.venueUtf8 = venue.getBytes(StandardCharsets.UTF_8);
        this.symbolUtf8 = symbol.getBytes(StandardCharsets.UTF_8);
        this.identitySeed = TradeHash.instrumentSeed(venueUtf8, symbolUtf8);
        this.hash = key.hashCode() * 31 + venue.hashCode();
    }

    /**
     * An instrument whose candles are its own.
     *
     * @param priceScale decimals of a price, 0 to 18
     * @param sizeScale decimals of a size, 0 to 18
     */
    public static Instrument ofVenue(String venue, String symbol, int priceScale, int sizeScale) {
        return new Instrument(venue, symbol, false, priceScale, sizeScale, 0);
    }

    /** An instrument whose candles are shared with the same symbol at all other venues. */
    public static Instrument consolidated(String venue, String symbol, int priceScale, int sizeScale) {
        return new Instrument(venue, symbol, true, priceScale, sizeScale, 0);
    }

    /**
     * The same instrument as one of a feed.
     *
     * @param ordinal which of the run's feeds, from 0 on; at most {@value #FEED_MAX}
     */
    public Instrument withFeed(int ordinal) {
        return ordinal == feed ? this : new Instrument(venue, symbol, consolidated, priceScale, sizeScale, ordinal);
    }

    /** Escapes {@code |} and {@code \} by a backslash, so that parts joined by {@code |} stay apart. */
    public static String escape(String part) {
        if (part.indexOf('|') < 0 && part.indexOf('\\') < 0) {
            return part;
        }
        return part.replace("\\", "\\\\").replace("|", "\\|");
    }

    /** The venue of the trade as the input wrote it. */
    public String venue() {
        return venue;
    }

    /** The symbol as the input wrote it. */
    public String symbol() {
        return symbol;
    }

    /** The venue that candles of this instrument carry: its own, or {@link #CONSOLIDATED_VENUE}. */
    public String publishedVenue() {
        return consolidated ? CONSOLIDATED_VENUE : venue;
    }

    /** Whether candles are made over all venues of the symbol. */
    public boolean isConsolidated() {
        return consolidated;
    }

    /** The key of keyed state: published venue and symbol, escaped, joined by {@code |}. */
    public String key() {
        return key;
    }

    /** Decimals of every price of this instrument, 0 to 18. */
    public int priceScale() {
        return priceScale;
    }

    /** Decimals of every size of this instrument, 0 to 18. */
    public int sizeScale() {
        return sizeScale;
    }

    /** Which of the run's feeds made it; 0 where there is one. */
    public int feed() {
        return feed;
    }

    /** The venue's UTF-8 bytes; the array must not be changed. */
    public byte[] venueUtf8() {
        return venueUtf8;
    }

    /** The symbol's UTF-8 bytes; the array must not be changed. */
    public byte[] symbolUtf8() {
        return symbolUtf8;
    }

    /** The part of a trade's hash that venue and symbol decide. */
    public long identitySeed() {
        return identitySeed;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Instrument that
                && venue.equals(that.venue)
                && symbol.equals(that.symbol)
                && consolidated == that.consolidated
                && priceScale == that.priceScale
                && sizeScale == that.sizeScale
                && feed == that.feed;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return key + " at scales " + priceScale + " and " + sizeScale + (consolidated ? ", venue " + venue : "");
    }
}

package dev.candlewick.core.simulate;

import dev.candlewick.core.model.Instrument;

/**
 * One symbol at one venue of the simulated market.
 *
 * @param instrument venue, symbol and the decimals of what is sent
 * @param symbol ordinal of the symbol over the whole market
 * @param venue ordinal of the venue
 * @param baseTicks the price about which the market moves, in ticks
 * @param tickUnits a tick in units of the last decimal
 * @param spreadTicks half of the usual spread, in ticks; at least 1
 * @param lotUnits the smallest size in units of the last decimal
 * @param weight how much of the trading it has, against the others
 * @param firstId the id of its first trade
 */
record Listing(
        Instrument instrument,
        int symbol,
        int venue,
        long baseTicks,
        int tickUnits,
        long spreadTicks,
        int lotUnits,
        long weight,
        long firstId) {

    private static final String[] NAMES = {
        "BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "ADA/USD", "DOGE/USD", "LTC/USD", "LINK/USD", "ETH/BTC", "XRP/ETH"
    };
    private static final long[] TICKS = {
        6_400_000, 315_000, 148_000, 52_340, 38_170, 12_050, 7_130, 13_420, 49_210, 16_615
    };
    private static final int[] DECIMALS = {2, 2, 3, 5, 5, 5, 2, 3, 6, 8};
    private static final String[] VENUES = {"ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA", "ETA", "THETA"};
    private static final int[] TICK_UNITS = {1, 1, 1, 5, 25};

    /** A symbol's listing at a venue. */
    static Listing of(MarketSettings settings, int symbol, int venue) {
        long mixed = Mix.of(settings.seed() ^ 0x11571, symbol);
        boolean known = symbol < NAMES.length;
        long baseTicks = known ? TICKS[symbol] : 20_000 + Mix.below(mixed, 980_000);
        int decimals = known ? DECIMALS[symbol] : 2 + (int) (mixed & 3);
        int tickUnits = known ? 1 : TICK_UNITS[Mix.below(Mix.of(mixed), TICK_UNITS.length)];
        String name = known ? NAMES[symbol] : letters(symbol) + "/USD";
        int lotUnits = 1;
        for (int i = (int) (mixed >>> 8 & 3); i > 0 && lotUnits < power(settings.sizeDecimals()); i--) {
            lotUnits *= 10;
        }
        return new Listing(
                Instrument.ofVenue(VENUES[venue], name, decimals, settings.sizeDecimals()),
                symbol,
                venue,
                baseTicks,
                tickUnits,
                Math.max(1, baseTicks / 20_000),
                lotUnits,
                (1L << 40) / (symbol + 1) / (venue + 1),
                1 + Mix.below(Mix.of(mixed, venue), 1_000_000_000L));
    }

    /** The name of a venue. */
    static String venueName(int venue) {
        return VENUES[venue];
    }

    private static long power(int decimals) {
        long power = 1;
        for (int i = 0; i < decimals; i++) {
            power *= 10;
        }
        return power;
    }

    /** A made-up name of four letters; another one for each number. */
    private static String letters(int number) {
        char[] name = new char[4];
        int rest = number;
        for (int i = name.length - 1; i >= 0; i--) {
            name[i] = (char) ('A' + rest % 26);
            rest /= 26;
        }
        return new String(name);
    }
}

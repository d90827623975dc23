package dev.candlewick.jobs.operators;

/**
 * The uids of every operator, shared with the savepoint tools; a uid never changes, whatever a class is called.
 */
public final class Uids {
    /** The source; of several, the one with the {@link #DEFAULT_SOURCE default name}. */
    public static final String SOURCE = "trades-source";
    /** The name of the source whose operators have uids without a name. */
    public static final String DEFAULT_SOURCE = "trades";
    /** Place, lateness verdict and disorder, chained to the source. */
    public static final String STAMP = "stamp";
    /** The fused keyed operator: dedup, candles, VWAP. */
    public static final String MARKET_DATA = "market-data";
    /** Counts what is published, chained to the keyed operator. */
    public static final String OUTLET = "outlet";
    /** Balances the double entry. */
    public static final String LEDGER = "ledger";

    /** Finds silent venues. */
    public static final String SILENCE = "silence";

    private Uids() {}

    /** The uid of a source by its name, which outlives adding, removing and reordering other sources. */
    public static String source(String name) {
        return named(SOURCE, name);
    }

    /** The uid of the stamp behind a source. */
    public static String stamp(String name) {
        return named(STAMP, name);
    }

    private static String named(String uid, String name) {
        return name.equals(DEFAULT_SOURCE) ? uid : uid + '-' + name;
    }
}

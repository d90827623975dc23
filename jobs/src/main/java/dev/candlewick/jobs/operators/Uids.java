package dev.candlewick.jobs.operators;

/**
 * The uids of every operator, shared with the savepoint tools; a uid never changes, whatever a class is called.
 */
public final class Uids {
    /** The source. */
    public static final String SOURCE = "trades-source";
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
}

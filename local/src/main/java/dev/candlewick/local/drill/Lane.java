package dev.candlewick.local.drill;

import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import java.util.Locale;

/** One input of a drill, with a topic and a job of its own, and how its outputs are compared. */
enum Lane {
    /** No trade is behind the watermark, so nothing is revised: the same bytes, revision 0 included. */
    EXACT(FaultRates.DEFAULT
            .with(FaultKind.LATE, 0)
            .with(FaultKind.DUPLICATE_FAR, 0)
            .with(FaultKind.CLOCK_SKEW, 0)),

    /** All faults, late trades among them: how many revisions there are depends on timing, the last one does not. */
    LATE(FaultRates.DEFAULT);

    /** Partitions of each topic of trades, and sequences of the market. */
    static final int PARTITIONS = 2;

    private static final int SYMBOLS = 4;
    private static final int VENUES = 2;
    /** Few, so that minutes of event time pass between two kills and the longest candles close too. */
    private static final int MESSAGES_PER_SECOND = 10;

    private final FaultRates faults;

    Lane(FaultRates faults) {
        this.faults = faults;
    }

    /** The name in topics, options and tables. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The topic of its trades. */
    String topic() {
        return "trades." + label();
    }

    /** Whether only last revisions are compared. */
    boolean lastRevisions() {
        return this == LATE;
    }

    /** Its market, a function of the seed. */
    MarketSimulator market(long seed) {
        return new MarketSimulator(
                MarketSettings.of(seed * 2 + ordinal())
                        .withPartitions(PARTITIONS)
                        .withInstruments(SYMBOLS, VENUES)
                        .withFirehose(false)
                        .withMessagesPerSecond(MESSAGES_PER_SECOND),
                faults,
                Horizon.DEFAULT);
    }
}

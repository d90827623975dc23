package dev.candlewick.testkit.oracle;

import java.math.BigDecimal;

/**
 * An accepted payload whose id was also used by another accepted payload near in time and not in a later finest
 * window: the candle that holds this payload carries the flag.
 *
 * @param venue the trade's own venue, also in consolidated scope
 * @param symbol the symbol
 * @param id the id that both carry, as text
 * @param eventTimeNanos event time of the flagged payload
 * @param price price of the flagged payload, without trailing zeros
 * @param size size of the flagged payload, without trailing zeros
 * @param windowStartNanos start of the finest window of the flagged payload
 * @param others number of other payloads that this one is in conflict with, at least 1
 */
public record OracleIdConflict(
        String venue,
        String symbol,
        String id,
        long eventTimeNanos,
        BigDecimal price,
        BigDecimal size,
        long windowStartNanos,
        int others) {}

package dev.candlewick.connectors.lake;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * One instrument and UTC day; immutable. Decimals have at most the decimals of the lake version.
 *
 * @param startNanos first nanosecond of the day
 * @param vwap null where the volume is 0
 * @param rejects rejected messages that name the instrument
 * @param gaps events of all three classes of gaps
 * @param late trades that were late, whether they count or not
 */
public record DailyRow(
        String venue,
        String symbol,
        long startNanos,
        BigDecimal first,
        BigDecimal last,
        BigDecimal high,
        BigDecimal low,
        BigDecimal volume,
        BigDecimal notional,
        @Nullable BigDecimal vwap,
        long trades,
        long rejects,
        long gaps,
        long late,
        String profile) {}

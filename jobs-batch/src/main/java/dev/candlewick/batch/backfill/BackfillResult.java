package dev.candlewick.batch.backfill;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.core.ledger.LedgerRow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a backfill ended; immutable.
 *
 * @param days what became of each day, in their order
 * @param published the new version; null where there was nothing to publish
 * @param ledger the lines of the double entry over the days that were made, lead-in and lead-out included
 * @param read trades that the jobs read, lead-in and lead-out included
 * @param duration of the jobs, without publication
 */
public record BackfillResult(
        List<DayResult> days, @Nullable LakeCatalog published, List<LedgerRow> ledger, long read, Duration duration) {
    /** Copies the lists. */
    public BackfillResult {
        days = List.copyOf(days);
        ledger = List.copyOf(ledger);
    }

    /** How many days ended so. */
    public long count(DayResult.State state) {
        return days.stream().filter(day -> day.state() == state).count();
    }

    /** Whether everything that was asked for stands now. */
    public boolean isWhole() {
        return days.stream()
                .allMatch(day -> day.state() != DayResult.State.FAILED
                        && day.failedSymbols().isEmpty());
    }
}

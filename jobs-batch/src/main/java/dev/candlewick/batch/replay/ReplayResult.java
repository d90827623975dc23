package dev.candlewick.batch.replay;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How a bounded run ended; immutable.
 *
 * @param lake the published version
 * @param ledger the lines of the double entry
 * @param counts rows published and messages rejected by reason, by name
 * @param duration of the job, without publication
 */
public record ReplayResult(LakeCatalog lake, List<LedgerRow> ledger, Map<String, Long> counts, Duration duration) {
    /** Sum of the magnitudes of all residuals; zero where nothing was lost or made. */
    public long residual() {
        return Ledger.residual(ledger);
    }

    /** Messages read. */
    public long read() {
        return ledger.stream().mapToLong(LedgerRow::read).sum();
    }
}

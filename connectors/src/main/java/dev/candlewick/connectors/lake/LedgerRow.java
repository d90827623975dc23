package dev.candlewick.connectors.lake;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of the double entry (design 4.10); a term that does not apply to its scope is null.
 *
 * @param scope {@code partition}, {@code interval} or {@code total}
 * @param readPartition the partition as read, for example {@code trades/3} or a relative path
 * @param interval the interval's name
 * @param read messages read
 * @param filtered messages that are not about trades
 * @param rejected messages that broke a rule
 * @param duplicate further copies
 * @param late trades turned away as late
 * @param accepted trades that count
 * @param published trades of the last revision of closed candles
 * @param open trades in open candles
 * @param residual what does not add up; 0 at every cut
 */
public record LedgerRow(
        String scope,
        @Nullable String readPartition,
        @Nullable String interval,
        @Nullable Long read,
        @Nullable Long filtered,
        @Nullable Long rejected,
        @Nullable Long duplicate,
        @Nullable Long late,
        @Nullable Long accepted,
        @Nullable Long published,
        @Nullable Long open,
        @Nullable Long residual) {
    /** The lines of a job, in its order. */
    public static List<LedgerRow> of(List<dev.candlewick.core.ledger.LedgerRow> lines) {
        return lines.stream().map(LedgerRow::of).toList();
    }

    private static LedgerRow of(dev.candlewick.core.ledger.LedgerRow line) {
        boolean partition = line.scope().equals(dev.candlewick.core.ledger.LedgerRow.PARTITION);
        return new LedgerRow(
                line.scope(),
                partition ? line.readPartition() : null,
                partition ? null : line.interval(),
                partition ? line.read() : null,
                partition ? line.filtered() : null,
                partition ? line.rejected() : null,
                partition ? line.duplicate() : null,
                partition ? line.late() : null,
                line.accepted(),
                partition ? null : line.published(),
                partition ? null : line.open(),
                line.residual());
    }
}

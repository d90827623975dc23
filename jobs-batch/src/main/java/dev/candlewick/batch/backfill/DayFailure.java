package dev.candlewick.batch.backfill;

import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.WideValueException;
import dev.candlewick.core.candle.SumOverflowException;
import org.jspecify.annotations.Nullable;

/** What a failure of a day's job says: kind, one line, and whose fault it is as far as it can be told. */
record DayFailure(
        DayResult.Failure kind, String reason, @Nullable String symbol, String everything) {

    static DayFailure of(Exception failure) {
        StringBuilder everything = new StringBuilder();
        LakeException lake = null;
        String symbol = null;
        Throwable own = null;
        Throwable root = failure;
        for (Throwable t = failure; t != null; t = t.getCause()) {
            everything.append(t.getMessage()).append('\n');
            root = t;
            if (t instanceof LakeException found && lake == null) {
                lake = found;
            }
            if (t instanceof SumOverflowException found && found.symbol() != null) {
                symbol = found.symbol();
                own = t;
            }
            if (t instanceof WideValueException found && found.symbol() != null) {
                symbol = found.symbol();
                own = t;
            }
        }
        String reason;
        if (lake != null) {
            reason = String.valueOf(lake.getMessage());
        } else if (own != null) {
            reason = String.valueOf(own.getMessage());
        } else {
            String text = String.valueOf(root.getMessage());
            reason = text.startsWith(root.getClass().getName())
                    ? text
                    : root.getClass().getSimpleName() + ": " + text;
        }
        boolean data = lake != null && lake.kind() == LakeException.Kind.MISMATCH;
        return new DayFailure(
                data ? DayResult.Failure.DATA : DayResult.Failure.JOB,
                reason.lines().findFirst().orElse(reason),
                symbol,
                everything.toString());
    }
}

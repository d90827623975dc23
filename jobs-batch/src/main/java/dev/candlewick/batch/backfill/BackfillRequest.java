package dev.candlewick.batch.backfill;

import java.nio.file.Path;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * What to make again; immutable.
 *
 * @param lake where the trades are: {@code P}, or {@code P@version}
 * @param output the lake to publish in; null for the one that is read
 * @param from first UTC day
 * @param to last UTC day, inclusive
 * @param fresh whether what stands already is made again, and nothing resumed
 */
public record BackfillRequest(String lake, @Nullable Path output, LocalDate from, LocalDate to, boolean fresh) {
    /** Checks the days. */
    public BackfillRequest {
        if (to.isBefore(from)) {
            throw new IllegalArgumentException(
                    "days must begin before they end, was --from " + from + " --to " + to + " (--to is inclusive)");
        }
    }
}

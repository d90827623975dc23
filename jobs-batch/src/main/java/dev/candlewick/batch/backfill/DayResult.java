package dev.candlewick.batch.backfill;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a day; immutable.
 *
 * @param day the UTC day
 * @param state how it ended
 * @param rows rows of all tables that were made of it
 * @param trades stored trades of the day
 * @param duration of its job; zero where none ran
 * @param failure what kind of failure it was; null unless it failed
 * @param reason what there is to say, null for nothing
 * @param failedSymbols symbols that the day was made without, because it could not be made with them
 */
public record DayResult(
        LocalDate day,
        State state,
        long rows,
        long trades,
        Duration duration,
        @Nullable Failure failure,
        @Nullable String reason,
        List<String> failedSymbols) {
    /** Copies the list. */
    public DayResult {
        failedSymbols = List.copyOf(failedSymbols);
    }

    /** How a day ended. */
    public enum State {
        /** Made and published. */
        DONE,
        /** Not made: it stands already, or there is nothing to make it of. */
        SKIPPED,
        /** Could not be made; what was published before stays. */
        FAILED
    }

    /** Kinds of failures. */
    public enum Failure {
        /** The stored data is not what it must be. */
        DATA,
        /** The job. */
        JOB
    }

    /** Stored trades of the day in a second; 0 where no job ran. */
    public long tradesPerSecond() {
        long millis = duration.toMillis();
        return millis <= 0 ? 0 : trades * 1_000 / millis;
    }
}

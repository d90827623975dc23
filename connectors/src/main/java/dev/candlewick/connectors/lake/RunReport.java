package dev.candlewick.connectors.lake;

import java.util.List;
import java.util.Map;

/**
 * What a run tells about itself in {@code run.json}; immutable.
 *
 * @param versions versions of the program and of what it runs on, by name
 * @param configuration the resolved configuration, by option
 * @param sources names of the sources by their ordinal
 * @param counts totals, by name
 * @param ledger the double entry
 * @param expectedRows rows that the job says it has sent to a table; publication fails where the files hold another
 *     number. Tables that are not named are not checked
 */
public record RunReport(
        Map<String, String> versions,
        Map<String, String> configuration,
        List<String> sources,
        Map<String, Long> counts,
        List<LedgerRow> ledger,
        Map<LakeTable, Long> expectedRows) {

    /** Copies the collections. */
    public RunReport {
        versions = Map.copyOf(versions);
        configuration = Map.copyOf(configuration);
        sources = List.copyOf(sources);
        counts = Map.copyOf(counts);
        ledger = List.copyOf(ledger);
        expectedRows = Map.copyOf(expectedRows);
    }
}

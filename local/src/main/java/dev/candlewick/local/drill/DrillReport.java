package dev.candlewick.local.drill;

import java.util.List;
import java.util.Map;

/**
 * What a drill has done and found.
 *
 * @param disturbances in their order
 * @param findings all outputs of all lanes
 * @param residuals of the double entry at the end, by lane; 0 unless records were lost or made between two stages
 * @param messages how many were sent, by lane
 * @param seconds that the drill took
 */
record DrillReport(
        List<Disturbance> disturbances,
        List<Finding> findings,
        Map<String, Long> residuals,
        Map<String, Long> messages,
        long seconds) {
    DrillReport {
        disturbances = List.copyOf(disturbances);
        findings = List.copyOf(findings);
        residuals = Map.copyOf(residuals);
        messages = Map.copyOf(messages);
    }

    /** Everything that is not as it must be. */
    long differences() {
        return findings.stream().mapToLong(Finding::differences).sum()
                + residuals.values().stream().mapToLong(Math::abs).sum();
    }
}

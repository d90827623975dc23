package dev.candlewick.local.drill;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of one alert in its drill.
 *
 * @param alert the rule
 * @param severity {@code page} or {@code ticket}
 * @param fault what was done
 * @param fireMillis from the beginning of the fault until Prometheus said {@code firing}; null where it never did
 * @param healMillis from the first command of the runbook until Prometheus knew no such alert; null where it still did
 * @param healthy whether the job ran, completed a checkpoint and had a residual of 0 afterwards; true where it was not
 *     touched
 * @param problem what went wrong beside that, empty for nothing
 */
record AlertResult(
        String alert,
        String severity,
        String fault,
        @Nullable Long fireMillis,
        @Nullable Long healMillis,
        boolean healthy,
        String problem) {
    /** Whether all was as it must be. */
    boolean passed() {
        return fireMillis != null && healMillis != null && healthy && problem.isEmpty();
    }

    /** As a line of JSON says it. */
    Map<String, Object> fields(int factor, List<String> commands) {
        Map<String, Object> fields = new java.util.LinkedHashMap<>();
        fields.put("alert", alert);
        fields.put("severity", severity);
        fields.put("fault", fault);
        fields.put("seconds_to_fire", seconds(fireMillis));
        fields.put("seconds_to_heal", seconds(healMillis));
        fields.put("factor", factor);
        fields.put("healthy", healthy);
        fields.put("problem", problem);
        fields.put("runbook_commands", commands);
        return fields;
    }

    /** Seconds with one decimal, null for null. */
    static @Nullable String seconds(@Nullable Long millis) {
        return millis == null ? null : millis / 1_000 + "." + millis % 1_000 / 100;
    }
}

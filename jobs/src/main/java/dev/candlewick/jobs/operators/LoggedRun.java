package dev.candlewick.jobs.operators;

import dev.candlewick.core.metric.LogField;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.slf4j.MDC;

/**
 * Says in every line of a task's log which run it belongs to, see {@link LogField#RUN}.
 *
 * <p>The name is a global job parameter: whoever has only Flink's id of a job finds the run in the job's configuration.
 */
public final class LoggedRun {
    private LoggedRun() {}

    /** Global parameters of a job with the name of its run. */
    public static Map<String, String> in(Map<String, String> parameters, String run) {
        Map<String, String> named = new LinkedHashMap<>(parameters);
        named.put(LogField.RUN.key(), run);
        return named;
    }

    /** Marks the thread of a task, which works for one job as long as it lives; nothing where the job names no run. */
    static void enter(RuntimeContext context) {
        String run = context.getGlobalJobParameters().get(LogField.RUN.key());
        if (run != null) {
            MDC.put(LogField.RUN.key(), run);
        }
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.metric.JobMetric;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;

/**
 * Registers the metrics of {@link JobMetric} in their groups: labels outside, so that every name ends in the group and the
 * metric's own name.
 *
 * <p>The threads that read metrics are not the task's: what a supplier reads must bear that.
 */
final class Metrics {
    private final MetricGroup operator;

    /** Metrics of one operator. */
    Metrics(MetricGroup operator) {
        this.operator = operator;
    }

    void gauge(JobMetric metric, LongSupplier value, String... labels) {
        group(metric, labels).gauge(metric.metricName(), (Gauge<Long>) value::getAsLong);
    }

    void histogram(JobMetric metric, Histogram histogram) {
        group(metric).histogram(metric.metricName(), histogram);
    }

    private MetricGroup group(JobMetric metric, String... values) {
        List<JobMetric.Label> labels = metric.labels();
        if (labels.size() != values.length) {
            throw new IllegalArgumentException(
                    metric + " must have a value for each of its labels " + labels + ", was " + List.of(values));
        }
        MetricGroup group = operator;
        for (int i = 0; i < values.length; i++) {
            group = group.addGroup(labels.get(i).labelName(), values[i]);
        }
        return group.addGroup(JobMetric.GROUP);
    }
}

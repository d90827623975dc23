package dev.candlewick.benchmarks.run;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.jspecify.annotations.Nullable;

/**
 * Runs the clock of a Flink job by the job's own metrics, so that nothing is added to the job that is measured.
 *
 * <p>The clock starts when the sources have read the records of the warm-up (one record if there is none), so neither the
 * start of the JVM, of Flink and of the job nor the first connection nor most of the compilation is measured; only the
 * records read later count. It stops when every subtask of the sink named {@value #SINK} has received a watermark
 * behind the last trade of every partition (a marker record at the end of each closes all windows): then all trades are
 * processed and every candle has reached the sink. Metrics are read every {@value #POLL_MILLIS} ms, and watermarks are
 * sent every 200 ms, so a measured time may be too long by that, and is never too short. The sources must have read
 * exactly the records that the topic holds.
 *
 * <p>Flink makes the instance; threads of Flink register metrics while the clock's own thread reads them.
 */
public final class JobClock implements MetricReporter {
    /** Name of the sink of final results in every measured job. */
    public static final String SINK = "final-topics";

    private static final long POLL_MILLIS = 5;
    private static final String OPERATOR = "<operator_name>";
    private static final String SUBTASK = "<subtask_index>";

    private final Map<String, Counter> read = new ConcurrentHashMap<>();
    private final Map<String, Gauge<?>> watermarks = new ConcurrentHashMap<>();
    private volatile @Nullable Gauge<?> checkpointBytes;
    private final ScheduledExecutorService poller = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "bench-clock");
        thread.setDaemon(true);
        return thread;
    });

    /** Makes the clock where a job's configuration asks for it. */
    public static final class Factory implements MetricReporterFactory {
        /** For the service loader. */
        public Factory() {}

        @Override
        public MetricReporter createMetricReporter(Properties properties) {
            return new JobClock();
        }
    }

    /** Makes a job's cluster run the clock. */
    public static void addTo(Configuration flink) {
        flink.set(
                ConfigOptions.key("metrics.reporter.bench.factory.class")
                        .stringType()
                        .noDefaultValue(),
                Factory.class.getName());
    }

    @Override
    public void open(MetricConfig config) {
        poller.scheduleWithFixedDelay(this::poll, POLL_MILLIS, POLL_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        poller.shutdownNow();
    }

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        if (name.equals("lastCheckpointFullSize") && metric instanceof Gauge<?> gauge) {
            checkpointBytes = gauge;
            return;
        }
        String operator = group.getAllVariables().get(OPERATOR);
        String subtask = group.getAllVariables().get(SUBTASK);
        if (operator == null || subtask == null) {
            return;
        }
        if (name.equals("numRecordsIn") && operator.startsWith("Source: ") && metric instanceof Counter counter) {
            read.put(subtask, counter);
        } else if (name.equals("currentInputWatermark")
                && operator.equals(SINK + ": Writer")
                && metric instanceof Gauge<?> gauge) {
            watermarks.put(subtask, gauge);
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
        // A job that ends before the clock stops has failed, and the run with it.
    }

    private void poll() {
        RunRequest request = RunClock.asked();
        long records = 0;
        for (Counter counter : read.values()) {
            records += counter.getCount();
        }
        RunClock.read(records);
        Gauge<?> bytes = checkpointBytes;
        if (bytes != null && bytes.getValue() instanceof Long size) {
            RunClock.checkpointed(size);
        }
        if (records == request.records() && watermarks.size() == request.parallelism()) {
            for (Gauge<?> gauge : watermarks.values()) {
                if (!(gauge.getValue() instanceof Long millis) || millis < request.endWatermarkMillis()) {
                    return;
                }
            }
            RunClock.processedAll();
        }
    }
}

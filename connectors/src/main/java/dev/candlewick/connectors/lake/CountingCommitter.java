package dev.candlewick.connectors.lake;

import dev.candlewick.core.metric.JobMetric;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.file.sink.FileSinkCommittable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** Commits the files of a table as another committer does, and tells how many and when; task thread only. */
final class CountingCommitter implements Committer<FileSinkCommittable> {
    private final Committer<FileSinkCommittable> delegate;
    private final Counter files;
    private volatile long lastCommitMillis;

    CountingCommitter(Committer<FileSinkCommittable> delegate, MetricGroup operator) {
        this.delegate = delegate;
        MetricGroup group = operator.addGroup(JobMetric.GROUP);
        files = group.counter(JobMetric.LAKE_FILES.metricName());
        group.gauge(JobMetric.LAKE_LAST_COMMIT_MILLIS.metricName(), (Gauge<Long>) () -> lastCommitMillis);
    }

    @Override
    public void commit(Collection<CommitRequest<FileSinkCommittable>> requests)
            throws IOException, InterruptedException {
        delegate.commit(requests);
        if (!requests.isEmpty()) {
            files.inc(requests.stream()
                    .filter(request -> request.getCommittable().hasPendingFile())
                    .count());
            lastCommitMillis = System.currentTimeMillis();
        }
    }

    @Override
    public void close() throws Exception {
        delegate.close();
    }
}

package dev.candlewick.connectors.kafka.sink;

import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.metric.LogField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Commits through Flink's committer and gives a verdict on each transaction that it could not commit: a real loss is
 * loud, a false alarm is not.
 *
 * <p>The argument. (1) Flink's committer signals "failed with known reason" where the broker says that the producer is
 * fenced, the transaction's state is invalid or the id is unknown; the job stays green. (2) With transaction protocol 2
 * the broker answers "fenced" also when a transaction is committed that had been committed before, which happens at
 * every restore that lies behind a finished commit (failure modes 4.3). (3) Transactional ids are never reused before
 * the broker forgets them (naming strategy INCREMENTING), so the state that the broker tells for an id belongs to this
 * very transaction. Hence: CompleteCommit (or PrepareCommit) means that nothing is lost; CompleteAbort or an unknown id
 * means that its records are gone for good and have to be healed. Any other state is told as it is and counted as lost,
 * because silence is worse than an alarm.
 */
final class JudgingCommitter implements Committer<KafkaCommittable> {
    private static final Logger LOG = LoggerFactory.getLogger(JudgingCommitter.class);

    private final Committer<KafkaCommittable> delegate;
    private final Properties adminConfig;
    private final String operator;
    private final Counter lost;
    private final Counter committedBefore;
    private @Nullable Admin admin;

    JudgingCommitter(Committer<KafkaCommittable> delegate, Properties adminConfig, CommitterInitContext context) {
        this.delegate = delegate;
        this.adminConfig = adminConfig;
        operator = context.metricGroup().getAllVariables().getOrDefault(LogField.OPERATOR_LABEL, "");
        MetricGroup group = context.metricGroup().addGroup(JobMetric.GROUP);
        this.lost = group.counter(JobMetric.LOST_TRANSACTIONS.metricName());
        this.committedBefore = group.counter(JobMetric.COMMITTED_BEFORE.metricName());
    }

    @Override
    public void commit(Collection<CommitRequest<KafkaCommittable>> requests) throws IOException, InterruptedException {
        List<CommitRequest<KafkaCommittable>> judged = new ArrayList<>(requests.size());
        for (CommitRequest<KafkaCommittable> request : requests) {
            judged.add(new JudgedRequest(request));
        }
        delegate.commit(judged);
    }

    private void judge(CommitRequest<KafkaCommittable> request, Throwable reason) {
        String id = request.getCommittable().getTransactionalId();
        String state = stateOf(id);
        try (MDC.MDCCloseable line = MDC.putCloseable(LogField.OPERATOR.key(), operator)) {
            tell(request, reason, id, state);
        }
    }

    private void tell(CommitRequest<KafkaCommittable> request, Throwable reason, String id, String state) {
        switch (state) {
            case "CompleteCommit", "PrepareCommit" -> {
                committedBefore.inc();
                TransactionVerdicts.countCommittedBefore();
                LOG.info("transaction {} had been committed before the restore ({}); nothing is lost", id, state);
                request.signalAlreadyCommitted();
            }
            default -> {
                lost.inc();
                TransactionVerdicts.countLost();
                LOG.error(
                        "LOST TRANSACTION: a restored transaction must be committed, was {} ({}): the candles of its"
                                + " checkpoint are missing in the topics although the job goes on. Fix: republish them"
                                + " from the archive (heal), and keep the transaction timeout above the longest stop"
                                + " (transactional id={})",
                        state,
                        reason.getClass().getSimpleName(),
                        id);
                request.signalFailedWithKnownReason(reason);
            }
        }
    }

    private String stateOf(String id) {
        try {
            if (admin == null) {
                admin = Admin.create(adminConfig);
            }
            TransactionDescription description =
                    admin.describeTransactions(List.of(id)).description(id).get();
            return description.state().toString();
        } catch (ExecutionException e) {
            return e.getCause() instanceof TransactionalIdNotFoundException
                    ? "unknown to the broker"
                    : "not told by the broker: " + e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "not told: interrupted";
        }
    }

    @Override
    public void close() throws Exception {
        try {
            delegate.close();
        } finally {
            if (admin != null) {
                admin.close();
            }
        }
    }

    /** Passes everything on but the one signal that needs a verdict. */
    private final class JudgedRequest implements CommitRequest<KafkaCommittable> {
        private final CommitRequest<KafkaCommittable> request;

        JudgedRequest(CommitRequest<KafkaCommittable> request) {
            this.request = request;
        }

        @Override
        public KafkaCommittable getCommittable() {
            return request.getCommittable();
        }

        @Override
        public int getNumberOfRetries() {
            return request.getNumberOfRetries();
        }

        @Override
        public void signalFailedWithKnownReason(Throwable reason) {
            judge(request, reason);
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable reason) {
            request.signalFailedWithUnknownReason(reason);
        }

        @Override
        public void retryLater() {
            request.retryLater();
        }

        @Override
        public void updateAndRetryLater(KafkaCommittable committable) {
            request.updateAndRetryLater(committable);
        }

        @Override
        public void signalAlreadyCommitted() {
            request.signalAlreadyCommitted();
        }
    }
}

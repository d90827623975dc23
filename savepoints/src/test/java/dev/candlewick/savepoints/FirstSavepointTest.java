package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A savepoint of a job whose last task opens only after the savepoint was asked for. */
final class FirstSavepointTest {
    private static final Map<String, CountDownLatch> DOORS = new ConcurrentHashMap<>();

    @TempDir
    private Path directory;

    /** A task that does not run before its door is opened, and then perhaps fails. */
    private static final class Late extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        private final String door;
        private final boolean failing;

        Late(String door, boolean failing) {
            this.door = door;
            this.failing = failing;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            DOORS.get(door).await();
            if (failing) {
                throw new IllegalStateException("this task never runs");
            }
        }

        @Override
        public Long map(Long value) {
            return value;
        }
    }

    private static JobClient start(String door, boolean failing) throws Exception {
        DOORS.put(door, new CountDownLatch(1));
        Configuration configuration = new Configuration();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(1);
        environment
                .fromSequence(0, Long.MAX_VALUE)
                .disableChaining()
                .map(new Late(door, failing))
                .sinkTo(new DiscardingSink<>());
        return environment.executeAsync();
    }

    /** Opens the door with the second attempt, so that the first one comes too early. */
    private String stopped(JobClient job, String door, AtomicInteger attempts) throws Exception {
        return FirstSavepoint.take(job, () -> {
            if (attempts.incrementAndGet() > 1) {
                DOORS.get(door).countDown();
            }
            return job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL);
        });
    }

    @Test
    void aSavepointWaitsForTheLastTask() throws Exception {
        JobClient job = start("slow", false);
        AtomicInteger attempts = new AtomicInteger();

        String savepoint = stopped(job, "slow", attempts);

        assertThat(attempts).hasValueGreaterThan(1);
        assertThat(Savepoint.open(savepoint).checkpointId()).isPositive();
        job.getJobExecutionResult().get();
    }

    @Test
    void aJobWhoseLastTaskFailsIsNotWaitedFor() throws Exception {
        JobClient job = start("failing", true);

        // The cluster of such an environment ends with its job, and answers nobody then.
        assertThatThrownBy(() -> stopped(job, "failing", new AtomicInteger()))
                .isInstanceOfAny(ExecutionException.class, IllegalStateException.class);

        assertThat(directory).isEmptyDirectory();
        assertThatThrownBy(() -> job.getJobExecutionResult().get()).hasStackTraceContaining("this task never runs");
    }
}

package dev.candlewick.local.drill;

import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.JobManagerApi;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets Flink's adaptive scheduler rescale the running jobs: a TaskManager comes, one is killed, and what a job asks for is
 * changed through REST, in turn. No job is stopped or submitted again.
 */
final class RescaleDrill extends Drill {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int PARALLELISM = 2;
    /** Of the TaskManager that comes and goes; the cluster itself has two. */
    private static final int FURTHER = 3;

    private final Map<Lane, Map<String, Integer>> asked = new EnumMap<>(Lane.class);
    private @Nullable ProcessMark further;

    RescaleDrill(Options options, Consumer<String> notes) {
        super(options, notes);
    }

    @Override
    protected int slots() {
        return options.lanes().size();
    }

    @Override
    protected int parallelism() {
        return PARALLELISM;
    }

    @Override
    protected Map<String, String> clusterSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("jobmanager.scheduler", "adaptive");
        // What is right for a cluster that grows by hand is long for a drill: a minute, half a minute, ten seconds.
        settings.put("jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout", "500 ms");
        settings.put("jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling", "0 s");
        settings.put("jobmanager.adaptive-scheduler.submission.resource-stabilization-timeout", "2 s");
        return settings;
    }

    @Override
    protected Done disturb(int number) throws Exception {
        long start = System.nanoTime();
        return switch ((number - 1) % 4) {
            case 0 -> {
                ask(PARALLELISM + 1);
                further = cluster.addTaskManager(FURTHER);
                awaitParallelism(PARALLELISM + 1);
                yield new Done("added a TaskManager: parallelism 3", "while trades flow", start);
            }
            case 1 -> {
                kill();
                awaitParallelism(PARALLELISM);
                yield new Done("killed that TaskManager: parallelism 2", "while trades flow", start);
            }
            case 2 -> {
                ask(1);
                awaitParallelism(1);
                yield new Done("asked for parallelism 1", "while trades flow", start);
            }
            default -> {
                ask(PARALLELISM);
                awaitParallelism(PARALLELISM);
                yield new Done("asked for parallelism 2", "while trades flow", start);
            }
        };
    }

    /** Changes what the jobs ask for; operators that must run once are left as they are. */
    private void ask(int parallelism) throws Exception {
        for (Map.Entry<Lane, String> job : jobs.entrySet()) {
            Map<String, Integer> first = asked.get(job.getKey());
            if (first == null) {
                first = api().resourceRequirements(job.getValue());
                asked.put(job.getKey(), first);
            }
            Map<String, Integer> wanted = new LinkedHashMap<>(first);
            wanted.replaceAll((vertex, most) -> most == 1 ? 1 : parallelism);
            api().setResourceRequirements(job.getValue(), wanted);
        }
    }

    private void awaitParallelism(int parallelism) {
        await(
                "parallelism " + parallelism,
                LIMIT,
                () -> jobs.values().stream()
                        .allMatch(job -> api().parallelism(job).values().stream()
                                                .mapToInt(Integer::intValue)
                                                .max()
                                                .orElse(0)
                                        == parallelism
                                && api().job(job)
                                        .filter(JobManagerApi.Job::runs)
                                        .isPresent()));
    }

    private void kill() {
        ProcessMark mark = Objects.requireNonNull(further);
        mark.find().ifPresent(ProcessHandle::destroyForcibly);
        if (!mark.awaitEnd(LIMIT)) {
            throw new IllegalStateException("process " + mark.pid() + " must be dead, was not");
        }
        further = null;
    }

    @Override
    public void close() {
        try {
            if (further != null) {
                kill();
            }
        } finally {
            super.close();
        }
    }
}

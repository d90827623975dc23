package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stops the jobs with a savepoint and starts them from it with another parallelism, 1 to 4 in turn. */
final class RestartDrill extends Drill {
    private static final Pattern PATH = Pattern.compile("Savepoint completed\\. Path: (\\S+)");
    private static final int PARALLELISM_MAX = 4;

    RestartDrill(Options options, Consumer<String> notes) {
        super(options, notes);
    }

    @Override
    protected int slots() {
        return options.lanes().size() * PARALLELISM_MAX / 2;
    }

    @Override
    protected int parallelism() {
        return 2;
    }

    @Override
    protected Done disturb(int number) throws Exception {
        long start = System.nanoTime();
        int parallelism = 1 + (random.nextInt(PARALLELISM_MAX) + number) % PARALLELISM_MAX;
        for (Map.Entry<Lane, String> job : jobs.entrySet()) {
            flink(List.of("stop", job.getValue()));
            Matcher path = PATH.matcher(lastOutput);
            if (!path.find()) {
                throw CommandFailure.jobFailed(
                        "flink stop must tell the savepoint, said: " + lastOutput, null, null, null);
            }
            job.setValue(submit(job.getKey(), "disturbed", parallelism, "never", path.group(1)));
        }
        return new Done(
                "stopped with a savepoint, started with parallelism " + parallelism, "while trades flow", start);
    }
}

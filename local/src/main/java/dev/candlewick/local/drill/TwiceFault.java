package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cluster.FlinkCommandLine;
import dev.candlewick.local.cluster.JobManagerApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts the jobs a second time while they run: with the same topics, group and lake, by turns without state and from the
 * newest checkpoint. The second one must be refused, or end by itself, and say why; the first one must go on.
 */
final class TwiceFault implements Fault {
    private static final Duration END_LIMIT = Duration.ofMinutes(2);
    private static final String REASON = "a transactional id prefix must belong to one job";
    private int done;

    @Override
    public int slots(int lanes) {
        // A second job that only waits for slots proves nothing.
        return 2 * lanes;
    }

    @Override
    public Drill.Done disturb(Drill drill, int number) throws Exception {
        long start = System.nanoTime();
        boolean fromCheckpoint = ++done % 2 == 0;
        List<String> ends = new ArrayList<>();
        for (Map.Entry<Lane, String> job : drill.jobs().entrySet()) {
            List<String> arguments = new ArrayList<>(List.of("run", "-d"));
            if (fromCheckpoint) {
                arguments.add("-s");
                arguments.add(drill.cluster()
                        .newestCheckpoint(job.getValue())
                        .orElseThrow()
                        .toUri()
                        .toString());
            }
            arguments.addAll(drill.job(job.getKey(), Drill.DISTURBED, 2, "never"));
            ends.add(second(drill, arguments));
        }
        return new Drill.Done(
                "started the job twice, " + (fromCheckpoint ? "from a checkpoint" : "without state"),
                "started every job a second time, " + (fromCheckpoint ? "from its newest checkpoint" : "without state"),
                "the second one was "
                        + String.join(", ", ends.stream().distinct().toList()),
                start);
    }

    /** Starts a second job and tells how it ended. */
    private static String second(Drill drill, List<String> arguments) throws Exception {
        long errorsBefore = size(drill);
        FlinkCommandLine.Result result = drill.tryFlink(arguments);
        String id = result.jobId();
        if (id == null) {
            byte[] errors = Files.readAllBytes(drill.flinkErrors());
            String said = drill.lastOutput()
                    + new String(
                            errors, (int) errorsBefore, (int) (errors.length - errorsBefore), StandardCharsets.UTF_8);
            if (!said.contains(REASON)) {
                throw CommandFailure.dataMismatch(
                        "a second start must be refused with its reason, was refused with: "
                                + said.substring(0, Math.min(2_000, said.length())),
                        drill.flinkErrors().toString(),
                        null);
            }
            return "refused";
        }
        boolean[] over = {false};
        try {
            drill.await(
                    "the end of the second job",
                    END_LIMIT,
                    () -> over[0] |= drill.api()
                            .job(id)
                            .filter(JobManagerApi.Job::isOver)
                            .isPresent());
        } finally {
            if (!over[0]) {
                drill.tryFlink(List.of("cancel", id));
            }
        }
        String why = drill.api().failure(id).orElse("");
        if (!why.contains(REASON)) {
            throw CommandFailure.dataMismatch(
                    "a second job must end with its reason, ended with: " + why, id, "read cluster/logs");
        }
        return "fenced";
    }

    private static long size(Drill drill) throws IOException {
        return Files.exists(drill.flinkErrors()) ? Files.size(drill.flinkErrors()) : 0;
    }
}

package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.JobManagerApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Stops a TaskManager that has tasks with SIGSTOP, and lets it go on with SIGCONT: a zombie, whose tasks run elsewhere by
 * then and whose own writes must reach no reader.
 */
final class HangFault implements Fault {
    private static final Pattern RESOURCE = Pattern.compile("Starting TaskManager with ResourceID: (\\S+)");
    private static final Duration FIND_LIMIT = Duration.ofSeconds(60);
    private static final Duration RETURN_LIMIT = Duration.ofMinutes(2);

    private final Duration length;
    private final Duration heartbeatTimeout;

    /**
     * Hangs.
     *
     * @param length of the stop
     * @param heartbeatTimeout of the cluster: a stop that is longer must move the tasks to the other TaskManager
     */
    HangFault(Duration length, Duration heartbeatTimeout) {
        this.length = length;
        this.heartbeatTimeout = heartbeatTimeout;
    }

    @Override
    public Map<String, String> settings() {
        long millis = heartbeatTimeout.toMillis();
        return Map.of("heartbeat.timeout", Long.toString(millis), "heartbeat.interval", Long.toString(millis / 5));
    }

    @Override
    public int slots(int lanes) {
        // The other TaskManager must be able to take everything over.
        return 2 * lanes;
    }

    @Override
    public Drill.Done disturb(Drill drill, int number) throws Exception {
        ClusterState.Member victim = victim(drill);
        long pid = victim.mark().pid();
        long start = System.nanoTime();
        long startMillis = System.currentTimeMillis();
        signal("-STOP", victim.mark());
        boolean moved;
        try {
            // Its pipes are full of what it was told when it stopped; what it wrote before comes out when it goes on.
            drill.await(
                    "the end of a stop of " + length.toSeconds() + " s",
                    length.plus(FIND_LIMIT),
                    () -> System.nanoTime() - start > length.toNanos());
            if (length.compareTo(heartbeatTimeout.multipliedBy(2)) > 0) {
                // Certain by now; a stop that is hardly longer than the timeout may come before or after it.
                drill.await(
                        "tasks that run elsewhere while " + victim.name() + " hangs",
                        RETURN_LIMIT,
                        () -> drill.lastFailureMillis() >= startMillis && drill.allRun());
            }
            moved = drill.lastFailureMillis() >= startMillis;
        } finally {
            signal("-CONT", victim.mark());
        }
        drill.await(
                "the return of " + victim.name(),
                RETURN_LIMIT,
                () -> drill.api()
                        .overview()
                        .filter(overview -> overview.taskManagers() >= 2)
                        .isPresent());
        return new Drill.Done(
                "hung a taskmanager",
                "hung " + victim.name() + " (" + pid + ") for " + length.toSeconds() + " s",
                moved ? "its tasks went to the other one meanwhile" : "its tasks waited for it",
                start);
    }

    /** A TaskManager that has tasks. */
    private static ClusterState.Member victim(Drill drill) {
        drill.await("two TaskManagers", FIND_LIMIT, () -> busy(drill).size() >= 1);
        Set<String> busy = busy(drill);
        List<ClusterState.Member> members = drill.clusterState().stream()
                .flatMap(state -> state.processes().stream())
                .filter(member -> member.name().startsWith("taskmanager-"))
                .toList();
        Map<String, ClusterState.Member> byResource =
                members.stream().collect(Collectors.toMap(HangFault::resource, member -> member));
        List<ClusterState.Member> candidates = byResource.entrySet().stream()
                .filter(entry -> busy.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .sorted((a, b) -> a.name().compareTo(b.name()))
                .toList();
        if (candidates.isEmpty()) {
            throw CommandFailure.environment(
                    "a TaskManager with tasks must be known by its log, none of " + byResource.keySet() + " is of "
                            + busy,
                    null,
                    null,
                    null);
        }
        return candidates.get(drill.random().nextInt(candidates.size()));
    }

    private static Set<String> busy(Drill drill) {
        return drill.api().taskManagers().orElse(List.of()).stream()
                .filter(manager -> manager.freeSlots() < manager.slots())
                .map(JobManagerApi.TaskManager::id)
                .collect(Collectors.toSet());
    }

    /** Under which id a process has registered: it tells so when it starts. */
    private static String resource(ClusterState.Member member) {
        String last = member.name();
        try {
            Matcher matcher = RESOURCE.matcher(Files.readString(member.log(), StandardCharsets.UTF_8));
            while (matcher.find()) {
                last = matcher.group(1);
            }
        } catch (IOException e) {
            // It has written nothing yet, and has no tasks.
        }
        return last;
    }

    /** Java can end processes only. */
    private static void signal(String signal, ProcessMark mark) throws IOException, InterruptedException {
        if (mark.find().isEmpty()) {
            return;
        }
        Process kill = new ProcessBuilder("kill", signal, Long.toString(mark.pid()))
                .redirectErrorStream(true)
                .start();
        String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw CommandFailure.environment(
                    "kill " + signal + " must be permitted, was refused: " + said,
                    Long.toString(mark.pid()),
                    null,
                    null);
        }
    }
}

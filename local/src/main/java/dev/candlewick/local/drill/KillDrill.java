package dev.candlewick.local.drill;

import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.ClusterState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Kills processes as a crash would, at seeded moments. */
final class KillDrill extends Drill {
    private static final Duration END_LIMIT = Duration.ofSeconds(20);
    private static final Duration MOMENT_LIMIT = Duration.ofSeconds(60);

    /** Which process is killed. */
    enum Victim {
        /** One of the two TaskManagers. */
        TASKMANAGER,
        /** The JobManager. */
        JOBMANAGER,
        /** The Kafka broker, which is started again where it was. */
        BROKER
    }

    /** When it is killed. */
    private enum Moment {
        /** At any time between two checkpoints or within one. */
        ANY("at any moment"),
        /** While the tasks take their snapshots. */
        SNAPSHOT("within a snapshot"),
        /** The checkpoint is complete and its transactions are about to be committed. */
        COMMIT("between snapshot and commit");

        private final String text;

        Moment(String text) {
            this.text = text;
        }
    }

    private final List<Victim> bag = new ArrayList<>();
    private final List<Victim> victims;
    private boolean everyVictimWasDrawn;

    /**
     * A drill.
     *
     * @param victims who is killed; each of them once in any order, and so on
     */
    KillDrill(Options options, List<Victim> victims, Consumer<String> notes) {
        super(options, notes);
        this.victims = List.copyOf(victims);
    }

    @Override
    protected int slots() {
        return options.lanes().size();
    }

    @Override
    protected int parallelism() {
        return 2;
    }

    @Override
    protected Done disturb(int number) throws Exception {
        Victim victim = next();
        Moment moment = Moment.values()[random.nextInt(Moment.values().length)];
        await(moment);
        long start = System.nanoTime();
        return switch (victim) {
            case TASKMANAGER ->
                new Done("killed " + kill("taskmanager-" + (1 + random.nextInt(2))), moment.text, start);
            case JOBMANAGER -> new Done("killed " + kill("jobmanager"), moment.text, start);
            case BROKER -> {
                ProcessMark broker = brokerProcess();
                kill(broker);
                // As long as somebody needs to notice.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_500)));
                brokerUp();
                yield new Done("killed the broker (" + broker.pid() + ")", moment.text, start);
            }
        };
    }

    /** Each kind once, in any order; then TaskManagers twice as often as the others. */
    private Victim next() {
        if (bag.isEmpty()) {
            bag.addAll(victims);
            if (everyVictimWasDrawn && victims.contains(Victim.TASKMANAGER)) {
                bag.add(Victim.TASKMANAGER);
            }
            everyVictimWasDrawn = true;
            Collections.shuffle(bag, random);
        }
        return bag.remove(bag.size() - 1);
    }

    private void await(Moment moment) {
        Path checkpoints = cluster.checkpoints(jobs.values().stream()
                .skip(random.nextInt(jobs.size()))
                .findFirst()
                .orElseThrow());
        long before = newestDirectory(checkpoints);
        switch (moment) {
            case ANY ->
                LockSupport.parkNanos(
                        TimeUnit.MILLISECONDS.toNanos(random.nextInt(options.checkpointMillis() * 3 / 2)));
            case SNAPSHOT -> await("a checkpoint", MOMENT_LIMIT, () -> newestDirectory(checkpoints) > before);
            case COMMIT ->
                await("a complete checkpoint", MOMENT_LIMIT, () -> {
                    long now = newestDirectory(checkpoints);
                    return now > before && Files.exists(checkpoints.resolve("chk-" + now + "/_metadata"));
                });
        }
    }

    private static long newestDirectory(Path checkpoints) {
        try (Stream<Path> entries = Files.list(checkpoints)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith("chk-"))
                    .mapToLong(name -> Long.parseLong(name.substring("chk-".length())))
                    .max()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String kill(String member) {
        ClusterState.Member victim =
                clusterState().flatMap(state -> state.member(member)).orElseThrow();
        kill(victim.mark());
        return member + " (" + victim.mark().pid() + ")";
    }

    private static void kill(ProcessMark mark) {
        mark.find().ifPresent(ProcessHandle::destroyForcibly);
        if (!mark.awaitEnd(END_LIMIT)) {
            throw new IllegalStateException("process " + mark.pid() + " must be dead, was not");
        }
    }
}

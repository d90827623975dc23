package dev.candlewick.local.drill;

import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.ClusterState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;

/**
 * Kills processes as a crash would, at seeded moments.
 *
 * <p>Whether a process died between a snapshot and the commit of its transactions is not left to hope: right after the
 * kill the broker is asked which transactions of a complete checkpoint are still open, and that is part of what is told.
 */
final class KillFault implements Fault {
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
    private final Map<Victim, List<Moment>> moments = new EnumMap<>(Victim.class);
    private final List<Victim> victims;
    private boolean everyVictimWasDrawn;

    /**
     * Kills.
     *
     * @param victims who is killed; each of them once in any order, and so on, and each at every moment in any order
     */
    KillFault(List<Victim> victims) {
        this.victims = List.copyOf(victims);
    }

    @Override
    public Drill.Done disturb(Drill drill, int number) throws Exception {
        Random random = drill.random();
        Victim victim = next(random);
        List<Moment> left = moments.computeIfAbsent(victim, who -> new ArrayList<>());
        if (left.isEmpty()) {
            left.addAll(List.of(Moment.values()));
            Collections.shuffle(left, random);
        }
        Moment moment = left.remove(left.size() - 1);
        await(drill, moment);
        long start = System.nanoTime();
        String what = switch (victim) {
            case TASKMANAGER -> kill(drill, "taskmanager-" + (1 + random.nextInt(2)));
            case JOBMANAGER -> kill(drill, "jobmanager");
            case BROKER -> {
                ProcessMark broker = drill.brokerProcess();
                kill(broker);
                // As long as somebody needs to notice.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_500)));
                drill.brokerUp();
                yield "the broker (" + broker.pid() + ")";
            }
        };
        int open = uncommitted(drill);
        return new Drill.Done(
                "killed " + victim.name().toLowerCase(Locale.ROOT) + " " + moment.text,
                "killed " + what,
                moment.text + (open > 0 ? ", " + open + " transactions of a complete checkpoint uncommitted" : ""),
                start);
    }

    /** How many transactions are open whose checkpoint is complete. */
    private static int uncommitted(Drill drill) {
        int open = 0;
        try (Admin admin = KafkaClients.connect(drill.broker())) {
            Collection<TransactionListing> listed = KafkaClients.get(
                    admin.listTransactions(
                                    new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                            .all(),
                    "listing transactions");
            for (Map.Entry<Lane, String> job : drill.jobs().entrySet()) {
                long complete = drill.number(job.getValue());
                // As Flink names them: the prefix, the subtask, and the checkpoint that ends the transaction.
                Pattern id = Pattern.compile(
                        Pattern.quote("cw." + Drill.group(job.getKey(), Drill.DISTURBED) + "~") + "-\\d+-(\\d+)");
                for (TransactionListing transaction : listed) {
                    Matcher matcher = id.matcher(transaction.transactionalId());
                    open += matcher.matches() && Long.parseLong(matcher.group(1)) <= complete ? 1 : 0;
                }
            }
        } catch (CommandFailure e) {
            // Busy with its own start: what it would have said is worth less than the drill.
            drill.note("not told which transactions are open: " + e.getMessage());
        }
        return open;
    }

    /** Each kind once, in any order; then TaskManagers twice as often as the others. */
    private Victim next(Random random) {
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

    private static void await(Drill drill, Moment moment) {
        Random random = drill.random();
        Map<Lane, String> jobs = drill.jobs();
        Path checkpoints = drill.cluster()
                .checkpoints(jobs.values().stream()
                        .skip(random.nextInt(jobs.size()))
                        .findFirst()
                        .orElseThrow());
        long before = newestDirectory(checkpoints);
        switch (moment) {
            case ANY ->
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(
                        random.nextInt(drill.options().checkpointMillis() * 3 / 2)));
            case SNAPSHOT -> drill.awaitSoon("a checkpoint", MOMENT_LIMIT, () -> newestDirectory(checkpoints) > before);
            case COMMIT ->
                drill.awaitSoon("a complete checkpoint", MOMENT_LIMIT, () -> {
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

    private static String kill(Drill drill, String member) {
        ClusterState.Member victim =
                drill.clusterState().flatMap(state -> state.member(member)).orElseThrow();
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

package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.ProcessMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which local cluster runs, as all commands of one installation see it ({@code cluster.json} in its home); written by its
 * supervisor.
 *
 * @param supervisor the process that keeps the others alive
 * @param webUi address of REST endpoint and web UI, {@code http://…}, or {@code https://…}
 * @param highAvailability {@code none}, or the ZooKeeper quorum
 * @param directory where the cluster keeps its files
 * @param processes what the supervisor has started
 */
public record ClusterState(
        ProcessMark supervisor, String webUi, String highAvailability, Path directory, List<Member> processes) {

    /** Whether a member runs. */
    public enum Health {
        /** It was started and has not ended. */
        RUNNING,
        /** It has ended and is about to be started again. */
        RESTARTING,
        /** It ended so often and so quickly that it is left alone. */
        FAILED
    }

    /**
     * One process of the cluster.
     *
     * @param name {@code jobmanager}, {@code taskmanager-1} …, {@code zookeeper}
     * @param mark the process that was started last
     * @param starts how often it was started
     * @param health whether it runs
     * @param log where it writes what happens
     */
    public record Member(String name, ProcessMark mark, int starts, Health health, Path log) {}

    /** The published state whose supervisor lives, or nothing. */
    public static Optional<ClusterState> running(CandlewickHome home) {
        return read(home).filter(state -> state.supervisor().isAlive());
    }

    /** The published state, whether its processes live or not; nothing if there is none or it cannot be understood. */
    public static Optional<ClusterState> read(CandlewickHome home) {
        Map<String, Json.Value> fields = JsonFiles.read(home.clusterStateFile());
        if (fields == null) {
            return Optional.empty();
        }
        try {
            List<Member> members = new ArrayList<>();
            for (Map<String, Json.Value> item : JsonFiles.objects(fields, "processes")) {
                members.add(new Member(
                        JsonFiles.text(item, "name"),
                        mark(item),
                        Integer.parseInt(JsonFiles.text(item, "starts")),
                        Health.valueOf(JsonFiles.text(item, "health")),
                        Path.of(JsonFiles.text(item, "log"))));
            }
            return Optional.of(new ClusterState(
                    mark(fields),
                    JsonFiles.text(fields, "webUi"),
                    JsonFiles.text(fields, "highAvailability"),
                    Path.of(JsonFiles.text(fields, "directory")),
                    List.copyOf(members)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ProcessMark mark(Map<String, Json.Value> fields) {
        return new ProcessMark(
                Long.parseLong(JsonFiles.text(fields, "pid")),
                Long.parseLong(JsonFiles.text(fields, "processStartMillis")));
    }

    /** Whether its REST endpoint can be its own: the JobManager lives, or somebody who starts it again does. */
    public boolean mayAnswer() {
        return supervisor.isAlive()
                || member(ClusterSupervisor.JOB_MANAGER)
                        .filter(member -> member.mark().isAlive())
                        .isPresent();
    }

    /** Makes the state visible to other commands. */
    void publish(CandlewickHome home) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("pid", supervisor.pid());
        fields.put("processStartMillis", supervisor.startMillis());
        fields.put("webUi", webUi);
        fields.put("highAvailability", highAvailability);
        fields.put("directory", directory.toString());
        List<Map<String, Object>> members = new ArrayList<>();
        for (Member member : processes) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("name", member.name());
            item.put("pid", member.mark().pid());
            item.put("processStartMillis", member.mark().startMillis());
            item.put("starts", member.starts());
            item.put("health", member.health().name());
            item.put("log", member.log().toString());
            members.add(item);
        }
        fields.put("processes", members);
        JsonFiles.write(home.clusterStateFile(), fields);
    }

    /** Removes the published state. */
    static void withdraw(CandlewickHome home) {
        try {
            Files.deleteIfExists(home.clusterStateFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The member of a name. */
    public Optional<Member> member(String name) {
        return processes.stream().filter(member -> member.name().equals(name)).findFirst();
    }
}

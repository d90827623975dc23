package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The local Flink cluster. */
@Command(
        name = "cluster",
        description = "A real Flink cluster on this machine: JobManager and TaskManagers as processes of their own.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ClusterCommand.Up.class,
            ClusterCommand.Down.class,
            ClusterCommand.Status.class,
            ClusterCommand.Conf.class
        })
public final class ClusterCommand extends CandlewickCommand {
    @Override
    protected ExitCode run() {
        throw new ParameterException(spec().commandLine(), "cluster must have a command: up, down, status or conf");
    }

    /** Starts it. */
    @Command(
            name = "up",
            description = {
                "Start the cluster, or find the one that runs; prints the address of its web UI.",
                "",
                "A supervisor starts processes that end again. When the JobManager dies, jobs of candlewick flink run are"
                        + " submitted again from their newest checkpoints; with --zookeeper Flink does that itself. So do"
                        + " jobs that ran when the cluster was stopped or killed, unless --fresh."
            })
    public static final class Up extends CandlewickCommand {
        @Option(
                names = "--taskmanagers",
                paramLabel = "N",
                description = "TaskManager processes (default: ${DEFAULT-VALUE}).")
        private int taskManagers = 1;

        @Option(names = "--slots", paramLabel = "S", description = "Slots of each (default: ${DEFAULT-VALUE}).")
        private int slots = 2;

        @Option(
                names = "--port",
                paramLabel = "PORT",
                description = "Of the web UI on 127.0.0.1, 0 for any (default: 8081, or any where that is taken).")
        private @Nullable Integer port;

        @Option(
                names = "--profile",
                paramLabel = "P",
                description = "What is laid over conf/config.yaml: demo, local, prod or a file (default:"
                        + " ${DEFAULT-VALUE}).")
        private String profile = "local";

        @Option(
                names = "--backend",
                paramLabel = "B",
                description =
                        "Where keyed state lives unless a job says so: hashmap or rocksdb (default: the profile's).")
        private @Nullable String backend;

        @Option(
                names = "--zookeeper",
                paramLabel = "own|QUORUM",
                description = "High availability: with a ZooKeeper process of the cluster's own, or at HOST:PORT,…")
        private @Nullable String zooKeeper;

        @Option(
                names = "--metrics-ports",
                paramLabel = "A-B|off",
                description = "Ports of the Prometheus reporters, one for each process (default: the profile's).")
        private @Nullable String metricsPorts;

        @Option(
                names = "-D",
                paramLabel = "KEY=VALUE",
                description = "Any key of Flink's configuration; may be repeated.")
        private Map<String, String> settings = new LinkedHashMap<>();

        @Option(names = "--fresh", description = "Forget the jobs that ran when the cluster ended.")
        private boolean fresh;

        @Option(
                names = "--log",
                paramLabel = "text|json",
                description =
                        "Logs as lines for people, or as one JSON object a line (default: CANDLEWICK_LOG, or text).")
        private @Nullable String log;

        @Override
        protected ExitCode run() {
            LocalFlinkCluster.Started started = new LocalFlinkCluster(
                            context().home(), context().root())
                    .up(new LocalFlinkCluster.Options(
                            taskManagers,
                            slots,
                            port,
                            profile,
                            backend,
                            zooKeeper,
                            metricsPorts,
                            settings,
                            fresh,
                            form(log)));
            ClusterState state = started.state();
            note(
                    started.startedNow()
                            ? "started the cluster: supervisor process "
                                    + state.supervisor().pid() + ", JobManager and " + taskManagers
                                    + " TaskManager(s); logs in "
                                    + state.directory().resolve("logs")
                            : "the cluster runs already (supervisor process "
                                    + state.supervisor().pid() + "); its options stay as they are");
            if (output().format() == OutputFormat.TABLE) {
                output().line(state.webUi());
            } else {
                output().record(Map.of(
                        "web_ui",
                        state.webUi(),
                        "supervisor",
                        state.supervisor().pid()));
            }
            return ExitCode.OK;
        }

        /** The supervisor's processes do not see the variables of this one. */
        private @Nullable String form(@Nullable String given) {
            return given == null ? context().environment().get("CANDLEWICK_LOG") : given;
        }
    }

    /** Stops it. */
    @Command(
            name = "down",
            description = "Stop every process of the cluster; checkpoints stay, and jobs go on with the next start.")
    public static final class Down extends CandlewickCommand {
        @Override
        protected ExitCode run() {
            Optional<ClusterState> stopped =
                    new LocalFlinkCluster(context().home(), context().root()).down();
            note(stopped.map(state -> "stopped the cluster at " + state.webUi() + "; its checkpoints stay in "
                            + state.directory().resolve("checkpoints"))
                    .orElse("no cluster runs"));
            return ExitCode.OK;
        }
    }

    /** Tells what runs. */
    @Command(
            name = "status",
            description = "Processes with their ids, addresses, slots and jobs; exit code 4 if no cluster runs.",
            footer = "A cluster that was started in another home, or elsewhere, is not seen.")
    public static final class Status extends CandlewickCommand {
        @Override
        protected ExitCode run() {
            ClusterState state = ClusterState.running(context().home())
                    .orElseThrow(() -> CommandFailure.environment(
                            "no local Flink cluster runs",
                            context().home().directory().toString(),
                            "start one with ./candlewick cluster up",
                            null));
            JobManagerApi api = JobManagerApi.of(state);
            Optional<JobManagerApi.Overview> overview = api.overview();
            Map<String, Object> record = new LinkedHashMap<>();
            record.put("web_ui", state.webUi());
            record.put("answers", overview.isPresent());
            record.put("slots", overview.map(JobManagerApi.Overview::slots).orElse(0));
            record.put(
                    "free_slots",
                    overview.map(JobManagerApi.Overview::freeSlots).orElse(0));
            record.put("high_availability", state.highAvailability());
            record.put("checkpoints", state.directory().resolve("checkpoints").toString());
            List<Map<String, Object>> processes = processes(state);
            List<Map<String, Object>> jobs = jobs(state, api);
            if (output().format() == OutputFormat.JSON) {
                record.put("processes", processes);
                record.put("jobs", jobs);
                output().record(record);
            } else {
                output().record(record);
                print(processes);
                print(jobs);
            }
            return overview.isPresent() ? ExitCode.OK : ExitCode.ENVIRONMENT;
        }

        private void print(List<Map<String, Object>> rows) {
            if (rows.isEmpty()) {
                return;
            }
            output().line("");
            try (Output.Table table = output().table(
                            rows.get(0).keySet().stream().map(Column::text).toList())) {
                rows.forEach(row -> table.row(new ArrayList<>(row.values())));
            }
        }

        private static List<Map<String, Object>> processes(ClusterState state) {
            List<Map<String, Object>> rows = new ArrayList<>();
            rows.add(process(
                    "supervisor",
                    state.supervisor().pid(),
                    "RUNNING",
                    1,
                    state.supervisor().startMillis(),
                    state.directory().resolve("logs").resolve("supervisor.log")));
            for (ClusterState.Member member : state.processes()) {
                boolean lives = member.mark().isAlive();
                String health = member.health() == ClusterState.Health.RUNNING && !lives
                        ? "RESTARTING"
                        : member.health().name();
                rows.add(process(
                        member.name(),
                        member.mark().pid(),
                        health,
                        member.starts(),
                        member.mark().startMillis(),
                        member.log()));
            }
            return rows;
        }

        private static Map<String, Object> process(
                String name, long pid, String state, int starts, long startMillis, Path log) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("process", name);
            row.put("pid", pid);
            row.put("state", state);
            row.put("starts", starts);
            row.put(
                    "uptime_s",
                    Duration.ofMillis(Math.max(0, System.currentTimeMillis() - startMillis))
                            .toSeconds());
            row.put("log", log.toString());
            return row;
        }

        private List<Map<String, Object>> jobs(ClusterState state, JobManagerApi api) {
            Map<String, SubmittedJob> submitted =
                    new LocalFlinkCluster(context().home(), context().root()).submitted();
            Map<String, Map<String, Object>> rows = new TreeMap<>();
            submitted.forEach((id, job) ->
                    rows.put(id, job(id, "", job.state(), 0, 0, job.resumed(), job.checkpoint(), job.note())));
            for (JobManagerApi.Job seen : api.jobs().orElse(List.of())) {
                SubmittedJob ours = submitted.get(seen.id());
                String checkpoint = api.newestCheckpoint(seen.id()).orElse(ours == null ? "" : ours.checkpoint());
                int resumed = ours == null ? 0 : ours.resumed();
                rows.put(
                        seen.id(),
                        job(
                                seen.id(),
                                seen.name(),
                                seen.state(),
                                seen.running(),
                                seen.tasks(),
                                resumed,
                                checkpoint,
                                note(seen, api.checkpoints(seen.id()), ours == null ? "" : ours.note())));
            }
            return new ArrayList<>(rows.values());
        }

        /** Nothing new becomes visible in the topics until a checkpoint is complete; a job that has ended needs none. */
        static String note(JobManagerApi.Job job, Optional<JobManagerApi.Checkpoints> checkpoints, String note) {
            return checkpoints
                    .filter(seen -> seen.failing() && !job.isOver())
                    .map(seen -> "CHECKPOINTS FAIL, nothing is published: " + seen.failed()
                            + " failed, the last one by " + seen.lastFailure())
                    .orElse(note);
        }

        private static Map<String, Object> job(
                String id,
                String name,
                String state,
                int running,
                int tasks,
                int resumed,
                String checkpoint,
                String note) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("job", id);
            row.put("name", name);
            row.put("state", state);
            row.put("running", running);
            row.put("tasks", tasks);
            row.put("resumed", resumed);
            row.put("checkpoint", checkpoint);
            row.put("note", note);
            return row;
        }
    }

    /** Writes the configuration for a distribution. */
    @Command(
            name = "conf",
            description = "Write conf/config.yaml with a profile over it, and the logging files, as one directory for a"
                    + " Flink distribution's FLINK_CONF_DIR.")
    public static final class Conf extends CandlewickCommand {
        @Option(
                names = "--profile",
                paramLabel = "P",
                description = "demo, local, prod or a file (default: ${DEFAULT-VALUE}).")
        private String profile = "prod";

        @Option(names = "--to", required = true, paramLabel = "DIR", description = "Where; files there are replaced.")
        @SuppressWarnings("NullAway.Init") // set by picocli before any call
        private Path directory;

        @Option(
                names = "--log",
                paramLabel = "text|json",
                description = "Logs as lines for people, or as one JSON object a line (default: what CANDLEWICK_LOG of"
                        + " Flink's processes says, or text).")
        private @Nullable String log;

        @Override
        protected ExitCode run() {
            FlinkConfigurationFiles files =
                    new FlinkConfigurationFiles(context().root());
            Path to = context().resolve(directory);
            files.write(to, files.resolve(profile), log);
            note("wrote Flink's configuration with profile " + profile);
            output().line(to.toString());
            return ExitCode.OK;
        }
    }
}

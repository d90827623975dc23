package dev.candlewick.local.doctor;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The Flink cluster, its jobs, and the configuration that it was or will be started with. */
final class FlinkChecks {
    private static final long RECENT_MILLIS = Duration.ofMinutes(30).toMillis();
    private static final long START_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final Duration WATERMARK_TOLERANCE = Duration.ofMinutes(1);
    private static final int METRICS_AT_ONCE = 40;

    /** Subtask, operator and split of the metrics that each split of a source has. */
    private static final Pattern SPLIT_METRIC =
            Pattern.compile("([0-9]+\\..*)\\.split\\.(.+)\\.watermark\\.(currentWatermark|idleTimeMsPerSecond)");

    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\..*|\\[?::1]?");

    static final List<Check> ALL = List.of(
            new Check(
                    "flink.rest",
                    "whether the REST endpoint answers",
                    Set.of(Problem.FLINK_UNREACHABLE),
                    FlinkChecks::reachable),
            new Check(
                    "flink.open",
                    "rest.bind-address, security.ssl.rest and web.submit.enable, of the running cluster and of the file",
                    Set.of(Problem.REST_OPEN, Problem.WEB_SUBMIT),
                    FlinkChecks::open),
            new Check(
                    "flink.settings",
                    "settings of Flink's configuration that lose jobs in silence",
                    Set.of(
                            Problem.RESTARTS_UNBOUNDED,
                            Problem.PROCESS_HALF_DEAD,
                            Problem.CHECKPOINTS_DELETED,
                            Problem.CHECKPOINTS_UNALIGNED,
                            Problem.CHECKPOINT_STORAGE_FEW),
                    FlinkChecks::settings),
            new Check(
                    "flink.checkpoint-directory",
                    "the directory of checkpoint.dir or execution.checkpointing.dir, and where TaskManagers are",
                    Set.of(Problem.CHECKPOINT_DIRECTORY, Problem.CHECKPOINT_LOCAL),
                    FlinkChecks::checkpointDirectory),
            new Check(
                    "flink.checkpoints",
                    "checkpoints of the running jobs",
                    Set.of(
                            Problem.CHECKPOINT_NONE,
                            Problem.CHECKPOINT_OLD,
                            Problem.CHECKPOINT_FAILED,
                            Problem.CHECKPOINTS_DELETED,
                            Problem.CHECKPOINTS_UNALIGNED),
                    FlinkChecks::checkpoints),
            new Check(
                    "flink.jobs",
                    "states and failures of the jobs",
                    Set.of(Problem.JOB_NOT_RUNNING, Problem.JOB_RESTARTED),
                    FlinkChecks::jobs),
            new Check(
                    "flink.backpressure",
                    "backpressure of the running jobs",
                    Set.of(Problem.BACKPRESSURE),
                    FlinkChecks::backpressure),
            new Check(
                    "flink.watermarks",
                    "watermark and idleness of each partition as read",
                    Set.of(Problem.WATERMARK_HELD, Problem.SOURCES_SILENT),
                    FlinkChecks::watermarks),
            new Check(
                    "flink.task-managers",
                    "memory of the TaskManagers",
                    Set.of(Problem.TASK_MANAGERS_DIFFER),
                    FlinkChecks::taskManagers),
            new Check(
                    "flink.processes",
                    "starts and health of the local cluster's processes",
                    Set.of(Problem.PROCESS_UNSTABLE),
                    FlinkChecks::processes),
            new Check(
                    "flink.supervisor",
                    "whether the local cluster's supervisor lives, and without it the cluster's processes",
                    Set.of(Problem.SUPERVISOR_DEAD, Problem.CLUSTER_GONE),
                    FlinkChecks::supervisor));

    private FlinkChecks() {}

    private static void reachable(Patient patient, Report report) {
        Flink flink = patient.flink();
        if (flink == null) {
            patient.requireFlink();
            return;
        }
        flink.problem()
                .ifPresent(problem -> report.add(
                        Problem.FLINK_UNREACHABLE,
                        "Flink's REST endpoint must answer, did not: " + problem,
                        flink.address()));
    }

    /** What the running cluster, or else the file, says. */
    private static Map<String, String> effective(Patient patient) {
        Map<String, String> values = new TreeMap<>();
        if (patient.flinkConfiguration() != null) {
            values.putAll(patient.flinkConfiguration().values());
        }
        if (patient.flink() != null && patient.flink().problem().isEmpty()) {
            patient.flink()
                    .get("/jobmanager/config")
                    .items()
                    .forEach(entry ->
                            values.put(entry.at("key").text(), entry.at("value").text()));
        }
        if (values.isEmpty()) {
            patient.requireFlink();
            patient.requireFlinkFile();
        }
        return values;
    }

    private static String where(Patient patient) {
        return patient.flink() != null && patient.flink().problem().isEmpty()
                ? patient.flink().address()
                : patient.flinkConfiguration() == null
                        ? "Flink's configuration"
                        : patient.flinkConfiguration().file().toString();
    }

    private static void open(Patient patient, Report report) {
        Map<String, String> values = effective(patient);
        String bound = values.getOrDefault("rest.bind-address", values.getOrDefault("rest.address", ""));
        boolean authenticated = values.getOrDefault("security.ssl.rest.authentication-enabled", "false")
                .equals("true");
        if (!bound.isEmpty() && !LOOPBACK.matcher(bound).matches() && !authenticated) {
            report.add(
                    Problem.REST_OPEN,
                    "rest.bind-address must be a loopback address, or clients must show certificates, was " + bound,
                    where(patient));
        }
        // The local processes of one command have no file that says so, and no jar can be run in them.
        if (!values.getOrDefault("web.submit.enable", "true").equals("false")) {
            report.add(Problem.WEB_SUBMIT, "web.submit.enable must be false, was true", where(patient));
        }
    }

    private static void settings(Patient patient, Report report) {
        Patient.FlinkFile file = patient.requireFlinkFile();
        String where = file.file().toString();
        String strategy = file.get("restart-strategy.type", "");
        if (strategy.isEmpty() || strategy.equals("exponential-delay") || strategy.equals("exponentialdelay")) {
            report.add(
                    Problem.RESTARTS_UNBOUNDED,
                    "restart-strategy.type must bound the attempts, was " + (strategy.isEmpty() ? "not set" : strategy),
                    where);
        }
        List<String> lax = new ArrayList<>();
        if (!file.get("taskmanager.jvm-exit-on-oom", "false").equals("true")) {
            lax.add("taskmanager.jvm-exit-on-oom is not true");
        }
        if (!file.get("cluster.uncaught-exception-handling", "LOG").equals("FAIL")) {
            lax.add("cluster.uncaught-exception-handling is not FAIL");
        }
        if (!lax.isEmpty()) {
            report.add(
                    Problem.PROCESS_HALF_DEAD,
                    "processes must end where they cannot go on: " + String.join(", ", lax),
                    where);
        }
        if (!file.get("execution.checkpointing.externalized-checkpoint-retention", "NO_EXTERNALIZED_CHECKPOINTS")
                .equals("RETAIN_ON_CANCELLATION")) {
            report.add(
                    Problem.CHECKPOINTS_DELETED,
                    "execution.checkpointing.externalized-checkpoint-retention must be RETAIN_ON_CANCELLATION, was "
                            + file.get("execution.checkpointing.externalized-checkpoint-retention", "not set"),
                    where);
        }
        if (file.get("execution.checkpointing.unaligned.enabled", "false").equals("true")) {
            report.add(
                    Problem.CHECKPOINTS_UNALIGNED,
                    "execution.checkpointing.unaligned.enabled must be false, was true",
                    where);
        }
        if (file.get("execution.checkpointing.num-retained", "1").equals("1")) {
            report.add(
                    Problem.CHECKPOINT_STORAGE_FEW,
                    "execution.checkpointing.num-retained must be at least 2, was 1",
                    where);
        }
    }

    private static void checkpointDirectory(Patient patient, Report report) {
        Optional<String> directory = HostChecks.checkpointDirectory(patient);
        if (directory.isEmpty()) {
            throw new NotApplicable("no checkpoint directory is known (checkpoint.dir, or --flink-conf)");
        }
        Optional<Path> local = HostChecks.local(directory.get());
        if (local.isEmpty()) {
            throw new NotApplicable("checkpoints are not on this machine: " + directory.get());
        }
        Path there = HostChecks.existing(local.get());
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            report.add(
                    Problem.CHECKPOINT_DIRECTORY,
                    "the checkpoint directory must be one that can be written, was "
                            + (Files.isDirectory(there) ? "one that cannot" : "the file " + there),
                    directory.get());
        }
        if (patient.flink() != null && patient.flink().problem().isEmpty()) {
            Set<String> hosts = patient.flink().get("/taskmanagers").at("taskmanagers").items().stream()
                    .map(item -> host(item.at("path").text()))
                    .filter(host -> !host.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
            if (hosts.size() > 1) {
                report.add(
                        Problem.CHECKPOINT_LOCAL,
                        "checkpoints must go where all of " + hosts + " see them, was a local directory",
                        directory.get(),
                        Problem.CHECKPOINT_LOCAL.fix() + "; where this path is a shared mount, nothing");
            }
        }
    }

    /** The machine in the address of a TaskManager; all loopback names are one. */
    private static String host(String path) {
        Matcher matcher = Pattern.compile("@([^:/]+)").matcher(path);
        if (!matcher.find()) {
            return "";
        }
        String host = matcher.group(1);
        try {
            return LOOPBACK.matcher(host).matches()
                            || InetAddress.getByName(host).isLoopbackAddress()
                    ? "localhost"
                    : host;
        } catch (UnknownHostException e) {
            return host;
        }
    }

    private static void checkpoints(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        for (Flink.Job job : flink.activeJobs()) {
            String where = flink.address() + ", job " + job.id();
            String path = "/jobs/" + job.id() + "/checkpoints";
            JsonTree config = flink.get(path + "/config");
            if (config.at("checkpoint_storage").text().startsWith("JobManager")) {
                report.add(
                        Problem.CHECKPOINT_NONE,
                        "checkpoints must have a directory, are in the JobManager's memory",
                        where);
            }
            JsonTree externalization = config.at("externalization");
            if (!externalization.at("enabled").isTrue()
                    || externalization.at("delete_on_cancellation").isTrue()) {
                report.add(
                        Problem.CHECKPOINTS_DELETED,
                        "checkpoints must stay when the job is cancelled, are deleted",
                        where);
            }
            if (config.at("unaligned_checkpoints").isTrue()) {
                report.add(Problem.CHECKPOINTS_UNALIGNED, "checkpoints must be aligned, are not", where);
            }
            JsonTree checkpoints = flink.get(path);
            age(patient, report, job, config, checkpoints, where);
            failures(report, checkpoints, where);
        }
    }

    private static void age(
            Patient patient, Report report, Flink.Job job, JsonTree config, JsonTree checkpoints, String where) {
        JsonTree completed = checkpoints.at("latest").at("completed");
        long last = Math.max(
                completed.at("trigger_timestamp").number(0),
                checkpoints.at("latest").at("restored").at("restore_timestamp").number(0));
        long since = Math.max(last, job.startMillis());
        long tolerated = Math.max(
                patient.limits().checkpointAgeMillis(),
                3 * config.at("interval").number(0) + config.at("timeout").number(0) / 2);
        long age = patient.clock().millis() - since;
        if (age > tolerated) {
            report.add(
                    Problem.CHECKPOINT_OLD,
                    "a checkpoint must complete within " + Duration.ofMillis(tolerated) + ", "
                            + (last == 0 ? "none did since the job's start " : "the last one did ")
                            + Duration.ofSeconds(age / 1000) + " ago",
                    where);
        }
    }

    /** Failed ones behind the last completed one. */
    private static void failures(Report report, JsonTree checkpoints, String where) {
        long completed = checkpoints.at("latest").at("completed").at("id").number(0);
        List<JsonTree> failed = checkpoints.at("history").items().stream()
                .filter(entry -> entry.at("status").text().equals("FAILED"))
                .filter(entry -> entry.at("id").number(0) > completed)
                .toList();
        if (!failed.isEmpty()) {
            String reason =
                    checkpoints.at("latest").at("failed").at("failure_message").text();
            report.add(
                    Problem.CHECKPOINT_FAILED,
                    "checkpoints must complete, the last " + failed.size() + " failed"
                            + (reason.isEmpty()
                                    ? ""
                                    : ": " + reason.lines().findFirst().orElse("")),
                    where);
        }
    }

    private static void jobs(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        List<Flink.Job> jobs = flink.jobs();
        if (jobs.isEmpty()) {
            throw new NotApplicable("no job was submitted to " + flink.address());
        }
        Set<String> told = new TreeSet<>();
        for (Flink.Job job : jobs) {
            // A job that failed matters until it was started again.
            boolean isNewest = told.add(job.name());
            String where = flink.address() + ", job " + job.id() + " (" + job.name() + ")";
            boolean isStarting = patient.clock().millis() - job.startMillis() < START_MILLIS;
            switch (job.state()) {
                case "RUNNING" -> running(patient, report, flink, job, where);
                case "FAILED" -> {
                    if (isNewest) {
                        report.add(
                                Problem.JOB_NOT_RUNNING,
                                "the job must run, failed for good: "
                                        + cause(flink, job).orElse("no cause is known"),
                                where);
                    }
                }
                case "FINISHED", "CANCELED", "SUSPENDED" -> {}
                default -> {
                    if (!isStarting
                            || job.state().equals("RESTARTING")
                            || job.state().equals("FAILING")) {
                        report.add(
                                Problem.JOB_NOT_RUNNING,
                                "the job must run, was " + job.state() + ": "
                                        + cause(flink, job).orElse("no cause is known"),
                                where);
                    }
                }
            }
        }
    }

    private static void running(Patient patient, Report report, Flink flink, Flink.Job job, String where) {
        List<String> waiting = flink.get("/jobs/" + job.id()).at("vertices").items().stream()
                .filter(vertex -> !Set.of("RUNNING", "FINISHED")
                        .contains(vertex.at("status").text()))
                .map(vertex ->
                        vertex.at("name").text() + " is " + vertex.at("status").text())
                .toList();
        Optional<JsonTree> failure = lastFailure(flink, job);
        long failed = failure.map(entry -> entry.at("timestamp").number(0)).orElse(0L);
        long now = patient.clock().millis();
        if (!waiting.isEmpty() && now - Math.max(job.startMillis(), failed) > START_MILLIS) {
            report.add(
                    Problem.JOB_NOT_RUNNING,
                    "every task of the job must run, " + waiting.get(0)
                            + (waiting.size() > 1 ? " and " + (waiting.size() - 1) + " more" : "")
                            + "; slots may be missing",
                    where);
        }
        if (failure.isPresent() && now - failed < RECENT_MILLIS) {
            report.add(
                    Problem.JOB_RESTARTED,
                    "the job must run without restarts, last did at " + Instant.ofEpochMilli(failed) + ": "
                            + cause(flink, job).orElse("no cause is known"),
                    where);
        }
    }

    private static Optional<JsonTree> lastFailure(Flink flink, Flink.Job job) {
        return flink.get("/jobs/" + job.id() + "/exceptions").at("exceptionHistory").at("entries").items().stream()
                .max((a, b) -> Long.compare(
                        a.at("timestamp").number(0), b.at("timestamp").number(0)));
    }

    /** The root cause of the last failure in one line. */
    private static Optional<String> cause(Flink flink, Flink.Job job) {
        return lastFailure(flink, job).map(entry -> {
            String trace = entry.at("stacktrace").text();
            return trace.lines()
                    .filter(line -> line.startsWith("Caused by: "))
                    .reduce((first, second) -> second)
                    .map(line -> line.substring("Caused by: ".length()))
                    .orElseGet(() -> trace.lines().findFirst().orElse(""));
        });
    }

    private static void backpressure(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        for (Flink.Job job : flink.activeJobs()) {
            List<String> slow = new ArrayList<>();
            for (JsonTree vertex : flink.get("/jobs/" + job.id()).at("vertices").items()) {
                JsonTree answer = flink.get(
                        "/jobs/" + job.id() + "/vertices/" + vertex.at("id").text() + "/backpressure");
                if (answer.at("backpressureLevel").text().equals("high")
                        || answer.at("backpressure-level").text().equals("high")) {
                    slow.add(vertex.at("name").text());
                }
            }
            if (!slow.isEmpty()) {
                report.add(
                        Problem.BACKPRESSURE,
                        "records must not wait, they do at the output of " + String.join(", ", slow),
                        flink.address() + ", job " + job.id());
            }
        }
    }

    /** A split's time. */
    private static final class Split {
        private long watermark = Long.MIN_VALUE;
        private long idleMillis;

        boolean isIdle() {
            return idleMillis >= 900;
        }
    }

    private static void watermarks(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        Duration tolerance = patient.configuration() == null
                ? WATERMARK_TOLERANCE
                : WATERMARK_TOLERANCE.plus(patient.configuration().get(CandlewickOptions.OUT_OF_ORDERNESS));
        int seen = 0;
        for (Flink.Job job : flink.activeJobs()) {
            Map<String, Split> splits = splits(flink, job);
            seen += splits.size();
            List<Map.Entry<String, Split>> active = splits.entrySet().stream()
                    .filter(split -> !split.getValue().isIdle())
                    .toList();
            String where = flink.address() + ", job " + job.id();
            if (active.isEmpty() && !splits.isEmpty()) {
                report.add(
                        Problem.SOURCES_SILENT,
                        "some partition must bring trades for time to go on, all " + splits.size() + " are idle",
                        where);
                continue;
            }
            long newest = splits.values().stream()
                    .mapToLong(split -> split.watermark)
                    .max()
                    .orElse(Long.MIN_VALUE);
            for (Map.Entry<String, Split> split : active) {
                long watermark = split.getValue().watermark;
                if (newest == Long.MIN_VALUE) {
                    continue;
                }
                if (watermark == Long.MIN_VALUE) {
                    report.add(
                            Problem.WATERMARK_HELD,
                            "every partition must have brought a trade or be idle, this one has none and is not",
                            where + ", partition " + split.getKey());
                } else if (newest - watermark > tolerance.toMillis()) {
                    report.add(
                            Problem.WATERMARK_HELD,
                            "no partition may lag more than " + tolerance + " behind the others, this one is at "
                                    + Instant.ofEpochMilli(watermark) + ", "
                                    + Duration.ofSeconds((newest - watermark) / 1000) + " behind",
                            where + ", partition " + split.getKey());
                }
            }
        }
        if (seen == 0) {
            throw new NotApplicable("no source of a running job tells the time of its partitions");
        }
    }

    private static Map<String, Split> splits(Flink flink, Flink.Job job) {
        Map<String, Split> splits = new TreeMap<>();
        for (JsonTree vertex : flink.get("/jobs/" + job.id()).at("vertices").items()) {
            String path = "/jobs/" + job.id() + "/vertices/" + vertex.at("id").text() + "/metrics";
            List<String> names = flink.get(path).items().stream()
                    .map(item -> item.at("id").text())
                    .filter(name -> SPLIT_METRIC.matcher(name).matches())
                    .toList();
            for (int from = 0; from < names.size(); from += METRICS_AT_ONCE) {
                String wanted = names.subList(from, Math.min(names.size(), from + METRICS_AT_ONCE)).stream()
                        .map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8))
                        .collect(Collectors.joining(","));
                for (JsonTree metric : flink.get(path + "?get=" + wanted).items()) {
                    Matcher matcher = SPLIT_METRIC.matcher(metric.at("id").text());
                    if (matcher.matches()) {
                        Split split = splits.computeIfAbsent(matcher.group(2), name -> new Split());
                        long value = metric.at("value").number(Long.MIN_VALUE);
                        if (matcher.group(3).equals("currentWatermark")) {
                            split.watermark = Math.max(split.watermark, value);
                        } else {
                            split.idleMillis = Math.max(split.idleMillis, value);
                        }
                    }
                }
            }
        }
        return splits;
    }

    private static void taskManagers(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        Map<String, List<String>> byMemory = new LinkedHashMap<>();
        for (JsonTree item : flink.get("/taskmanagers").at("taskmanagers").items()) {
            String memory = new TreeMap<>(item.at("memoryConfiguration").fields())
                    .entrySet().stream()
                            .map(entry ->
                                    entry.getKey() + "=" + entry.getValue().text())
                            .collect(Collectors.joining(" "));
            byMemory.computeIfAbsent(memory, key -> new ArrayList<>())
                    .add(item.at("id").text());
        }
        if (byMemory.size() > 1) {
            report.add(
                    Problem.TASK_MANAGERS_DIFFER,
                    "TaskManagers must have the same memory, there are " + byMemory.size() + " kinds: "
                            + byMemory.values(),
                    flink.address());
        }
    }

    private static void processes(Patient patient, Report report) {
        ClusterState cluster = patient.cluster();
        if (cluster == null) {
            throw new NotApplicable("no local cluster runs");
        }
        for (ClusterState.Member member : cluster.processes()) {
            if (member.health() == ClusterState.Health.FAILED || member.starts() > 1) {
                // A dead supervisor has not told what became of it since.
                boolean gone = !cluster.supervisor().isAlive() && !member.mark().isAlive();
                report.add(
                        Problem.PROCESS_UNSTABLE,
                        member.name() + " must stay, was started " + member.starts() + " times and is "
                                + (gone ? "GONE" : member.health()),
                        member.log().toString());
            }
        }
    }

    private static void supervisor(Patient patient, Report report) {
        ClusterState cluster = patient.cluster();
        if (cluster == null) {
            throw new NotApplicable("no local cluster was started");
        }
        if (cluster.supervisor().isAlive()) {
            return;
        }
        Map<Boolean, List<String>> members = cluster.processes().stream()
                .collect(Collectors.partitioningBy(
                        member -> member.mark().isAlive(),
                        Collectors.mapping(ClusterState.Member::name, Collectors.toList())));
        List<String> alive = members.getOrDefault(true, List.of());
        List<String> gone = members.getOrDefault(false, List.of());
        String where =
                cluster.directory().resolve("logs").resolve("supervisor.log").toString();
        String supervisor = "the supervisor, process " + cluster.supervisor().pid();
        if (!alive.isEmpty()) {
            report.add(
                    Problem.SUPERVISOR_DEAD,
                    supervisor + ", must run, is gone; nobody watches " + String.join(", ", alive),
                    where);
        }
        if (alive.isEmpty() || !gone.isEmpty()) {
            report.add(
                    Problem.CLUSTER_GONE,
                    "the local cluster must run until cluster down, gone are " + supervisor + ", and "
                            + (alive.isEmpty() ? "every process" : String.join(", ", gone)),
                    where);
        }
    }
}

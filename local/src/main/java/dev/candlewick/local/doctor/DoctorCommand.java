package dev.candlewick.local.doctor;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.Secrets;
import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.MetricsOption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.FlinkConfigurationFiles;
import dev.candlewick.local.cluster.LocalFlinkCluster;
import dev.candlewick.local.cluster.RestTls;
import dev.candlewick.local.job.JobArguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.MemorySize;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what is wrong around a job, where, and how to mend it. */
@Command(
        name = "doctor",
        description = {
            "Look at host, build, Kafka, Flink, lake and secrets, and say what is wrong, where, and how to mend it.",
            "",
            "Only reads. What was not given and does not run is left out, and told so. Without --config and --set the"
                    + " options are those of the job that runs. Ends within 10 s; exit code 4 where an error or a warning was"
                    + " found. docs/errors.md explains the codes."
        })
public final class DoctorCommand extends CandlewickCommand {
    private static final Duration LEAST = Duration.ofSeconds(2);

    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker (default: that of the options, CANDLEWICK_KAFKA, else the local one).")
    private @Nullable String kafka;

    @Option(
            names = "--flink",
            paramLabel = "URL",
            description = "Flink's REST endpoint, such as http://127.0.0.1:8081 (default: the local cluster's).")
    private @Nullable String flink;

    @Option(
            names = "--flink-conf",
            paramLabel = "DIR",
            description = "Directory with Flink's config.yaml (default: the local cluster's, else FLINK_CONF_DIR).")
    private @Nullable Path flinkConf;

    @Option(names = "--lake", paramLabel = "P", description = "A lake (default: that of the options); may be repeated.")
    private List<Path> lakes = new ArrayList<>();

    @Option(
            names = "--jar",
            paramLabel = "JAR",
            description = "A job jar (default: that of this installation); may be repeated.")
    private List<Path> jars = new ArrayList<>();

    @Option(
            names = "--node",
            paramLabel = "DIR",
            description = "Home of Flink on a node, or a copy of its lib, usrlib and conf; once for each node.")
    private List<Path> nodes = new ArrayList<>();

    @Option(names = "--min-free", paramLabel = "SIZE", description = "Free space that a disk must have (default: 1g).")
    private String minFree = "1g";

    @Option(names = "--checks", description = "Print every check and how it ended instead of the findings.")
    private boolean checks;

    @Option(names = "--explain", paramLabel = "CODE", description = "Explain a code, and look at nothing.")
    private @Nullable String explain;

    @Mixin
    private final MetricsOption metrics = new MetricsOption();

    @Override
    protected MetricsOption metrics() {
        return metrics;
    }

    @Override
    protected ExitCode run() {
        if (explain != null) {
            return explain(explain);
        }
        long start = System.nanoTime();
        Patient patient = patient();
        Doctor.Diagnosis diagnosis;
        try {
            // Asking what runs has taken some of the time already.
            Duration left = Doctor.LIMIT.minusNanos(System.nanoTime() - start);
            diagnosis = Doctor.examine(patient, Doctor.CHECKS, left.compareTo(LEAST) < 0 ? LEAST : left);
        } finally {
            if (patient.kafka() != null) {
                patient.kafka().close();
            }
        }
        if (metrics.isGiven()) {
            DoctorMetrics.fill(metrics.text(), diagnosis, patient);
        }
        if (checks) {
            printChecks(diagnosis);
        } else {
            printFindings(diagnosis);
        }
        note(String.format(
                Locale.ROOT,
                "%d checks in %.1f s: %d ok, %d with findings, %d left out (--checks says why)",
                diagnosis.results().size(),
                (System.nanoTime() - start) / 1e9,
                diagnosis.count(Doctor.Status.OK),
                diagnosis.count(Doctor.Status.FOUND) + diagnosis.count(Doctor.Status.UNANSWERED),
                diagnosis.count(Doctor.Status.SKIPPED)));
        return diagnosis.findings().stream()
                        .allMatch(finding -> finding.problem().severity() == Severity.NOTE)
                ? ExitCode.OK
                : ExitCode.ENVIRONMENT;
    }

    private ExitCode explain(String code) {
        Problem problem = Problem.ofCode(code)
                .orElseThrow(() -> CommandFailure.usage(
                        "code must be one of docs/errors.md, was " + code,
                        "--explain",
                        "for example --explain CW-K07"));
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("code", problem.code());
        record.put("severity", problem.severity());
        record.put("title", problem.title());
        record.put("why", problem.why());
        record.put("fix", problem.fix());
        output().record(record);
        return ExitCode.OK;
    }

    private void printFindings(Doctor.Diagnosis diagnosis) {
        List<Finding> findings = diagnosis.findings();
        if (findings.isEmpty()) {
            note("nothing is wrong");
        }
        try (Output.Table table = output().table(Column.texts("code", "severity", "what", "where", "fix"))) {
            for (Finding finding : findings) {
                table.row(
                        finding.problem().code(),
                        finding.problem().severity(),
                        finding.what(),
                        finding.where(),
                        finding.fix());
            }
        }
    }

    private void printChecks(Doctor.Diagnosis diagnosis) {
        try (Output.Table table = output().table(Column.texts("check", "status", "codes", "reason"))) {
            for (Doctor.Result result : diagnosis.results()) {
                table.row(
                        result.check().name(),
                        result.status().name().toLowerCase(Locale.ROOT),
                        String.join(
                                " ",
                                result.findings().stream()
                                        .map(finding -> finding.problem().code())
                                        .distinct()
                                        .toList()),
                        result.reason());
            }
        }
    }

    // What is looked at

    private Patient patient() {
        CliContext context = context();
        Optional<ClusterState> cluster = flink == null
                ? new LocalFlinkCluster(context.home(), context.root()).lastSeen()
                : Optional.<ClusterState>empty();
        // Behind the address of a JobManager that is gone another cluster may listen by now.
        String address = flink == null
                ? cluster.filter(ClusterState::mayAnswer)
                        .map(ClusterState::webUi)
                        .orElse(null)
                : flink;
        if (address != null && !address.matches("https?://\\S+")) {
            throw CommandFailure.usage(
                    "Flink's address must be http://HOST:PORT or https://HOST:PORT, was " + address,
                    "--flink",
                    "for example --flink http://127.0.0.1:8081");
        }
        Patient.FlinkFile file = flinkFile(cluster);
        Flink rest = address == null
                ? null
                : new Flink(
                        address,
                        file != null && address.startsWith("https:")
                                ? RestTls.context(file.values(), file.file())
                                : Optional.empty());
        @Nullable ResolvedConfiguration configuration = null;
        @Nullable String problem = null;
        try {
            configuration = configuration(rest);
        } catch (ConfigurationException e) {
            problem = String.valueOf(e.getMessage());
        }
        String broker = broker(configuration);
        Map<String, String> properties = configuration == null ? Map.of() : configuration.kafkaProperties();
        boolean isHidden = properties.values().stream().anyMatch(value -> value.contains(Secrets.REDACTED));
        List<Path> folders = new ArrayList<>(lakes);
        if (folders.isEmpty() && configuration != null) {
            configuration.lake().map(Path::of).ifPresent(folders::add);
        }
        Path configFile = job.config() == null ? null : context.resolve(Path.of(job.config()));
        return new Patient(
                context.home().directory(),
                context.environment(),
                configuration,
                problem,
                configFile == null ? List.of() : List.of(configFile),
                broker == null || isHidden ? null : new Kafka(broker, properties),
                rest,
                cluster.orElse(null),
                file,
                context.root(),
                resolved(folders),
                jars.isEmpty() ? ownJars() : resolved(jars),
                resolved(nodes),
                () -> ProcessHandle.allProcesses().toList(),
                limits(),
                InstantSource.system());
    }

    private List<Path> resolved(List<Path> paths) {
        return paths.stream().map(context()::resolve).toList();
    }

    private Patient.Limits limits() {
        Patient.Limits usual = Patient.Limits.DEFAULT;
        try {
            return new Patient.Limits(
                    MemorySize.parse(minFree).getBytes(),
                    usual.freeInodes(),
                    usual.openFiles(),
                    usual.filesOfPartition(),
                    usual.checkpointAgeMillis(),
                    usual.transactionAgeMillis());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("free space must be a size, was " + minFree, "--min-free", "for example 10g");
        }
    }

    /** What the options say; without any, what the job that runs was given. */
    private @Nullable ResolvedConfiguration configuration(@Nullable Flink rest) {
        List<String> more = new ArrayList<>();
        if (kafka != null) {
            more.addAll(List.of("--kafka", kafka));
        }
        if (job.isGiven()) {
            return resolve(more);
        }
        if (rest == null || rest.problem().isPresent()) {
            return null;
        }
        for (Flink.Job running : rest.jobs()) {
            if (running.isOver()) {
                continue;
            }
            List<String> options = new ArrayList<>(more);
            rest.get("/jobs/" + running.id() + "/config")
                    .at("execution-config")
                    .at("user-config")
                    .fields()
                    .forEach((key, value) -> {
                        boolean isOption = CandlewickOptions.keys().contains(key)
                                || key.startsWith(CandlewickOptions.KAFKA_PROPERTIES_PREFIX);
                        boolean isOverruled =
                                kafka != null && key.equals(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS.key());
                        if (isOption && !isOverruled) {
                            options.add("--set");
                            options.add(key + "=" + value.text());
                        }
                    });
            if (options.size() > more.size()) {
                try {
                    return resolve(options);
                } catch (ConfigurationException e) {
                    // A job of another version: its own start has judged its options.
                    note("the options of job " + running.id()
                            + " are not known here; give them with --config or --set");
                    return null;
                }
            }
        }
        return null;
    }

    private ResolvedConfiguration resolve(List<String> more) {
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(job.arguments(more))
                .environment(context().environment())
                .workingDirectory(context().workingDirectory())
                .build());
    }

    private @Nullable String broker(@Nullable ResolvedConfiguration configuration) {
        if (kafka == null && configuration != null) {
            Optional<String> own = configuration.kafkaBootstrapServers();
            if (own.isPresent()) {
                return own.get();
            }
        }
        try {
            return BootstrapServers.resolve(context(), kafka);
        } catch (CommandFailure e) {
            if (e.exitCode() == ExitCode.ENVIRONMENT) {
                return null;
            }
            throw e;
        }
    }

    private Patient.@Nullable FlinkFile flinkFile(Optional<ClusterState> cluster) {
        Path given = flinkConf == null ? null : context().resolve(flinkConf);
        String variable = context().environment().getOrDefault("FLINK_CONF_DIR", "");
        Path directory = given != null
                ? given
                : cluster.isPresent()
                        ? cluster.get().directory().resolve("conf")
                        : variable.isBlank() ? null : Path.of(variable);
        if (directory == null) {
            return null;
        }
        Path file = Files.isDirectory(directory) ? directory.resolve("config.yaml") : directory;
        if (!Files.isRegularFile(file)) {
            if (given == null) {
                return null;
            }
            throw CommandFailure.usage(
                    "Flink's configuration must be a directory with a config.yaml, was " + given,
                    "--flink-conf",
                    "for example --flink-conf /opt/flink/conf");
        }
        return new Patient.FlinkFile(file, FlinkConfigurationFiles.flat(file));
    }

    private List<Path> ownJars() {
        Path root = context().root();
        Path target = root == null ? null : root.resolve("jobs").resolve("target");
        if (target == null || !Files.isDirectory(target)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches("candlewick-jobs-.*-all\\.jar"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

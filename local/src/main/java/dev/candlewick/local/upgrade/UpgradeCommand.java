package dev.candlewick.local.upgrade;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.FlinkCommandLine;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.JobSubmission;
import dev.candlewick.local.cluster.LocalFlinkCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Upgrades a running job. It needs no {@code --yes}: nothing that is published changes, whatever comes of it; {@code --dry-run}
 * is there for the stop.
 */
@Command(
        name = "upgrade",
        description = {
            "Upgrade a job of the local cluster to another jar or other options: verify, stop with a savepoint, start from it,"
                    + " watch until checkpoints and lag are healthy; else go back to the old jar by itself.",
            "",
            "Exit code 0: upgraded. 3: refused, nothing was stopped. 5: the old job runs again, or the message says what does."
                    + " An upgrade that was interrupted is told by the next one; --resume or --back ends it."
        })
public final class UpgradeCommand extends CandlewickCommand {
    private static final String JOURNAL = "upgrade.json";
    private static final int TIMEOUT_SECONDS_MAX = 24 * 3_600;

    @Option(
            names = "--jar",
            paramLabel = "JAR",
            description = "The new jar (default: the jar that runs, for new options).")
    private @Nullable Path jar;

    @Option(
            names = "--old-jar",
            paramLabel = "JAR",
            description = "The jar to go back to (default: a copy that was kept when the job was submitted).")
    private @Nullable Path oldJar;

    @Option(names = "--job", paramLabel = "ID", description = "The job (default: the only one that runs).")
    private @Nullable String job;

    @Option(names = "--config", paramLabel = "F", description = "Another configuration file of the job.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "An option of the job, instead of what it was submitted with; may be repeated.")
    private List<String> settings = new ArrayList<>();

    @Option(
            names = "--unset",
            paramLabel = "KEY",
            description = "An argument that is left out, such as one the new jar does not know; may be repeated.")
    private Set<String> unset = new LinkedHashSet<>();

    @Option(names = "--parallelism", paramLabel = "N", description = "Short for --set parallelism=N.")
    private @Nullable Integer parallelism;

    @Option(
            names = "--savepoints",
            paramLabel = "DIR",
            description = "Where the savepoint goes (default: savepoints of the cluster).")
    private @Nullable String savepoints;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description =
                    "How long a job may take from its submission until it is healthy (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds = 40;

    @Option(
            names = "--checkpoints",
            paramLabel = "N",
            description = "How many checkpoints the new job must complete (default: ${DEFAULT-VALUE}).")
    private int checkpoints = 2;

    @Option(
            names = "--blue-green",
            description =
                    "First run the new jar beside the job, on a fork of its state and with topics, transactions, lake and"
                            + " checkpoints of its own, and upgrade only when what both publish is equal.")
    private boolean blueGreen;

    @Option(
            names = "--windows",
            paramLabel = "N",
            description =
                    "With --blue-green: so many windows of the finest interval must be equal (default: ${DEFAULT-VALUE}).")
    private int windows = 60;

    @Option(
            names = "--compare-timeout",
            paramLabel = "SECONDS",
            description = "With --blue-green: how long they may take (default: ${DEFAULT-VALUE}).")
    private int compareSeconds = 1_800;

    @Option(names = "--dry-run", description = "Verify, and tell what would be done; nothing is stopped.")
    private boolean dryRun;

    @Option(names = "--resume", description = "Go on with an upgrade that was interrupted.")
    private boolean resume;

    @Option(names = "--back", description = "Go back to the old job in an upgrade that was interrupted.")
    private boolean back;

    @Override
    protected ExitCode run() throws Exception {
        if (timeoutSeconds < 1 || timeoutSeconds > TIMEOUT_SECONDS_MAX || checkpoints < 1) {
            throw CommandFailure.usage(
                    "timeout must lie in 1.." + TIMEOUT_SECONDS_MAX + " s and checkpoints be at least 1, was "
                            + timeoutSeconds + ", " + checkpoints,
                    "--timeout, --checkpoints",
                    "for example --timeout 120");
        }
        LocalFlinkCluster cluster =
                new LocalFlinkCluster(context().home(), context().root());
        FlinkCommandLine flink = new FlinkCommandLine(context().home());
        Path file = flink.cluster().directory().resolve(JOURNAL);
        Optional<UpgradeJournal> found = UpgradeJournal.read(file);
        found.filter(UpgradeJournal::isHeld).ifPresent(held -> {
            throw CommandFailure.environment(
                    "one upgrade at a time must run, process " + held.get("pid") + " is at one",
                    file.toString(),
                    "wait for it",
                    null);
        });
        try (Interruption interruption = Interruption.watch(() -> {})) {
            Upgrade upgrade = new Upgrade(
                    cluster,
                    flink,
                    flink.cluster().directory().resolve("logs"),
                    new Upgrade.Limits(directory(cluster), Duration.ofSeconds(timeoutSeconds), checkpoints),
                    this::note,
                    interruption::requested);
            try {
                return print(
                        resume || back ? goOn(upgrade, flink, found) : begin(upgrade, cluster, flink, file, found));
            } catch (Upgrade.InterruptedUpgradeException e) {
                throw interrupted(UpgradeJournal.read(file));
            }
        }
    }

    private String directory(LocalFlinkCluster cluster) {
        return savepoints == null
                ? cluster.savepoints().toUri().toString()
                : savepoints.contains(":/")
                        ? savepoints
                        : context().resolve(Path.of(savepoints)).toUri().toString();
    }

    private Upgrade.Result goOn(Upgrade upgrade, FlinkCommandLine flink, Optional<UpgradeJournal> found) {
        UpgradeJournal journal = found.orElseThrow(() -> CommandFailure.usage(
                "an interrupted upgrade must be there to go on with, none was",
                "--resume, --back",
                "run upgrade --jar …"));
        note("interrupted: " + journal.phase().text());
        if (journal.phase() == UpgradeJournal.Phase.GREEN) {
            blueGreen(upgrade, flink).clean(journal);
        }
        if (back) {
            upgrade.turnBack(journal);
        }
        return upgrade.goOn(journal, null);
    }

    private Upgrade.Result begin(
            Upgrade upgrade,
            LocalFlinkCluster cluster,
            FlinkCommandLine flink,
            Path file,
            Optional<UpgradeJournal> found) {
        if (found.isPresent() && found.get().phase() != UpgradeJournal.Phase.VERIFYING) {
            throw unfinished(ExitCode.ENVIRONMENT, "an upgrade that was begun must be ended first", found.get());
        }
        JobManagerApi api = JobManagerApi.of(flink.cluster());
        String id = job(api, flink.cluster());
        JobSubmission submitted = cluster.submission(id)
                .orElseThrow(() -> CommandFailure.environment(
                        "the job must have been submitted through ./candlewick flink run, was not",
                        id,
                        "its arguments are not known: stop it with a savepoint and start the new one from that",
                        null));
        JobSubmission old = submitted.withJar(cluster.keep(
                oldJar == null ? submitted.jarPath() : existing(context().resolve(oldJar), "--old-jar")));
        JobSubmission next = old.withProgram(ProgramArguments.change(old.program(), changes(), unset));
        if (jar != null) {
            // What is verified is what is started, also where the file is built anew meanwhile.
            next = next.withJar(cluster.keep(existing(context().resolve(jar), "--jar")));
        }
        UpgradeJournal journal = UpgradeJournal.begin(file, id, old, next);
        journal.set("oldSlots", Integer.toString(api.slots(id)));
        if (blueGreen && !dryRun) {
            Optional<Upgrade.Result> unequal =
                    blueGreen(upgrade, flink).prove(journal, windows, Duration.ofSeconds(compareSeconds));
            if (unequal.isPresent()) {
                journal.end();
                return unequal.get();
            }
        }
        return upgrade.run(journal, dryRun);
    }

    private BlueGreen blueGreen(Upgrade upgrade, FlinkCommandLine flink) {
        return new BlueGreen(
                upgrade,
                JobManagerApi.of(flink.cluster()),
                new Upgrade.Limits("", Duration.ofSeconds(timeoutSeconds), checkpoints),
                flink.cluster().directory().resolve("logs"));
    }

    private Map<String, String> changes() {
        Map<String, String> changes = new LinkedHashMap<>();
        if (config != null) {
            changes.put(
                    "config", existing(context().resolve(config), "--config").toString());
        }
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals <= 0) {
                throw CommandFailure.usage(
                        "--set must be followed by key=value, was '" + setting + "'", "--set", "--set fill=carry");
            }
            changes.put(
                    setting.substring(0, equals).strip(),
                    setting.substring(equals + 1).strip());
        }
        if (parallelism != null) {
            changes.put("parallelism", Integer.toString(parallelism));
        }
        return changes;
    }

    private static Path existing(Path path, String option) {
        if (!Files.isRegularFile(path)) {
            throw CommandFailure.environment("a file must exist, was missing: " + path, option, "check the path", null);
        }
        return path;
    }

    private String job(JobManagerApi api, ClusterState state) {
        List<JobManagerApi.Job> running = api
                .jobs()
                .orElseThrow(() -> CommandFailure.environment(
                        "the JobManager must answer, did not", state.webUi(), "./candlewick cluster status", null))
                .stream()
                .filter(seen -> !seen.isOver())
                .toList();
        List<JobManagerApi.Job> chosen = running.stream()
                .filter(seen -> job == null || seen.id().equals(job))
                .toList();
        if (chosen.size() != 1) {
            throw CommandFailure.environment(
                    job == null ? "one job must run, was " + running.size() : "job " + job + " must run, does not",
                    "--job",
                    running.isEmpty()
                            ? "start one with ./candlewick flink run"
                            : "--job one of "
                                    + running.stream()
                                            .map(JobManagerApi.Job::id)
                                            .toList(),
                    null);
        }
        if (!chosen.get(0).runs()) {
            throw CommandFailure.environment(
                    "every task of the job must run before it is upgraded, was "
                            + chosen.get(0).state() + " with " + chosen.get(0).running() + " of "
                            + chosen.get(0).tasks(),
                    chosen.get(0).id(),
                    "wait until it runs, or end it and start another from its newest checkpoint",
                    null);
        }
        return chosen.get(0).id();
    }

    private static CommandFailure unfinished(ExitCode exit, String what, UpgradeJournal journal) {
        return new CommandFailure(
                exit,
                what + "; " + journal.phase().text()
                        + (journal.get("savepoint").isEmpty() ? "" : ". Savepoint: " + journal.get("savepoint"))
                        + (journal.get("newJob").isEmpty() ? "" : ". New job: " + journal.get("newJob")),
                "job " + journal.get("job"),
                "./candlewick upgrade --resume goes on, ./candlewick upgrade --back goes back to the old job",
                null);
    }

    private static CommandFailure interrupted(Optional<UpgradeJournal> journal) {
        return journal.filter(left -> left.phase() != UpgradeJournal.Phase.VERIFYING)
                .map(left -> unfinished(ExitCode.INTERRUPTED, "interrupted", left))
                .orElseGet(() ->
                        new CommandFailure(ExitCode.INTERRUPTED, "interrupted: nothing was stopped", null, null, null));
    }

    private ExitCode print(Upgrade.Result result) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("outcome", result.outcome().name().toLowerCase(Locale.ROOT));
        fields.put("job", result.job());
        fields.put("savepoint", result.savepoint());
        fields.put("down_s", result.downMillis() / 1000.0);
        fields.put("reason", result.reason());
        if (output().format() == OutputFormat.TABLE) {
            try (Output.Table table =
                    output().table(Column.text("step"), Column.number("seconds"), Column.text("result"))) {
                result.steps().forEach(step -> table.row(step.step(), step.millis() / 1000.0, step.detail()));
            }
            output().line("");
        } else {
            fields.put(
                    "steps",
                    result.steps().stream()
                            .map(step -> Map.of(
                                    "step", step.step(), "seconds", step.millis() / 1000.0, "result", step.detail()))
                            .toList());
        }
        output().record(fields);
        String fix = result.fix().isEmpty() ? null : result.fix();
        return switch (result.outcome()) {
            case UPGRADED, POSSIBLE -> ExitCode.OK;
            case REFUSED ->
                throw CommandFailure.dataMismatch(
                        "the job must be able to go on with the new jar, is not: " + result.reason(),
                        result.job(),
                        fix);
            case ROLLED_BACK ->
                throw CommandFailure.jobFailed(
                        "the new job must be well, was not: " + result.reason() + ". The old job runs again",
                        result.job(),
                        fix,
                        null);
            case DIFFERENT ->
                throw CommandFailure.dataMismatch(
                        "both jobs must publish the same, did not: " + result.reason(), result.job(), fix);
            case NOT_PROMOTED, NOT_STOPPED, NOT_ROLLED_BACK ->
                throw CommandFailure.jobFailed(
                        result.reason(), result.job().isEmpty() ? null : result.job(), fix, null);
        };
    }
}

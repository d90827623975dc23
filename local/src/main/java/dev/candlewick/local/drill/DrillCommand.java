package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Fault drills. */
@Command(
        name = "drill",
        description = "Disturb the real job on a real cluster and compare what it writes with an undisturbed run.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DrillCommand.Kills.class,
            DrillCommand.Restarts.class,
            DrillCommand.Hang.class,
            DrillCommand.FullDisk.class,
            DrillCommand.Poison.class,
            DrillCommand.Twice.class,
            DrillCommand.Rescale.class,
            DrillCommand.Upgrades.class,
            DrillCommand.Alerts.class
        })
public final class DrillCommand extends CandlewickCommand {
    @Override
    protected ExitCode run() {
        throw new ParameterException(
                spec().commandLine(),
                "drill must have a command: kills, restarts, hang, full-disk, poison, twice, rescale, upgrades or"
                        + " alerts");
    }

    /** What all drills have in common. */
    abstract static class One extends CandlewickCommand {
        @Option(names = "--seed", paramLabel = "N", description = "Of market, moments and victims (default: any).")
        private @Nullable Long seed;

        @Option(
                names = "--backend",
                paramLabel = "heap|rocksdb",
                description = "Where keyed state lives (default: ${DEFAULT-VALUE}).")
        private String backend = "rocksdb";

        @Option(
                names = "--input",
                paramLabel = "exact|late|both",
                description = "exact has no late trades and is compared byte by byte, late has and is compared by last"
                        + " revisions (default: ${DEFAULT-VALUE}).")
        private String input = "both";

        @Option(
                names = "--messages",
                paramLabel = "N",
                description = "Of each input, between two disturbances (default: ${DEFAULT-VALUE}).")
        private int messages = 3_000;

        @Option(
                names = "--checkpoint-interval",
                paramLabel = "MS",
                description = "Milliseconds (default: ${DEFAULT-VALUE}).")
        private int checkpointMillis = 800;

        @Option(
                names = "--zookeeper",
                description = "Let Flink's high availability bring the jobs back, with a ZooKeeper of the drill's own,"
                        + " and not the cluster's supervisor.")
        private boolean zooKeeper;

        @Option(names = "--jar", paramLabel = "JAR", description = "The job jar (default: that of this installation).")
        private @Nullable Path jar;

        @Option(
                names = "--minutes",
                paramLabel = "M",
                description = "After which no further disturbance begins; what was done is compared (default:"
                        + " ${DEFAULT-VALUE}).")
        private int minutes = 600;

        @Option(names = "--keep", description = "Keep logs, topics and lakes also where nothing differs.")
        private boolean keep;

        @Option(
                names = "--sabotage",
                paramLabel = "missing|repeated|lake",
                description = "Spoil the output before it is compared, to see that the drill finds it.")
        private @Nullable Sabotage sabotage;

        abstract int times();

        abstract String name();

        abstract Drill drill(Drill.Options options);

        @Override
        protected final ExitCode run() throws Exception {
            if (times() < 1 || times() > 10_000 || messages < 100 || checkpointMillis < 100 || minutes < 1) {
                throw CommandFailure.usage(
                        "times must lie in 1..10000, messages be at least 100, the interval at least 100 ms and minutes at"
                                + " least 1, was " + times() + ", " + messages + ", " + checkpointMillis + ", "
                                + minutes,
                        null,
                        "for example --kills 20");
            }
            List<Lane> lanes = lanes();
            Path root = context().root();
            Path drills = context().home().directory().resolve("drill");
            long used = seed == null ? System.nanoTime() & 0xffffff : seed;
            Path directory = drills.resolve(name() + "-" + used + "-" + System.currentTimeMillis());
            Files.createDirectories(directory);
            Path jobJar = jar != null ? context().resolve(jar) : jobJar(context());
            note("seed " + used);
            if (!options().verbose()) {
                // That the broker is gone for a while is what a drill is for.
                Configurator.setLevel("org.apache.kafka.clients", Level.ERROR);
            }
            Drill.Options how = new Drill.Options(
                    times(),
                    used,
                    lanes,
                    messages,
                    backend,
                    zooKeeper ? "own" : null,
                    checkpointMillis,
                    jobJar,
                    directory,
                    root,
                    sabotage,
                    Duration.ofMinutes(minutes));
            DrillReport report;
            try (Drill drill = drill(how)) {
                report = drill.run();
            }
            print(report);
            Path ledger = drills.resolve("ledger.jsonl");
            append(ledger, report, used);
            summary(ledger, this::note);
            if (report.differences() > 0) {
                throw CommandFailure.dataMismatch(
                        "the disturbed run must give what the undisturbed run gives, " + report.differences()
                                + " differences (seed " + used + ")",
                        directory.toString(),
                        "the logs, topics and lakes are kept there; report it with the seed");
            }
            if (!keep) {
                delete(directory);
            }
            return ExitCode.OK;
        }

        private List<Lane> lanes() {
            return switch (input.toLowerCase(Locale.ROOT)) {
                case "both" -> List.of(Lane.EXACT, Lane.LATE);
                case "exact" -> List.of(Lane.EXACT);
                case "late" -> List.of(Lane.LATE);
                default ->
                    throw CommandFailure.usage(
                            "input must be exact, late or both, was " + input, "--input", "for example --input both");
            };
        }

        private void print(DrillReport report) {
            if (output().format() == OutputFormat.TABLE) {
                try (Output.Table table = output().table(
                                Column.number("n"),
                                Column.text("disturbance"),
                                Column.text("moment"),
                                Column.number("recovery_ms"))) {
                    report.disturbances()
                            .forEach(one -> table.row(one.number(), one.what(), one.when(), one.recoveryMillis()));
                }
                output().line("");
            }
            try (Output.Table table = output().table(
                            Column.text("input"),
                            Column.text("output"),
                            Column.number("expected"),
                            Column.number("missing"),
                            Column.number("foreign"),
                            Column.number("repeated"))) {
                for (Finding finding : report.findings()) {
                    table.row(
                            finding.lane(),
                            finding.output(),
                            finding.expected(),
                            finding.missing(),
                            finding.foreign(),
                            finding.repeated());
                }
                report.residuals()
                        .forEach((lane, residual) -> table.row(lane, "residual", 0, 0, 0, Math.abs(residual)));
            }
            for (Finding finding : report.findings()) {
                finding.examples().forEach(example -> note(finding.lane() + " " + finding.output() + ": " + example));
            }
        }

        private void append(Path ledger, DrillReport report, long used) throws IOException {
            List<Long> recoveries = report.disturbances().stream()
                    .map(Disturbance::recoveryMillis)
                    .sorted()
                    .toList();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("at", Instant.now().toString());
            line.put("drill", name());
            line.put("seed", used);
            line.put("backend", backend);
            line.put("high_availability", zooKeeper ? "zookeeper" : "supervisor");
            line.put("input", input);
            line.put("messages", report.messages());
            line.put("seconds", report.seconds());
            line.put("disturbances", report.disturbances().size());
            Map<String, Integer> kinds = new TreeMap<>();
            report.disturbances().forEach(one -> kinds.merge(one.kind(), 1, Integer::sum));
            line.put("kinds", kinds);
            line.put(
                    "done",
                    report.disturbances().stream()
                            .map(one -> one.what() + ", " + one.when())
                            .toList());
            line.put("recovery_ms", recoveries);
            line.put(
                    "compared",
                    report.findings().stream().mapToLong(Finding::expected).sum());
            line.put("differences", report.differences());
            line.put("sabotage", sabotage == null ? null : sabotage.name().toLowerCase(Locale.ROOT));
            Files.writeString(
                    ledger,
                    Output.json(line) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }

    /** The directory that the launcher stands in. */
    private static Path installation(CliContext context) {
        String property = System.getProperty(CliContext.ROOT_PROPERTY);
        return context.root() != null
                ? context.root()
                : property != null ? Path.of(property) : context.workingDirectory();
    }

    private static Path jobJar(CliContext context) throws IOException {
        Path target = installation(context).resolve("jobs/target");
        if (Files.isDirectory(target)) {
            try (Stream<Path> files = Files.list(target)) {
                Optional<Path> found = files.filter(
                                file -> file.getFileName().toString().matches("candlewick-jobs-.*-all\\.jar"))
                        .findFirst();
                if (found.isPresent()) {
                    return found.get();
                }
            }
        }
        throw CommandFailure.environment(
                "the job jar must be built, was not", target.toString(), "mvn -DskipTests package", null);
    }

    /** Adds up all drills of a ledger. */
    private static void summary(Path ledger, Consumer<String> note) throws IOException {
        record Sum(long runs, long disturbances, long differences) {}
        Map<String, Sum> sums = new TreeMap<>();
        for (String line : Files.readAllLines(ledger, StandardCharsets.UTF_8)) {
            Map<String, Json.Value> fields = Json.object(line.getBytes(StandardCharsets.UTF_8));
            if (fields == null || !text(fields, "sabotage").isEmpty()) {
                continue;
            }
            Sum one = new Sum(
                    1, Long.parseLong(text(fields, "disturbances")), Long.parseLong(text(fields, "differences")));
            sums.merge(
                    text(fields, "drill"),
                    one,
                    (x, y) -> new Sum(
                            x.runs() + y.runs(),
                            x.disturbances() + y.disturbances(),
                            x.differences() + y.differences()));
        }
        sums.forEach((drill, sum) -> note.accept("so far " + drill + ": " + sum.runs() + " drills, "
                + sum.disturbances() + " disturbances, " + sum.differences() + " differences"));
        note.accept("all of them: " + ledger);
    }

    private static String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null ? "" : value.text();
    }

    private static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(tree)) {
            all = new ArrayList<>(walk.sorted(Comparator.reverseOrder()).toList());
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** Kills processes. */
    @Command(
            name = "kills",
            description = {
                "Kill TaskManagers, the JobManager and the broker with signal 9 at random moments while trades flow; wait"
                        + " each time until the job runs again; let the input end; compare topics and lake with those of an"
                        + " undisturbed run over the same log.",
                "",
                "Exit code 3 if anything is missing, there twice or other, or a residual is not 0."
            })
    static final class Kills extends One {
        @Option(names = "--kills", paramLabel = "N", description = "How many (default: ${DEFAULT-VALUE}).")
        private int kills = 5;

        @Option(
                names = "--victims",
                paramLabel = "V,V…",
                split = ",",
                description = "taskmanager, jobmanager, broker (default: all three).")
        private List<KillFault.Victim> victims = new ArrayList<>();

        @Override
        int times() {
            return kills;
        }

        @Override
        String name() {
            return "kills";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new FaultDrill(
                    options,
                    List.of(new KillFault(victims.isEmpty() ? List.of(KillFault.Victim.values()) : victims)),
                    this::note);
        }
    }

    /** What drills have in common that are done a number of times. */
    abstract static class Times extends One {
        private static final String EXIT =
                "Exit code 3 if anything is missing, there twice or other, or a residual is not 0.";

        @Option(names = "--times", paramLabel = "N", description = "How often (default: ${DEFAULT-VALUE}).")
        private int times = 4;

        @Override
        int times() {
            return times;
        }
    }

    /** Stops and starts. */
    @Command(
            name = "restarts",
            description = {
                "Stop the job with a savepoint while trades flow and start it from there with another parallelism, 1, 2, 3,"
                        + " 4 in turn; the third time with another version of the job, which savepoint verify must accept; compare"
                        + " as drill kills does.",
                "",
                Times.EXIT
            })
    static final class Restarts extends Times {
        @Option(
                names = "--changed-jar",
                paramLabel = "JAR",
                description =
                        "The other version (default: the same job under another version number, with two operators"
                                + " more).")
        private @Nullable Path changedJar;

        @Override
        String name() {
            return "restarts";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new FaultDrill(
                    options,
                    List.of(new RestartFault(
                            Math.min(3, times()),
                            changedJar == null ? null : context().resolve(changedJar))),
                    this::note);
        }
    }

    /** Stops processes for a while. */
    @Command(
            name = "hang",
            description = {
                "Stop a TaskManager that has tasks with SIGSTOP while trades flow, and let it go on with SIGCONT when its"
                        + " tasks run elsewhere: what it still wants to write must reach nobody; compare as drill kills does.",
                "",
                Times.EXIT
            })
    static final class Hang extends Times {
        private static final int HEARTBEAT_TIMEOUT_SECONDS = 50;

        @Option(
                names = "--seconds",
                paramLabel = "S",
                description = "How long it hangs, 1 to 600 (default: ${DEFAULT-VALUE}).")
        private int seconds = 60;

        @Option(
                names = "--heartbeat-timeout",
                paramLabel = "S",
                description = "After which Flink gives up a TaskManager, 2 to 600 (default: ${DEFAULT-VALUE}).")
        private int heartbeatTimeoutSeconds = HEARTBEAT_TIMEOUT_SECONDS;

        @Override
        String name() {
            return "hang";
        }

        @Override
        Drill drill(Drill.Options options) {
            if (seconds < 1 || seconds > 600 || heartbeatTimeoutSeconds < 2 || heartbeatTimeoutSeconds > 600) {
                throw CommandFailure.usage(
                        "seconds must lie in 1..600 and the heartbeat timeout in 2..600, was " + seconds + ", "
                                + heartbeatTimeoutSeconds,
                        "--seconds, --heartbeat-timeout",
                        "for example --seconds 60 --heartbeat-timeout 50");
            }
            return new FaultDrill(
                    options,
                    List.of(new HangFault(Duration.ofSeconds(seconds), Duration.ofSeconds(heartbeatTimeoutSeconds))),
                    this::note);
        }
    }

    /** Fills the disk. */
    @Command(
            name = "full-disk",
            description = {
                "Fill the file system of the checkpoints while trades flow, and free it again: by turns until one checkpoint"
                        + " of each job has failed, after which it must not have been restarted, and until it has been;"
                        + " compare as drill kills does.",
                "The file system is the drill's own, in memory: mounting it must be permitted.",
                "",
                Times.EXIT
            })
    static final class FullDisk extends Times {
        @Override
        String name() {
            return "full-disk";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new FaultDrill(options, List.of(new FullDiskFault()), this::note);
        }
    }

    /** Sends what cannot be decoded. */
    @Command(
            name = "poison",
            description = {
                "Send truncated, binary, huge, empty and null messages at the head of every partition before the job starts,"
                        + " and between trades while it runs: each must be rejected once with its reason, position and"
                        + " bytes, no job be restarted, and candles be those of a run over the same trades without them;"
                        + " compare as drill kills does.",
                "",
                Times.EXIT
            })
    static final class Poison extends Times {
        @Override
        String name() {
            return "poison";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new FaultDrill(options, List.of(new PoisonFault()), this::note);
        }
    }

    /** Starts a job that runs. */
    @Command(
            name = "twice",
            description = {
                "Start the job a second time while it runs, with the same topics, group and lake, by turns without state and"
                        + " from its newest checkpoint: the second one must be refused or end by itself, and say why;"
                        + " compare as drill kills does.",
                "",
                Times.EXIT
            })
    static final class Twice extends Times {
        @Override
        String name() {
            return "twice";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new FaultDrill(options, List.of(new TwiceFault()), this::note);
        }
    }

    /** Grows and shrinks. */
    @Command(
            name = "rescale",
            description = {
                "Let Flink's adaptive scheduler change the parallelism of the running job while trades flow: a TaskManager"
                        + " comes, it is killed, the job asks for less and for more through REST, in turn; compare as"
                        + " drill kills does.",
                "",
                "Exit code 3 if anything is missing, there twice or other, or a residual is not 0."
            })
    static final class Rescale extends One {
        @Option(names = "--times", paramLabel = "N", description = "How often (default: ${DEFAULT-VALUE}).")
        private int times = 4;

        @Override
        int times() {
            return times;
        }

        @Override
        String name() {
            return "rescale";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new RescaleDrill(options, this::note);
        }
    }

    /** Upgrades that must go wrong. */
    @Command(
            name = "upgrades",
            description = {
                "Upgrade the job to bad jars and bad options while trades flow, one kind after the other: each must be refused"
                        + " before anything is stopped, or taken back by itself within 60 s; compare as drill kills does.",
                "",
                "Exit code 3 if one ends otherwise, or anything is missing, there twice or other."
            })
    static final class Upgrades extends One {
        @Option(
                names = "--kinds",
                paramLabel = "K,K…",
                split = ",",
                description = "Such as out-of-memory or slow (default: all; nothing is a good upgrade).")
        private List<String> names = new ArrayList<>();

        @Option(
                names = "--within",
                paramLabel = "SECONDS",
                description = "From the request to stop until a job is well again (default: ${DEFAULT-VALUE}).")
        private int withinSeconds = 60;

        @Option(
                names = "--timeout",
                paramLabel = "SECONDS",
                description = "Of each upgrade (default: ${DEFAULT-VALUE}).")
        private int timeoutSeconds = 25;

        private List<BadUpgrade> kinds() {
            List<BadUpgrade> all = List.of(BadUpgrade.values());
            List<BadUpgrade> kinds = new ArrayList<>();
            for (String name : names) {
                kinds.add(all.stream()
                        .filter(kind -> kind.label().equals(name.toLowerCase(Locale.ROOT)))
                        .findFirst()
                        .orElseThrow(() -> CommandFailure.usage(
                                "kind of upgrade must be one of "
                                        + all.stream().map(BadUpgrade::label).toList() + ", was " + name,
                                "--kinds",
                                "for example --kinds open-throws,slow")));
            }
            return kinds.isEmpty() ? all : kinds;
        }

        @Override
        int times() {
            return kinds().size();
        }

        @Override
        String name() {
            return "upgrades";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new UpgradeDrill(options, kinds(), timeoutSeconds, Duration.ofSeconds(withinSeconds), this::note);
        }
    }

    /** Makes alerts. */
    @Command(
            name = "alerts",
            description = {
                "Make every fault that an alert of conf/prometheus/alerts.yml is about, on a real cluster beside a real"
                        + " Prometheus with these rules; measure when the alert fires; do what its runbook says; measure when"
                        + " it ends; and demand a job that runs, completes a checkpoint and has a residual of 0.",
                "",
                "Exit code 3 if an alert does not fire or does not end, or the job is not well afterwards."
            })
    static final class Alerts extends CandlewickCommand {
        private static final String NAME = "alerts";

        @Option(
                names = "--only",
                paramLabel = "NAME,…",
                split = ",",
                description = "Alerts, with those that the same faults make (default: all).")
        private Set<String> only = new LinkedHashSet<>();

        @Option(
                names = "--faster",
                paramLabel = "N",
                description = "Divide the times of the rules by this; 1 leaves them as written (default:"
                        + " ${DEFAULT-VALUE}).")
        private int factor = 20;

        @Option(names = "--json", paramLabel = "FILE", description = "Write the results as JSON too, one alert a line.")
        private @Nullable Path json;

        @Option(names = "--jar", paramLabel = "JAR", description = "The job jar (default: that of this installation).")
        private @Nullable Path jar;

        @Option(names = "--keep", description = "Keep logs, topics and lake also where all is well.")
        private boolean keep;

        @Override
        protected ExitCode run() throws Exception {
            if (factor < 1 || factor > FasterRules.MOST) {
                throw CommandFailure.usage(
                        "factor must lie in 1.." + FasterRules.MOST + ", was " + factor,
                        "--faster",
                        "for example --faster 20");
            }
            List<AlertScene> scenes = AlertScenes.of(only);
            long seed = System.nanoTime() & 0xffffff;
            Path drills = context().home().directory().resolve("drill");
            Path directory = drills.resolve(NAME + "-" + System.currentTimeMillis());
            Files.createDirectories(directory);
            if (!options().verbose()) {
                Configurator.setLevel("org.apache.kafka.clients", Level.ERROR);
            }
            AlertStage.Options how = new AlertStage.Options(
                    factor,
                    jar != null ? context().resolve(jar) : jobJar(context()),
                    directory.toAbsolutePath(),
                    installation(context()).toAbsolutePath(),
                    scenes.stream().anyMatch(AlertScene::needsDisk),
                    seed);
            long start = System.nanoTime();
            List<AlertResult> results;
            List<Map<String, Object>> fields;
            try (AlertStage stage = new AlertStage(how, this::note)) {
                AlertDrill drill = new AlertDrill(stage, scenes);
                results = drill.run();
                fields = results.stream()
                        .map(result -> result.fields(factor, drill.commands(result.alert())))
                        .toList();
                if (!drill.others().isEmpty()) {
                    note("fired too, as consequences: " + String.join(", ", drill.others()));
                }
            }
            long seconds = (System.nanoTime() - start) / 1_000_000_000L;
            print(results);
            if (json != null) {
                StringBuilder lines = new StringBuilder();
                fields.forEach(line -> lines.append(Output.json(line)).append('\n'));
                Files.writeString(context().resolve(json), lines, StandardCharsets.UTF_8);
            }
            List<String> failed = results.stream()
                    .filter(result -> !result.passed())
                    .map(AlertResult::alert)
                    .toList();
            Path ledger = drills.resolve("ledger.jsonl");
            append(ledger, results, fields, seconds, seed, failed.size());
            summary(ledger, this::note);
            if (!failed.isEmpty()) {
                throw CommandFailure.dataMismatch(
                        "every alert must fire in its drill and end after its runbook, not so " + failed,
                        directory.toString(),
                        "logs and commands.log are kept there");
            }
            if (!keep) {
                delete(directory);
            }
            return ExitCode.OK;
        }

        private void print(List<AlertResult> results) {
            try (Output.Table table = output().table(
                            Column.text("alert"),
                            Column.text("severity"),
                            Column.text("fault"),
                            Column.number("seconds_to_fire"),
                            Column.number("seconds_to_heal"),
                            Column.number("factor"),
                            Column.text("passed"))) {
                for (AlertResult result : results) {
                    table.row(
                            result.alert(),
                            result.severity(),
                            result.fault(),
                            AlertResult.seconds(result.fireMillis()),
                            AlertResult.seconds(result.healMillis()),
                            factor,
                            result.passed());
                }
            }
        }

        private void append(
                Path ledger,
                List<AlertResult> results,
                List<Map<String, Object>> fields,
                long seconds,
                long seed,
                int failed)
                throws IOException {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("at", Instant.now().toString());
            line.put("drill", NAME);
            line.put("seed", seed);
            line.put("factor", factor);
            line.put("seconds", seconds);
            line.put("disturbances", results.size());
            line.put("alerts", fields);
            line.put("differences", failed);
            line.put("sabotage", null);
            Files.writeString(
                    ledger,
                    Output.json(line) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}

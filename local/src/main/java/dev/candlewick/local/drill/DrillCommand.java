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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
        subcommands = {DrillCommand.Kills.class, DrillCommand.Restarts.class, DrillCommand.Upgrades.class})
public final class DrillCommand extends CandlewickCommand {
    @Override
    protected ExitCode run() {
        throw new ParameterException(spec().commandLine(), "drill must have a command: kills, restarts or upgrades");
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
            if (times() < 1 || times() > 10_000 || messages < 100 || checkpointMillis < 100) {
                throw CommandFailure.usage(
                        "times must lie in 1..10000, messages be at least 100 and the interval at least 100 ms, was "
                                + times() + ", " + messages + ", " + checkpointMillis,
                        null,
                        "for example --kills 20");
            }
            List<Lane> lanes = lanes();
            Path root = context().root();
            Path drills = context().home().directory().resolve("drill");
            long used = seed == null ? System.nanoTime() & 0xffffff : seed;
            Path directory = drills.resolve(name() + "-" + used + "-" + System.currentTimeMillis());
            Files.createDirectories(directory);
            Path jobJar = jar != null ? context().resolve(jar) : jobJar(root);
            note("seed " + used);
            if (!options().verbose()) {
                // That the broker is gone for a while is what a drill is for.
                Configurator.setLevel("org.apache.kafka.clients", Level.ERROR);
            }
            DrillReport report;
            try (Drill drill = drill(new Drill.Options(
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
                    sabotage))) {
                report = drill.run();
            }
            print(report);
            Path ledger = drills.resolve(name() + ".jsonl");
            append(ledger, report, used);
            summary(ledger);
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

        private Path jobJar(@Nullable Path root) throws IOException {
            String property = System.getProperty(CliContext.ROOT_PROPERTY);
            Path installation = root != null
                    ? root
                    : property != null ? Path.of(property) : context().workingDirectory();
            Path target = installation.resolve("jobs/target");
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
            line.put("seed", used);
            line.put("backend", backend);
            line.put("high_availability", zooKeeper ? "zookeeper" : "supervisor");
            line.put("input", input);
            line.put("messages", report.messages());
            line.put("disturbances", report.disturbances().size());
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

        private void summary(Path ledger) throws IOException {
            long runs = 0;
            long disturbances = 0;
            long differences = 0;
            for (String line : Files.readAllLines(ledger, StandardCharsets.UTF_8)) {
                Map<String, Json.Value> fields = Json.object(line.getBytes(StandardCharsets.UTF_8));
                if (fields == null || !text(fields, "sabotage").isEmpty()) {
                    continue;
                }
                runs++;
                disturbances += Long.parseLong(text(fields, "disturbances"));
                differences += Long.parseLong(text(fields, "differences"));
            }
            note("so far: " + runs + " drills, " + disturbances + " disturbances, " + differences + " differences ("
                    + ledger + ")");
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
        private List<KillDrill.Victim> victims = new ArrayList<>();

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
            return new KillDrill(options, victims.isEmpty() ? List.of(KillDrill.Victim.values()) : victims, this::note);
        }
    }

    /** Stops and starts. */
    @Command(
            name = "restarts",
            description = {
                "Stop the job with a savepoint while trades flow and start it from there with another parallelism, 1 to 4;"
                        + " compare as drill kills does.",
                "",
                "Exit code 3 if anything is missing, there twice or other, or a residual is not 0."
            })
    static final class Restarts extends One {
        @Option(names = "--times", paramLabel = "N", description = "How often (default: ${DEFAULT-VALUE}).")
        private int times = 4;

        @Override
        int times() {
            return times;
        }

        @Override
        String name() {
            return "restarts";
        }

        @Override
        Drill drill(Drill.Options options) {
            return new RestartDrill(options, this::note);
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
}

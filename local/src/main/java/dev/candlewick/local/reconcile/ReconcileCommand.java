package dev.candlewick.local.reconcile;

import dev.candlewick.batch.reconcile.ReconcileRequest;
import dev.candlewick.batch.reconcile.ReconcileRun;
import dev.candlewick.connectors.kafka.published.PublishedTopics;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeRunFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.reconcile.ComparedLine;
import dev.candlewick.core.reconcile.CountLine;
import dev.candlewick.core.reconcile.Finding;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.MetricsOption;
import dev.candlewick.local.cli.NotifyOption;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.job.JobArguments;
import dev.candlewick.local.job.LocalCluster;
import dev.candlewick.local.job.LocalFlink;
import dev.candlewick.local.report.ReconcileHtml;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Recomputes published values from the archive, compares, and says why they differ. */
@Command(
        name = "reconcile",
        description = {
            "Compare what the stream has published with a recomputation from the archive.",
            "Exit code 3 where a difference has no known cause, or a file is not what its manifest says."
        })
public final class ReconcileCommand extends CandlewickCommand {
    private static final DateTimeFormatter RUN_NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);
    private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);

    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(names = "--lake", required = true, paramLabel = "P[@V]", description = "The lake, or a version of it.")
    private String lake = "";

    @Mixin
    private final RangeOptions range = new RangeOptions();

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "Also compare the topics of this broker ('local' finds it as other commands do).")
    private @Nullable String kafka;

    @Option(names = "--mode", paramLabel = "batch|streaming", description = "Flink's runtime mode (default: batch).")
    private @Nullable String mode;

    @Option(
            names = "--late",
            paramLabel = "accept|apply",
            description = "Late trades count in the recomputation, or not, by the archived verdict (default: accept).")
    private @Nullable String late;

    @Option(
            names = "--drift-alert",
            paramLabel = "P%%",
            description = "A field that drifts more is an alert (default: 0.5%%).")
    private String driftAlert = "0.5%";

    @Option(
            names = "--lead-in",
            paramLabel = "H",
            description = "Hours of trades read more at both ends, for flags, rolling VWAP and fills (default: 1).")
    private long leadInHours = 1;

    @Option(
            names = "--max-differences",
            paramLabel = "N",
            description = "Look for the causes of at most N differences and count the others (default: 200000).")
    private long differencesMax = 200_000;

    @Option(names = "--worst", paramLabel = "N", description = "Show the N worst differences (default: 10).")
    private int worst = 10;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description =
                    "Where reconcile.json, reconcile.html and differences.parquet go (default: <lake>/reconcile).")
    private @Nullable Path report;

    @Option(names = "--no-alerts", description = "Send no records to drift.alerts.")
    private boolean noAlerts;

    @Mixin
    private final NotifyOption notification = new NotifyOption();

    @Mixin
    private final MetricsOption metrics = new MetricsOption();

    @Override
    protected MetricsOption metrics() {
        return metrics;
    }

    @Override
    protected NotifyOption notification() {
        return notification;
    }

    @Override
    protected ExitCode run() {
        try {
            return reconcile();
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }

    private ExitCode reconcile() throws Exception {
        long threshold = DriftThreshold.parse(driftAlert);
        TimeSpan given = range.span();
        if (differencesMax < 1 || leadInHours < 0 || leadInHours > 24L * 366) {
            throw CommandFailure.usage(
                    "max-differences must be at least 1 and lead-in 0 to 8784 hours, was " + differencesMax + " and "
                            + leadInHours,
                    null,
                    null);
        }
        LakeCatalog catalog = LakeCatalog.parse(context().resolve(Path.of(lake)).toString());
        TimeSpan span = given == null ? wholeLake(catalog) : given;
        Map<String, String> runConfiguration = LakeRunFile.configuration(catalog);
        Path settings = Files.createTempFile("candlewick-reconcile-", ".yaml");
        try {
            RunSettings.write(runConfiguration, settings);
            ResolvedConfiguration config = resolve(settings, true);
            String runProfile = runConfiguration.isEmpty()
                    ? config.profileStamp()
                    : resolve(settings, false).profileStamp();
            ReconcileRequest.Published topics = topics(config);
            String name = RUN_NAME.format(Clock.systemUTC().instant()) + "-"
                    + Long.toHexString(ProcessHandle.current().pid());
            ReconcileRequest request = new ReconcileRequest(
                    name,
                    catalog,
                    config,
                    runProfile,
                    RunSettings.idleTimeout(catalog, runConfiguration).toNanos(),
                    RunSettings.discovery(runConfiguration).toNanos(),
                    LakeRunFile.versions(catalog),
                    VersionCommand.versions(),
                    span.fromNanos(),
                    span.toNanos(),
                    TimeUnit.HOURS.toNanos(leadInHours),
                    threshold,
                    topics,
                    differencesMax);
            ReconcileResult result;
            try (LocalCluster cluster = LocalCluster.headless(config.parallelism());
                    Progress progress = progress("reconcile", "differences", -1)) {
                result = new ReconcileRun(request, cluster::environment, this::note, progress::advanceTo).execute();
            }
            Path folder = ReconcileReport.write(
                    report == null
                            ? catalog.lake().resolve("reconcile")
                            : context().resolve(report),
                    result);
            ReconcileHtml.write(result, folder.resolve("reconcile.html"));
            ReconcileMetrics.fill(metrics.text(), result);
            Files.writeString(folder.resolve("metrics.prom"), metrics.text().toString());
            if (topics != null && !noAlerts) {
                long sent = DriftAlerts.send(
                        topics.consumer().getProperty("bootstrap.servers"),
                        topics.topics().driftAlerts(),
                        result);
                if (sent > 0) {
                    note(sent + " records sent to " + topics.topics().driftAlerts());
                }
            }
            ReconcileTables.print(output(), result, worst);
            tell(result, folder);
            note(summary(result) + ", report in " + folder);
            return isGood(result) ? ExitCode.OK : ExitCode.DATA_MISMATCH;
        } finally {
            Files.deleteIfExists(settings);
        }
    }

    private void tell(ReconcileResult result, Path folder) {
        notification.count("compared", compared(result));
        notification.count("differences", result.differences().size() + result.notKept());
        notification.count("unexplained", result.unexplained());
        notification.count("findings", result.findings().size());
        notification.report(folder.resolve("reconcile.html"));
        result.findings().forEach(finding -> notification.problem(finding.detail()));
        for (CountLine line : result.counts()) {
            notification.problem(
                    line.values() + " of " + line.group() + ": " + line.kind() + ", cause " + line.cause());
        }
    }

    private static long compared(ReconcileResult result) {
        return result.compared().stream().mapToLong(ComparedLine::truth).sum();
    }

    private static boolean isGood(ReconcileResult result) {
        return result.isExplained()
                && result.findings().stream()
                        .noneMatch(finding -> Set.of(
                                        Finding.Code.FILE_MISSING,
                                        Finding.Code.FILE_BROKEN,
                                        Finding.Code.FILE_CHANGED,
                                        Finding.Code.WRONG_DAY)
                                .contains(finding.code()));
    }

    private static String summary(ReconcileResult result) {
        return "%d values recomputed, %d differences, %d unexplained, %d findings about files"
                .formatted(
                        compared(result),
                        result.differences().size() + result.notKept(),
                        result.unexplained(),
                        result.findings().size());
    }

    private ResolvedConfiguration resolve(Path settings, boolean withOptions) {
        List<String> more = new ArrayList<>();
        if (mode != null) {
            more.addAll(List.of("--mode", mode));
        }
        if (late != null) {
            more.addAll(List.of("--late", late));
        }
        ConfigurationSources.Builder sources = ConfigurationSources.builder()
                .environment(withOptions ? context().environment() : Map.of())
                .file(settings)
                .preset(CandlewickOptions.MODE, RunMode.BATCH)
                .preset(CandlewickOptions.LATE, LatePolicy.ACCEPT)
                .workingDirectory(context().workingDirectory());
        if (withOptions) {
            sources.commandLine(job.arguments(more));
        }
        return ResolvedConfiguration.resolve(sources.build());
    }

    private ReconcileRequest.@Nullable Published topics(ResolvedConfiguration config) {
        return kafka == null ? null : topics(context(), kafka, config, this::note);
    }

    /** The topics of a broker that exist; {@code local} finds the broker as other commands do. */
    static ReconcileRequest.Published topics(
            CliContext context, String kafka, ResolvedConfiguration config, Consumer<String> notes) {
        String bootstrap = BootstrapServers.resolve(context, kafka.equals("local") ? null : kafka);
        PublishedTopics topics = PublishedTopics.of(config.get(CandlewickOptions.TOPIC_PREFIX), config.intervals());
        List<String> existing = new ArrayList<>();
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            Set<String> names = KafkaClients.get(admin.listTopics().names(), "listing the topics");
            for (String topic : topics.all()) {
                if (names.contains(topic)) {
                    existing.add(topic);
                } else {
                    notes.accept("topic " + topic + " does not exist: every value of it is missing");
                }
            }
        }
        if (existing.isEmpty()) {
            throw CommandFailure.usage(
                    "topics must exist, was none of " + topics.all(),
                    "--kafka",
                    "check --set topic.prefix, or leave --kafka out to compare the lake alone");
        }
        Properties consumer = new Properties();
        consumer.putAll(config.kafkaProperties());
        consumer.setProperty("bootstrap.servers", bootstrap);
        return new ReconcileRequest.Published(topics, existing, consumer);
    }

    /** Whole days around everything that was published. */
    static TimeSpan wholeLake(LakeCatalog catalog) {
        long min = Long.MAX_VALUE;
        long max = Long.MIN_VALUE;
        for (LakeTable table : List.of(LakeTable.TRADES, LakeTable.CANDLES, LakeTable.VWAP)) {
            for (LakeFile file : catalog.files(table)) {
                Long fileMin = file.minTimeNanos();
                Long fileMax = file.maxTimeNanos();
                if (fileMin != null && fileMax != null) {
                    min = Math.min(min, fileMin);
                    max = Math.max(max, fileMax);
                }
            }
        }
        if (min > max) {
            throw CommandFailure.usage(
                    "lake must hold trades or candles, was empty",
                    catalog.lake().toString(),
                    null);
        }
        return new TimeSpan(min - Math.floorMod(min, DAY_NANOS), max - Math.floorMod(max, DAY_NANOS) + DAY_NANOS);
    }
}

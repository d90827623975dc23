package dev.candlewick.local.reconcile;

import dev.candlewick.batch.heal.HealRequest;
import dev.candlewick.batch.heal.HealRun;
import dev.candlewick.batch.reconcile.ReconcileRequest;
import dev.candlewick.batch.reconcile.ReconcileRun;
import dev.candlewick.connectors.lake.HealNotes;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeHeals;
import dev.candlewick.connectors.lake.LakeRunFile;
import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.heal.HealAction;
import dev.candlewick.core.heal.HealAudit;
import dev.candlewick.core.heal.HealPlan;
import dev.candlewick.core.heal.HealSettings;
import dev.candlewick.core.heal.HealSkip;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.NotifyOption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.job.JobArguments;
import dev.candlewick.local.job.LocalCluster;
import dev.candlewick.local.job.LocalFlink;
import dev.candlewick.local.report.ReconcileHtml;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sets what was published to what the archive says, where a reconciliation has proved it. */
@Command(
        name = "heal",
        description = {
            "Publish what is missing and replace what is wrong, in the topics and in the lake, by a reconciliation.",
            "Says what it would do; writes only with --yes. Exit code 3 where too much would change, or something cannot"
                    + " be healed."
        })
public final class HealCommand extends CandlewickCommand {
    private static final DateTimeFormatter RUN_NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(names = "--lake", required = true, paramLabel = "P[@V]", description = "The lake, or a version of it.")
    private String lake = "";

    @Mixin
    private final RangeOptions range = new RangeOptions();

    @Option(
            names = "--report",
            paramLabel = "P",
            description =
                    "Go by this reconciliation: its reconcile.json, or a folder with it (default: reconcile now).")
    private @Nullable Path report;

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker with the topics ('local' finds it as other commands do).")
    private @Nullable String kafka;

    @Option(names = "--yes", description = "Write it.")
    private boolean yes;

    @Option(
            names = "--max-share",
            paramLabel = "P%%",
            description = "At most this share of a day's candles may change (default: 1%%).")
    private String maxShare = "1%";

    @Option(names = "--max-symbols", paramLabel = "N", description = "At most so many symbols may change (default: 5).")
    private int maxSymbols = 5;

    @Option(
            names = "--max-unhealable",
            paramLabel = "N",
            description = "Go on although up to N differences cannot be healed; they stay as they are (default: 0).")
    private long maxUnhealable;

    @Mixin
    private final NotifyOption notification = new NotifyOption();

    @Override
    protected NotifyOption notification() {
        return notification;
    }

    @Override
    protected ExitCode run() {
        try {
            return heal();
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }

    @SuppressWarnings("NullAway") // It does not see that a request may have no topics.
    private ExitCode heal() throws Exception {
        TimeSpan given = range.span();
        if (given != null && report != null) {
            throw CommandFailure.usage(
                    "range must come from --report or from --date, --from and --to, was from both",
                    "--report",
                    "leave one of them out");
        }
        long sharePartsPerMillion = share();
        if (maxSymbols < 0 || maxUnhealable < 0) {
            throw CommandFailure.usage(
                    "max-symbols and max-unhealable must not be negative, was " + maxSymbols + " and " + maxUnhealable,
                    null,
                    null);
        }
        LakeCatalog catalog = LakeCatalog.parse(context().resolve(Path.of(lake)).toString());
        if (kafka == null && catalog.isStreaming()) {
            throw CommandFailure.usage(
                    "the lake of a streaming job must be healed together with its topics, was without",
                    "--kafka",
                    "give --kafka HOST:PORT, or --kafka local");
        }
        Map<String, String> runConfiguration = LakeRunFile.configuration(catalog);
        Path settings = Files.createTempFile("candlewick-heal-", ".yaml");
        try {
            RunSettings.write(runConfiguration, settings);
            ResolvedConfiguration config = resolve(settings, true);
            ReconcileRequest.Published topics =
                    kafka == null ? null : ReconcileCommand.topics(context(), kafka, config, this::note);
            String name = RUN_NAME.format(Clock.systemUTC().instant()) + "-"
                    + Long.toHexString(ProcessHandle.current().pid());
            HealRequest request = new HealRequest(
                    name,
                    System.getProperty("user.name", "unknown"),
                    catalog,
                    config,
                    topics,
                    VersionCommand.versions());
            try (LocalCluster cluster = LocalCluster.headless(config.parallelism());
                    AutoCloseable claim = yes ? LakeHeals.claim(catalog.lake()) : () -> {}) {
                note(yes ? "heal " + name : "a dry run: nothing is written without --yes");
                HealRun heal =
                        new HealRun(request, cluster::environment, Clock.systemUTC(), this::note, HealRun.Steps.NONE);
                if (yes && topics != null) {
                    ensureNotes(topics);
                }
                finishOthers(heal, name);
                ReconcileResult result = report == null
                        ? reconcile(cluster, request, runConfiguration, settings, given)
                        : ReconcileReport.read(reportFile(context().resolve(report)));
                HealPlan plan = plan(heal, result, config, catalog, sharePartsPerMillion);
                print(output(), plan);
                notification.count("actions", plan.actions().size());
                plan.refusals().forEach(notification::problem);
                return finish(heal, plan, result.run());
            }
        } finally {
            Files.deleteIfExists(settings);
        }
    }

    private HealPlan plan(
            HealRun heal,
            ReconcileResult result,
            ResolvedConfiguration config,
            LakeCatalog catalog,
            long sharePartsPerMillion) {
        List<String> symbols = config.get(CandlewickOptions.SYMBOLS);
        // An interrupted heal may have been finished meanwhile.
        LakeCatalog now = LakeCatalog.open(catalog.lake(), catalog.version());
        try {
            return heal.plan(
                    result,
                    PurgeQueries.evidence(now, config, this::note),
                    new HealSettings(
                            sharePartsPerMillion,
                            maxSymbols,
                            maxUnhealable,
                            symbols.isEmpty() ? null : new HashSet<>(symbols)),
                    PurgeQueries.candlesByDay(now));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), report == null ? null : report.toString(), null);
        }
    }

    private ExitCode finish(HealRun heal, HealPlan plan, String reconciliation) throws Exception {
        if (!plan.isAllowed()) {
            throw CommandFailure.dataMismatch(
                    "a heal must stay within its bounds, did not: " + String.join("; ", plan.refusals()),
                    null,
                    "look at the report; allow it by explicit bounds: --max-share, --max-symbols, --max-unhealable");
        }
        if (!yes) {
            note(
                    plan.actions().isEmpty()
                            ? "nothing to heal"
                            : plan.actions().size() + " values would be written; write them with --yes");
            return ExitCode.OK;
        }
        int written = heal.apply(plan, reconciliation, overridden());
        notification.count("written", written);
        note(written == 0 ? "nothing to heal" : written + " values healed");
        return ExitCode.OK;
    }

    private List<String> overridden() {
        return Stream.of(
                        "1%".equals(maxShare) ? "" : "max-share=" + maxShare,
                        maxSymbols == 5 ? "" : "max-symbols=" + maxSymbols,
                        maxUnhealable == 0 ? "" : "max-unhealable=" + maxUnhealable)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    private void finishOthers(HealRun heal, String name) throws Exception {
        int number = 0;
        for (HealAudit audit : heal.unfinished()) {
            if (!yes) {
                note("heal " + audit.run() + " was interrupted; --yes brings it to its end first");
                continue;
            }
            try {
                int written = heal.resume(audit, name + "-" + ++number);
                note("heal " + audit.run() + " was interrupted; brought to its end with " + written + " values");
            } catch (IllegalArgumentException e) {
                throw CommandFailure.usage(String.valueOf(e.getMessage()), "--kafka", null);
            }
        }
    }

    private static void ensureNotes(ReconcileRequest.Published topics) {
        try (Admin admin = KafkaClients.connect(topics.consumer().getProperty("bootstrap.servers"))) {
            // For ever: a job that starts from an old savepoint must find every heal.
            Topics.ensure(admin, topics.topics().prefix() + HealNotes.TOPIC, 1, Map.of("retention.ms", "-1"));
        }
    }

    private ReconcileResult reconcile(
            LocalCluster cluster,
            HealRequest request,
            Map<String, String> runConfiguration,
            Path settings,
            @Nullable TimeSpan given)
            throws Exception {
        LakeCatalog catalog =
                LakeCatalog.open(request.catalog().lake(), request.catalog().version());
        TimeSpan span = given == null ? ReconcileCommand.wholeLake(catalog) : given;
        ReconcileRequest reconciliation = new ReconcileRequest(
                request.run(),
                catalog,
                request.config(),
                runConfiguration.isEmpty()
                        ? request.config().profileStamp()
                        : resolve(settings, false).profileStamp(),
                RunSettings.idleTimeout(catalog, runConfiguration).toNanos(),
                RunSettings.discovery(runConfiguration).toNanos(),
                LakeRunFile.versions(catalog),
                request.versions(),
                span.fromNanos(),
                span.toNanos(),
                TimeUnit.HOURS.toNanos(1),
                DriftThreshold.parse("0.5%"),
                request.topics(),
                200_000);
        ReconcileResult result;
        try (Progress progress = progress("reconcile", "differences", -1)) {
            result = new ReconcileRun(reconciliation, cluster::environment, this::note, progress::advanceTo).execute();
        }
        Path folder = ReconcileReport.write(catalog.lake().resolve("reconcile"), result);
        ReconcileHtml.write(result, folder.resolve("reconcile.html"));
        note(result.differences().size() + " differences, report in " + folder);
        return result;
    }

    /** The file, the file in a folder, or that of the newest run in a folder of reports. */
    private static Path reportFile(Path given) {
        if (Files.isRegularFile(given)) {
            return given;
        }
        Path direct = given.resolve(ReconcileReport.JSON);
        if (Files.isRegularFile(direct)) {
            return direct;
        }
        if (Files.isDirectory(given)) {
            try (Stream<Path> runs = Files.list(given)) {
                List<Path> found = runs.map(run -> run.resolve(ReconcileReport.JSON))
                        .filter(Files::isRegularFile)
                        .sorted()
                        .toList();
                if (!found.isEmpty()) {
                    return found.get(found.size() - 1);
                }
            } catch (IOException e) {
                throw CommandFailure.environment(
                        "report must be readable, was not: " + e.getMessage(), given.toString(), null, e);
            }
        }
        throw CommandFailure.usage(
                "report must be a " + ReconcileReport.JSON + " or a folder with one, was not",
                given.toString(),
                "make one: ./candlewick reconcile --lake LAKE --kafka local --report DIR");
    }

    private ResolvedConfiguration resolve(Path settings, boolean withOptions) {
        ConfigurationSources.Builder sources = ConfigurationSources.builder()
                .environment(withOptions ? context().environment() : Map.of())
                .file(settings)
                .preset(CandlewickOptions.MODE, RunMode.BATCH)
                .workingDirectory(context().workingDirectory());
        if (withOptions) {
            sources.commandLine(job.arguments(List.of()));
        }
        return ResolvedConfiguration.resolve(sources.build());
    }

    private long share() {
        try {
            String text = maxShare.strip();
            if (text.endsWith("%")) {
                long share = new BigDecimal(text.substring(0, text.length() - 1).strip())
                        .movePointRight(4)
                        .longValueExact();
                if (share >= 0 && share <= 1_000_000) {
                    return share;
                }
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Told below, with every other text that is no share.
        }
        throw CommandFailure.usage(
                "max-share must be 0% to 100% with at most 4 decimals, was '" + maxShare + "'",
                "--max-share",
                "for example --max-share 2.5%");
    }

    private static void print(Output output, HealPlan plan) {
        Map<String, long[]> sums = new TreeMap<>();
        Map<String, List<String>> rows = new TreeMap<>();
        for (HealAction action : plan.actions()) {
            count(
                    sums,
                    rows,
                    action.key().group(),
                    action.isNew() ? "new revision" : "as it was",
                    action.difference().kind().name(),
                    action.difference().cause().name(),
                    action.toTopic() ? action.toLake() ? "topic and lake" : "topic" : "lake");
        }
        for (HealSkip skip : plan.skips()) {
            count(
                    sums,
                    rows,
                    skip.key().group(),
                    "left alone",
                    skip.why().name(),
                    skip.cause().name(),
                    "");
        }
        try (Output.Table table = output.table(
                Column.text("interval"),
                Column.text("what"),
                Column.text("why"),
                Column.text("cause"),
                Column.text("where"),
                Column.number("values"))) {
            rows.forEach(
                    (id, row) -> table.row(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), sum(sums, id)));
        }
    }

    private static long sum(Map<String, long[]> sums, String id) {
        long[] sum = sums.get(id);
        return sum == null ? 0 : sum[0];
    }

    private static void count(Map<String, long[]> sums, Map<String, List<String>> rows, String... row) {
        String id = String.join("|", row);
        rows.putIfAbsent(id, List.of(row));
        sums.computeIfAbsent(id, key -> new long[1])[0]++;
    }
}

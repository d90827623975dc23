package dev.candlewick.batch.backfill;

import dev.candlewick.batch.replay.BoundedJob;
import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeCover;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakeOverlay;
import dev.candlewick.connectors.lake.LakePartition;
import dev.candlewick.connectors.lake.LakeProgress;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.connectors.lake.read.ParquetTradeSource;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.vwap.VwapEmit;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.QualityLevel;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.jobs.operators.Arrival;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Makes days of a lake again from its stored trades, one job a day, and publishes them together as one new version that
 * lies over the one before; not safe for threads.
 *
 * <p>A day is made from its own trades, a lead-in before and a lead-out behind it, so it has the same rows alone as in a
 * longer run. What does not come out of a day's job stays as it was: other days, other tables, other intervals, and with
 * {@code symbols} other instruments.
 *
 * <p>A day that fails is left out and does not stop the others. A run that is killed goes on behind its last whole day
 * when the same request is made again. A day that stands, made of the same trades by the same program and configuration,
 * is not made again.
 */
public final class BackfillRun {
    private static final DateTimeFormatter RUN_NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;
    private static final String PREFIX = "backfill-";
    private static final String READ = "backfill.read";
    private static final String ROWS = "rows.";
    private static final String MILLIS = "backfill.millis";
    private static final int SYMBOLS_LEFT_OUT_MAX = 20;

    /** Options that say where, when and how fast, and not what comes out. */
    private static final Set<String> NOT_RESULTS = Set.of("input", "output", "output.lake", "parallelism");

    private final ResolvedConfiguration config;
    private final Function<Configuration, StreamExecutionEnvironment> environments;
    private final Consumer<String> notes;
    private final Watch watch;

    /** Looks on. */
    public interface Watch {
        /** How many trades there are to read in all, about. */
        void total(long trades);

        /** How many have been read. */
        void read(long trades);

        /** What is done now. */
        void day(String text);
    }

    /**
     * A run.
     *
     * @param config its mode, engine options and symbols; input, output and range are those of the request
     * @param environments makes an environment with the given settings in addition to its own, on a cluster that outlives
     *     one job
     * @param notes receives lines for people
     */
    public BackfillRun(
            ResolvedConfiguration config,
            Function<Configuration, StreamExecutionEnvironment> environments,
            Consumer<String> notes,
            Watch watch) {
        this.config = config;
        this.environments = environments;
        this.notes = notes;
        this.watch = watch;
    }

    /** A day with what it will be made of. */
    private record Plan(LocalDate day, List<LakeProgress.Input> inputs, long trades, long estimate) {
        String part() {
            return day.toString();
        }
    }

    /** Everything that is the same for all days. */
    private final class Frame {
        final BackfillRequest request;
        final Map<String, String> versions;
        final LakeCatalog source;
        final @Nullable LakeCatalog base;
        final Path lake;
        final boolean pinned;
        final String code;
        final String digest;
        final long leadNanos;

        Frame(BackfillRequest request, Map<String, String> versions) {
            this.request = request;
            this.versions = versions;
            source = LakeCatalog.parse(request.lake());
            boolean elsewhere = request.output() != null
                    && !request.output().toAbsolutePath().normalize().equals(source.lake());
            lake = elsewhere
                    ? Objects.requireNonNull(request.output()).toAbsolutePath().normalize()
                    : source.lake();
            pinned = !elsewhere && !Files.exists(Path.of(request.lake()));
            base = elsewhere ? current(lake) : source;
            code = versions.getOrDefault("candlewick", "unknown") + "@" + versions.getOrDefault("commit", "unknown");
            digest = configurationDigest();
            long longest = 0;
            for (Interval interval : config.intervals().asList()) {
                longest = Math.max(longest, interval.nanos());
            }
            leadNanos = Math.max(config.leadNanos(), longest);
        }

        private static @Nullable LakeCatalog current(Path lake) {
            if (!Files.exists(lake.resolve("lake.json"))) {
                return null;
            }
            try {
                return LakeCatalog.open(lake);
            } catch (LakeException e) {
                if (e.kind() == LakeException.Kind.USAGE) {
                    return null;
                }
                throw e;
            }
        }

        /** How the names of all runs of this request begin. */
        String runPrefix() {
            String request = code + "\n" + digest + "\n" + source.lake() + "\n" + (pinned ? source.version() : 0);
            return PREFIX + DAY.format(this.request.from()) + "-" + DAY.format(this.request.to()) + "-"
                    + sha256(request).substring(0, 8) + "-";
        }
    }

    private String configurationDigest() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(config.asMap()).forEach((key, value) -> {
            if (!NOT_RESULTS.contains(key)) {
                text.append(key).append('=').append(value).append('\n');
            }
        });
        return sha256(text.toString());
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 must be part of every Java runtime", e);
        }
    }

    /**
     * Makes the days and publishes them.
     *
     * @param versions versions of the program and of what it runs on, for {@code run.json}
     * @throws LakeException where the lake cannot be read or written, or holds no trades of these days
     */
    public BackfillResult execute(BackfillRequest request, Map<String, String> versions) throws Exception {
        Frame frame = new Frame(request, versions);
        noteDifferences(frame);
        Map<LocalDate, DayResult> results = new TreeMap<>();
        List<Plan> todo = plan(frame, results);
        if (todo.isEmpty()) {
            return new BackfillResult(List.copyOf(results.values()), null, List.of(), 0, Duration.ZERO);
        }
        try (LakeRun run = open(frame, todo)) {
            return execute(frame, run, todo, results);
        }
    }

    /** Says where this configuration is not the one that the base was made by: that is the purpose, or a mistake. */
    private void noteDifferences(Frame frame) {
        Map<String, String> before = frame.source.configuration();
        List<String> differences = new ArrayList<>();
        config.stampSettings().forEach((key, value) -> {
            String old = before.get(key);
            if (old != null && !old.equals(config.asMap().getOrDefault(key, value))) {
                differences.add(key + "=" + config.asMap().getOrDefault(key, value) + " (was " + old + ")");
            }
        });
        if (!differences.isEmpty()) {
            notes.accept("the configuration is not that of version " + frame.source.version() + ": "
                    + String.join(", ", differences));
        }
    }

    private List<Plan> plan(Frame frame, Map<LocalDate, DayResult> results) {
        Map<LocalDate, Long> rows = new TreeMap<>();
        for (LakeManifest manifest : frame.source.manifests(LakeTable.TRADES)) {
            rows.merge(manifest.place().day(), manifest.rows(), Long::sum);
        }
        if (rows.isEmpty()) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "lake version to backfill must have trades, was without any (" + frame.source.lake() + "@"
                            + frame.source.version()
                            + "; versions of runs with archive=off, or that read another lake, have none)");
        }
        List<Plan> todo = new ArrayList<>();
        BackfillRequest request = frame.request;
        long leadDays = Math.floorDiv(frame.leadNanos, TimeUnit.DAYS.toNanos(1)) + 1;
        boolean any = false;
        for (LocalDate day = request.from(); !day.isAfter(request.to()); day = day.plusDays(1)) {
            Long trades = rows.get(day);
            if (trades == null) {
                results.put(day, skipped(day, 0, 0, "no trades of this day are stored: nothing changes"));
                continue;
            }
            any = true;
            List<LakeProgress.Input> inputs = LakeProgress.inputs(
                    frame.source, LakeTable.TRADES, day.minusDays(leadDays), day.plusDays(leadDays));
            String stands = request.fresh() ? null : stands(frame, day, inputs);
            if (stands != null) {
                results.put(day, skipped(day, 0, trades, stands));
                continue;
            }
            double share = Math.min(1, (double) frame.leadNanos / TimeUnit.DAYS.toNanos(1));
            long lead =
                    (long) (share * (rows.getOrDefault(day.minusDays(1), 0L) + rows.getOrDefault(day.plusDays(1), 0L)));
            todo.add(new Plan(day, inputs, trades, trades + lead));
        }
        if (!any) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "days to backfill must have stored trades, were without any from " + request.from() + " to "
                            + request.to() + " (" + frame.source.lake() + "@" + frame.source.version()
                            + " has trades of "
                            + first(rows) + ")");
        }
        return todo;
    }

    private static String first(Map<LocalDate, Long> rows) {
        List<LocalDate> days = List.copyOf(rows.keySet());
        return days.get(0) + (days.size() == 1 ? "" : " to " + days.get(days.size() - 1));
    }

    private static DayResult skipped(LocalDate day, long rows, long trades, String reason) {
        return new DayResult(day, DayResult.State.SKIPPED, rows, trades, Duration.ZERO, null, reason, List.of());
    }

    /** The partitions that a day of this configuration is made of. */
    private List<LakePartition> partitions(LocalDate day) {
        List<LakePartition> partitions = new ArrayList<>();
        for (LakeTable table : tables()) {
            if (table.hasInterval()) {
                for (Interval interval : config.intervals().asList()) {
                    partitions.add(new LakePartition(table, 1, interval.name(), day));
                }
            } else {
                partitions.add(new LakePartition(table, 1, null, day));
            }
        }
        return partitions;
    }

    private List<LakeTable> tables() {
        List<LakeTable> tables = new ArrayList<>(List.of(LakeTable.CANDLES));
        if (config.get(CandlewickOptions.VWAP_EMIT) != VwapEmit.OFF) {
            tables.add(LakeTable.VWAP);
        }
        if (config.get(CandlewickOptions.QUALITY) != QualityLevel.OFF) {
            tables.add(LakeTable.QUALITY);
            tables.add(LakeTable.REPORTS);
        }
        return tables;
    }

    /** Where the day stands already as it would be made now; null where it does not. */
    private @Nullable String stands(Frame frame, LocalDate day, List<LakeProgress.Input> inputs) {
        LakeCatalog base = frame.base;
        if (base == null) {
            return null;
        }
        Set<Integer> owners = new TreeSet<>();
        Set<String> wanted = new LinkedHashSet<>();
        for (LakePartition partition : partitions(day)) {
            owners.add(base.owner(partition));
            wanted.add(partition.table() + "/" + partition.interval());
        }
        if (owners.size() != 1) {
            return null;
        }
        int owner = owners.iterator().next();
        LakeProgress.Part part = LakeProgress.of(base.lake(), base.run(owner)).get(day.toString());
        if (part == null
                || !part.code().equals(frame.code)
                || !part.configuration().equals(frame.digest)
                || !part.inputs().equals(inputs)) {
            return null;
        }
        for (LakeTable table : tables()) {
            for (LakeManifest manifest : base.manifests(table)) {
                LakePartition place = manifest.place();
                if (place.day().equals(day)
                        && wanted.contains(table + "/" + place.interval())
                        && !manifest.run().equals(base.run(owner))) {
                    // Something was added or put in its place since.
                    return null;
                }
            }
        }
        return "stands in version " + owner + " from the same trades and configuration";
    }

    private List<LakeCover> covers(Set<LocalDate> days) {
        List<LakeCover> covers = new ArrayList<>();
        LocalDate from = null;
        LocalDate to = null;
        for (LocalDate day : new TreeSet<>(days)) {
            if (to != null && !day.equals(to.plusDays(1))) {
                covers.addAll(covers(Objects.requireNonNull(from), to));
                from = null;
            }
            from = from == null ? day : from;
            to = day;
        }
        if (from != null) {
            covers.addAll(covers(from, Objects.requireNonNull(to)));
        }
        return covers;
    }

    private List<LakeCover> covers(LocalDate from, LocalDate to) {
        List<LakeCover> covers = new ArrayList<>();
        for (LakePartition partition : partitions(from)) {
            covers.add(new LakeCover(partition.table(), partition.interval(), from, to));
        }
        return covers;
    }

    /** Takes up a run of the same request, or begins one. */
    private LakeRun open(Frame frame, List<Plan> todo) {
        LakeCatalog base = frame.base;
        Set<LocalDate> days = new TreeSet<>();
        todo.forEach(plan -> days.add(plan.day()));
        LakeOverlay overlay = base == null ? null : new LakeOverlay(base.version(), covers(days));
        LakeRun run = resume(frame, overlay);
        if (run == null) {
            String name = frame.runPrefix() + RUN_NAME.format(Clock.systemUTC().instant()) + "-"
                    + Long.toHexString(ProcessHandle.current().pid());
            LakeScales own = LakeScales.covering(config.lakePriceScale(), config.lakeSizeScale());
            run = overlay == null
                    ? LakeRun.resumable(frame.lake, name, own, Clock.systemUTC(), notes)
                    : LakeRun.over(
                            frame.lake,
                            name,
                            overlay,
                            true,
                            widest(own, Objects.requireNonNull(base).scales()),
                            Clock.systemUTC(),
                            notes);
        }
        if (!frame.pinned) {
            run.followCurrent();
        }
        return run;
    }

    /** The scales of the version below where they hold this configuration's values; else this configuration's. */
    private static LakeScales widest(LakeScales own, LakeScales base) {
        return base.priceScale() >= own.priceScale() && base.sizeScale() >= own.sizeScale() ? base : own;
    }

    private @Nullable LakeRun resume(Frame frame, @Nullable LakeOverlay overlay) {
        if (!Files.exists(frame.lake.resolve("lake.json"))) {
            return null;
        }
        List<LakeRun.Unfinished> found = LakeRun.unfinished(frame.lake).stream()
                .filter(run -> run.run().startsWith(PREFIX))
                .sorted(Comparator.comparing(LakeRun.Unfinished::openedAt).reversed())
                .toList();
        LakeRun resumed = null;
        for (LakeRun.Unfinished candidate : found) {
            boolean same = candidate.run().startsWith(frame.runPrefix());
            if (!same || candidate.isRunning() || resumed != null) {
                notes.accept(
                        candidate.isRunning()
                                ? "another backfill is running beside this one: " + candidate.run()
                                : "an unfinished backfill keeps its files until the same command is given again: "
                                        + candidate.run());
                continue;
            }
            try {
                LakeRun run = LakeRun.resume(frame.lake, candidate.run(), Clock.systemUTC(), notes);
                if (frame.request.fresh() || (run.overlay() == null) != (overlay == null)) {
                    run.discard();
                    continue;
                }
                if (overlay != null) {
                    run.lieOver(overlay);
                }
                resumed = run;
            } catch (LakeException e) {
                notes.accept("not resumed: " + e.getMessage());
            }
        }
        return resumed;
    }

    private BackfillResult execute(Frame frame, LakeRun run, List<Plan> todo, Map<LocalDate, DayResult> results)
            throws Exception {
        run.keep("configuration.yaml", configurationText(frame));
        LakeProgress progress = run.progress();
        Set<String> wanted = new TreeSet<>();
        todo.forEach(plan -> wanted.add(plan.part()));
        for (String part : progress.parts().keySet()) {
            if (!wanted.contains(part)) {
                progress.forget(part);
            }
        }
        progress.removeUnfinished();
        watch.total(todo.stream().mapToLong(Plan::estimate).sum());
        Map<LocalDate, LakeProgress.Part> parts = new TreeMap<>();
        Map<LocalDate, List<String>> leftOut = new TreeMap<>();
        long read = 0;
        for (Plan plan : todo) {
            if (progress.isDone(plan.part(), frame.code, frame.digest, plan.inputs())) {
                LakeProgress.Part part = Objects.requireNonNull(progress.parts().get(plan.part()));
                parts.put(plan.day(), part);
                results.put(
                        plan.day(),
                        skipped(plan.day(), rows(part), plan.trades(), "was whole when the run was interrupted"));
            } else {
                progress.forget(plan.part());
                watch.day(plan.part());
                Day day = new Day(frame, run, progress, plan, read);
                DayResult result = day.make();
                results.put(plan.day(), result);
                LakeProgress.Part part = day.part;
                if (part != null) {
                    parts.put(plan.day(), part);
                    leftOut.put(plan.day(), result.failedSymbols());
                } else {
                    notes.accept(plan.part() + " failed: " + result.reason());
                }
            }
            read += plan.estimate();
            watch.read(read);
        }
        List<LedgerRow> ledger = DayLedger.sum(
                parts.values().stream().map(LakeProgress.Part::counts).toList(),
                config.intervals().asList().stream().map(Interval::name).toList());
        LakeCatalog published = null;
        if (parts.isEmpty()) {
            run.discard();
        } else {
            published = publish(frame, run, parts, leftOut, ledger, results);
        }
        long millis = 0;
        long allRead = 0;
        for (LakeProgress.Part part : parts.values()) {
            millis += part.counts().getOrDefault(MILLIS, 0L);
            allRead += part.counts().getOrDefault(READ, 0L);
        }
        return new BackfillResult(List.copyOf(results.values()), published, ledger, allRead, Duration.ofMillis(millis));
    }

    private LakeCatalog publish(
            Frame frame,
            LakeRun run,
            Map<LocalDate, LakeProgress.Part> parts,
            Map<LocalDate, List<String>> leftOut,
            List<LedgerRow> ledger,
            Map<LocalDate, DayResult> results) {
        watch.day("publish");
        LakeOverlay overlay = run.overlay();
        if (overlay != null) {
            run.lieOver(new LakeOverlay(overlay.base(), covers(parts.keySet())));
        }
        Map<String, Long> counts = new TreeMap<>();
        Map<LakeTable, Long> rows = new EnumMap<>(LakeTable.class);
        tables().forEach(table -> rows.put(table, 0L));
        Set<String> sources = new LinkedHashSet<>();
        for (LakeProgress.Part part : parts.values()) {
            part.counts().forEach((name, count) -> {
                if (!DayLedger.isLedger(name)) {
                    counts.merge(name, count, Long::sum);
                }
            });
            for (LakeTable table : tables()) {
                rows.merge(table, part.counts().getOrDefault(ROWS + table.directory(), 0L), Long::sum);
            }
            part.inputs().forEach(input -> sources.add(input.partition()));
        }
        for (DayResult.State state : DayResult.State.values()) {
            counts.put(
                    "days." + state.name().toLowerCase(java.util.Locale.ROOT),
                    results.values().stream()
                            .filter(day -> day.state() == state)
                            .count());
        }
        RunReport report = new RunReport(
                frame.versions,
                config.asMap(),
                List.copyOf(sources),
                counts,
                dev.candlewick.connectors.lake.LedgerRow.of(ledger),
                rows);
        Set<String> selected = Set.copyOf(config.get(CandlewickOptions.SYMBOLS));
        boolean carries = overlay != null
                && (!selected.isEmpty() || leftOut.values().stream().anyMatch(symbols -> !symbols.isEmpty()));
        return carries
                ? LakePublisher.publish(run, report, LakePublisher.Digester.NONE, new Others(selected, leftOut))
                : LakePublisher.publish(run, report, LakePublisher.Digester.NONE);
    }

    /** Rows of the version below that stay: of symbols that were not asked for, or that a day was made without. */
    private record Others(Set<String> selected, Map<LocalDate, List<String>> leftOut)
            implements LakePublisher.Instruments {
        @Override
        public boolean contains(String venue, String symbol) {
            return !selected.isEmpty() && !selected.contains(symbol);
        }

        @Override
        public boolean contains(LakePartition place, String venue, @Nullable String symbol) {
            if (symbol == null) {
                return !selected.isEmpty();
            }
            return contains(venue, symbol)
                    || leftOut.getOrDefault(place.day(), List.of()).contains(symbol);
        }
    }

    private static long rows(LakeProgress.Part part) {
        long rows = 0;
        for (Map.Entry<String, Long> count : part.counts().entrySet()) {
            if (count.getKey().startsWith(ROWS)) {
                rows += count.getValue();
            }
        }
        return rows;
    }

    private String configurationText(Frame frame) {
        StringBuilder text = new StringBuilder(
                        "# What this backfill ran with: every option that has a value.\n# Trades of ")
                .append(frame.source.lake())
                .append("@")
                .append(frame.source.version())
                .append(", days ")
                .append(frame.request.from())
                .append(" to ")
                .append(frame.request.to())
                .append(".\n");
        config.asMap()
                .forEach((key, value) -> text.append(key)
                        .append(": '")
                        .append(value.replace("'", "''"))
                        .append("'\n"));
        return text.toString();
    }

    /** One day's job, and what is tried again where it fails. */
    private final class Day {
        private final Frame frame;
        private final LakeRun run;
        private final LakeProgress progress;
        private final Plan plan;
        private final long readBefore;
        private final Set<String> without = new TreeSet<>();
        private final List<String> said = new ArrayList<>();
        private boolean leadIn = true;
        private boolean leadOut = true;
        private LakeProgress.@Nullable Part part;

        Day(Frame frame, LakeRun run, LakeProgress progress, Plan plan, long readBefore) {
            this.frame = frame;
            this.run = run;
            this.progress = progress;
            this.plan = plan;
            this.readBefore = readBefore;
        }

        DayResult make() throws InterruptedException {
            Instant started = Clock.systemUTC().instant();
            while (true) {
                try {
                    BoundedJob.Result result = job();
                    LakeProgress.Part made = complete(result);
                    part = made;
                    return new DayResult(
                            plan.day(),
                            DayResult.State.DONE,
                            rows(made),
                            plan.trades(),
                            result.duration(),
                            null,
                            said.isEmpty() ? null : String.join("; ", said),
                            List.copyOf(without));
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    progress.removeUnfinished();
                    DayFailure failure = DayFailure.of(e);
                    if (!goesOnWithout(failure)) {
                        return new DayResult(
                                plan.day(),
                                DayResult.State.FAILED,
                                0,
                                plan.trades(),
                                Duration.between(started, Clock.systemUTC().instant()),
                                failure.kind(),
                                failure.reason(),
                                List.of());
                    }
                }
            }
        }

        /** Whether the day can be made without what failed. */
        private boolean goesOnWithout(DayFailure failure) {
            String symbol = failure.symbol();
            if (symbol != null) {
                if (without.size() >= SYMBOLS_LEFT_OUT_MAX || !without.add(symbol)) {
                    return false;
                }
                said.add("symbol " + TextEscapes.value(symbol) + " failed and stays as it was: " + failure.reason());
                notes.accept(plan.part() + ": " + said.get(said.size() - 1));
                return true;
            }
            if (names(failure, plan.day()) || failure.kind() != DayResult.Failure.DATA) {
                return false;
            }
            // Another day is broken: this one is made without its edge, says so, and is made again when the edge is
            // whole.
            boolean before = leadIn && isNamed(failure, true);
            boolean behind = leadOut && isNamed(failure, false);
            if (!before && !behind) {
                return false;
            }
            leadIn &= !before;
            leadOut &= !behind;
            said.add("made without the " + (before ? "lead-in" : "lead-out") + ", so rows near midnight may differ: "
                    + failure.reason());
            notes.accept(plan.part() + ": " + said.get(said.size() - 1));
            return true;
        }

        private boolean isNamed(DayFailure failure, boolean before) {
            for (LakeProgress.Input input : plan.inputs()) {
                LocalDate day = LakePartition.parse(input.partition()).day();
                if (before ? day.isBefore(plan.day()) : day.isAfter(plan.day())) {
                    if (failure.everything().contains(input.partition())) {
                        return true;
                    }
                }
            }
            return false;
        }

        private boolean names(DayFailure failure, LocalDate day) {
            for (LakeProgress.Input input : plan.inputs()) {
                if (LakePartition.parse(input.partition()).day().equals(day)
                        && failure.everything().contains(input.partition())) {
                    return true;
                }
            }
            return false;
        }

        private BoundedJob.Result job() throws Exception {
            long from = TimeUnit.DAYS.toNanos(plan.day().toEpochDay());
            TimeRange day = new TimeRange(from, from + TimeUnit.DAYS.toNanos(1));
            boolean streaming = config.mode() == RunMode.STREAMING;
            ParquetTradeSource source = ParquetTradeSource.builder()
                    .rules(config.feedRules())
                    .catalog(frame.source)
                    .range(day.widened(leadIn ? frame.leadNanos : 0, leadOut ? frame.leadNanos : 0))
                    .sortedByEventTime(streaming)
                    .build();
            BoundedJob.Input input = new BoundedJob.Input(
                    source,
                    source.files().stream().map(InputFile::relativePath).toList(),
                    source.parallelismMax(),
                    streaming ? Arrival.ARCHIVED_IN_ORDER : Arrival.ARCHIVED);
            BoundedJob.Selection selection = new BoundedJob.Selection(
                    day,
                    true,
                    false,
                    false,
                    config.get(CandlewickOptions.SYMBOLS).isEmpty(),
                    without);
            BoundedJob.Result result = new BoundedJob(
                            config,
                            "candlewick backfill " + plan.day(),
                            environments,
                            count -> watch.read(readBefore + Math.min(count, plan.estimate())))
                    .run(
                            input,
                            selection,
                            config.feedRules(),
                            run.target(input.names(), config.profileStamp(), BoundedJob::knownAtNanos));
            if (result.residual() != 0) {
                throw new LakeException(
                        LakeException.Kind.MISMATCH,
                        "residual of the double entry must be 0, was " + result.residual() + " (day " + plan.day()
                                + ")");
            }
            return result;
        }

        private LakeProgress.Part complete(BoundedJob.Result result) {
            Map<String, Long> counts = new LinkedHashMap<>(result.counts());
            DayLedger.put(result.ledger(), counts);
            result.rows().forEach((table, count) -> counts.put(ROWS + table.directory(), count));
            counts.put(READ, result.read());
            counts.put(MILLIS, result.duration().toMillis());
            List<LakeProgress.Input> used = new ArrayList<>();
            for (LakeProgress.Input input : plan.inputs()) {
                LocalDate day = LakePartition.parse(input.partition()).day();
                if (!(day.isBefore(plan.day()) && !leadIn) && !(day.isAfter(plan.day()) && !leadOut)) {
                    used.add(input);
                }
            }
            // A day that was made without a symbol, or an edge, does not count as this configuration's.
            String made = without.isEmpty() ? frame.digest : frame.digest + " without " + without.size() + " symbols";
            return progress.complete(plan.part(), frame.code, made, used, counts, result.rows());
        }
    }
}

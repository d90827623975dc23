package dev.candlewick.local.verify;

import dev.candlewick.connectors.lake.LakeAudit;
import dev.candlewick.connectors.lake.LakeAudit.Finding;
import dev.candlewick.connectors.lake.LakeAudit.Kind;
import dev.candlewick.connectors.lake.LakeAudit.Partition;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LedgerRow;
import dev.candlewick.local.lake.CanonicalDump;
import dev.candlewick.local.lake.LakeDatabase;
import dev.candlewick.local.lake.QueryException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The whole verification of a lake version: files by the manifests, rows by a second computation, counts by the double
 * entry, digests by the dump; one use, one thread.
 */
final class LakeVerification {
    /** What the run published itself, or what a heal brought back of it; the run's own counts know no heal. */
    private static final String BY_THE_RUN = "reason <> 'HEAL'";

    private static final Pattern WITH_VERSION = Pattern.compile("(.+)@([0-9]{1,9})");

    /**
     * What is looked at.
     *
     * @param fromNanos a day's start, {@link Long#MIN_VALUE} for all
     * @param toNanos the end of a day, {@link Long#MAX_VALUE} for all
     * @param tables tables whose faults count
     * @param limit faults of each kind and table that are told one by one
     * @param memory DuckDB's memory limit
     * @param rowsPerPiece trades looked at together
     */
    record Options(long fromNanos, long toNanos, Set<LakeTable> tables, long limit, String memory, long rowsPerPiece) {
        boolean isWhole() {
            return fromNanos == Long.MIN_VALUE && toNanos == Long.MAX_VALUE;
        }

        boolean takes(Partition partition) {
            return tables.contains(partition.table())
                    && partition.endNanos() > fromNanos
                    && partition.startNanos() < toNanos;
        }
    }

    /**
     * What was found.
     *
     * @param more how many faults were not told one by one, by kind and table
     * @param notes what is no fault but should be known
     * @param summary one line for people
     */
    record Result(
            List<Finding> findings,
            Map<String, Long> more,
            List<String> notes,
            String summary,
            Map<String, Long> counts) {
        boolean isClean() {
            return findings.isEmpty();
        }
    }

    private final Options options;
    private final Consumer<String> progress;
    private final LakeAudit.Result audit;
    private final LakeCatalog catalog;
    private final Set<Partition> broken;
    private final List<String> notes;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Finding> fewerTrades = new ArrayList<>();
    private final Map<String, Long> told = new HashMap<>();
    private final Map<String, Long> more = new LinkedHashMap<>();

    private LakeVerification(LakeAudit.Result audit, Options options, Consumer<String> progress) {
        this.audit = audit;
        this.catalog = audit.catalog();
        this.broken = new HashSet<>(audit.broken());
        this.notes = new ArrayList<>(audit.notes());
        this.options = options;
        this.progress = progress;
    }

    /**
     * Verifies what a user names, {@code P} or {@code P@2}.
     *
     * @throws LakeException where there is no such lake or version, or {@code lake.json} cannot be read
     * @throws QueryException where DuckDB fails for reasons that are not the lake's
     */
    static Result run(Path lake, Options options, Consumer<String> progress) {
        Matcher matcher = WITH_VERSION.matcher(lake.toString());
        boolean named = matcher.matches() && !Files.exists(lake);
        LakeAudit.Result audit = LakeAudit.check(
                named ? Path.of(matcher.group(1)) : lake,
                named ? Integer.parseInt(matcher.group(2)) : 0,
                partition -> options.takes(partition)
                        // What is computed again needs the trades.
                        || (partition.table() == LakeTable.TRADES && options.takes(sameDay(partition))),
                file -> progress.accept(file.partition()));
        return new LakeVerification(audit, options, progress).verify();
    }

    private static Partition sameDay(Partition partition) {
        return new Partition(LakeTable.CANDLES, partition.name(), null, partition.startNanos());
    }

    private Result verify() {
        for (Finding finding : audit.findings()) {
            LakeTable table = finding.table();
            String name = finding.partition();
            Partition partition = name == null ? null : Partition.parse(name);
            if ((table == null || options.tables().contains(table))
                    && (partition == null || options.takes(partition))) {
                found(finding);
            }
        }
        LakeWitness.Summary summary = new LakeWitness.Summary();
        try (LakeDatabase first = LakeDatabase.open(catalog, options.memory())) {
            Set<Path> unreadable = unreadable(first);
            LakeCatalog readable = catalog.restrictedTo(file -> !unreadable.contains(file.path()));
            first.narrow(readable);
            checkRowsOfFiles(first, readable);
            try {
                summary = recompute(first, readable);
            } catch (WitnessSettings.UnusableException e) {
                found(Finding.of(Kind.RUN, String.valueOf(e.getMessage())));
            }
            if (options.isWhole() && broken.isEmpty()) {
                first.narrow(readable);
                checkCounts(first, summary);
                checkDigests(readable);
            } else if (!broken.isEmpty()) {
                notes.add("counts and digests of the whole version were not compared: some files cannot be read");
            }
        } catch (SQLException e) {
            throw new QueryException("cannot verify " + catalog.lake() + ": " + e.getMessage(), false, e);
        }
        explainLate(summary);
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put(
                "faults",
                findings.size()
                        + more.values().stream().mapToLong(Long::longValue).sum());
        counts.put("days", summary.days);
        counts.put("candles", summary.candles);
        counts.put("vwap", summary.vwapRows);
        counts.put("trades", summary.copies);
        counts.put("files", (long) List.of(LakeTable.values()).stream()
                .mapToInt(table -> catalog.files(table).size())
                .sum());
        return new Result(
                List.copyOf(findings),
                more,
                notes,
                "%s version %d: %d files, %d days, %d candles and %d VWAP rows computed again from %d trades, %d faults"
                        .formatted(
                                catalog.lake(),
                                catalog.version(),
                                counts.get("files"),
                                summary.days,
                                summary.candles,
                                summary.vwapRows,
                                summary.copies,
                                counts.get("faults")),
                counts);
    }

    private void found(Finding finding) {
        String of = finding.kind()
                + (finding.table() == null ? "" : " in " + finding.table().directory());
        if (told.merge(of, 1L, Long::sum) > Math.max(1, options.limit())) {
            more.merge(of, 1L, Long::sum);
        } else {
            findings.add(finding);
        }
    }

    /** Reads files whole that are not as their manifests say; names those that cannot be read. */
    private Set<Path> unreadable(LakeDatabase database) {
        Set<Path> unreadable = new HashSet<>();
        for (LakeFile file : audit.suspects()) {
            StringBuilder sql = new StringBuilder("SELECT count(*)");
            file.table()
                    .columns()
                    .forEach(column ->
                            sql.append(", max(\"").append(column.name()).append("\")"));
            try (Statement statement = database.connection().createStatement()) {
                statement.execute(sql + " FROM read_parquet("
                        + LakeDatabase.text(file.path().toString()) + ", hive_partitioning = false)");
            } catch (SQLException e) {
                Partition partition = Objects.requireNonNull(Partition.parse(file.partition()));
                broken.add(partition);
                unreadable.add(file.path());
                found(new Finding(
                        Kind.FILE,
                        file.table(),
                        file.partition(),
                        String.valueOf(file.path().getFileName()),
                        null,
                        "file must be readable, was not: " + firstLine(e)));
            }
        }
        return unreadable;
    }

    private static String firstLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** What the columns behind a table's own say must be what the manifests say. */
    private void checkRowsOfFiles(LakeDatabase database, LakeCatalog readable) throws SQLException {
        for (LakeTable table : LakeTable.values()) {
            Map<String, LakeFile> files = new LinkedHashMap<>();
            for (LakeFile file : readable.files(table)) {
                if (options.takes(Objects.requireNonNull(Partition.parse(file.partition())))) {
                    files.put(file.path().toString(), file);
                }
            }
            if (files.isEmpty()) {
                continue;
            }
            String interval = table.hasInterval() ? "min(\"interval\"), max(\"interval\")" : "NULL, NULL";
            List<String> names = files.keySet().stream().map(LakeDatabase::text).toList();
            try (Statement statement = database.connection().createStatement();
                    ResultSet result = statement.executeQuery("SELECT filename, min(run), max(run), min(generation),"
                            + " max(generation), count(generation), count(*), " + interval + " FROM read_parquet(["
                            + String.join(",", names)
                            + "], hive_partitioning = false, filename = true) GROUP BY filename ORDER BY filename")) {
                while (result.next()) {
                    checkRowsOfFile(Objects.requireNonNull(files.get(result.getString(1))), result);
                }
            }
        }
    }

    private void checkRowsOfFile(LakeFile file, ResultSet row) throws SQLException {
        Partition partition = Objects.requireNonNull(Partition.parse(file.partition()));
        for (int column = 2; column <= 3; column++) {
            String run = row.getString(column);
            if (!file.run().equals(run) && !Files.isRegularFile(catalog.runFile(run))) {
                rowOf(file, "run must be " + file.run() + ", was " + run);
                break;
            }
        }
        long least = row.getLong(4);
        long largest = row.getLong(5);
        long known = row.getLong(6);
        if (known > 0 && (least < 1 || largest > file.generation())) {
            rowOf(file, "generation must lie in 1.." + file.generation() + ", was " + least + " to " + largest);
        }
        // Appended rows take the generation of their manifest.
        boolean appended = String.valueOf(file.path().getFileName()).startsWith("add-");
        if (!catalog.isStreaming() && !appended && known < row.getLong(7)) {
            rowOf(file, "generation must be known, was null in " + (row.getLong(7) - known) + " rows");
        }
        String interval = partition.interval();
        if (interval != null && !(interval.equals(row.getString(8)) && interval.equals(row.getString(9)))) {
            rowOf(file, "interval must be " + interval + ", was " + row.getString(8) + " to " + row.getString(9));
        }
    }

    private void rowOf(LakeFile file, String message) {
        found(new Finding(
                Kind.ROW_ALTERED,
                file.table(),
                file.partition(),
                String.valueOf(file.path().getFileName()),
                null,
                message));
    }

    private LakeWitness.Summary recompute(LakeDatabase database, LakeCatalog readable) throws SQLException {
        Map<Integer, WitnessSettings> settings = new LinkedHashMap<>();
        for (int version : catalog.versions()) {
            settings.put(version, WitnessSettings.of(catalog, catalog.run(version)));
        }
        if (settings.values().stream().noneMatch(WitnessSettings::archived)) {
            notes.add("candles and VWAP were not computed again: the run "
                    + (catalog.isOfArchive(catalog.run())
                            ? "has no trades of its own, it read those of "
                                    + catalog.configuration(catalog.run()).get("input")
                            : "archived no trades (archive=off)"));
            return new LakeWitness.Summary();
        }
        if (settings.values().stream().anyMatch(each -> each.profile() == null)) {
            notes.add("profiles of rows were not compared: the feed profile of run.json does not exist here");
        }
        return new LakeWitness(
                        database,
                        readable,
                        settings,
                        broken,
                        options.tables(),
                        new LakeWitness.Findings() {
                            @Override
                            public void found(Finding finding, long missingTrades) {
                                if (missingTrades > 0) {
                                    fewerTrades.add(finding);
                                }
                                LakeVerification.this.found(finding);
                            }

                            @Override
                            public void more(Kind kind, LakeTable table, long count) {
                                if (count > 0) {
                                    more.merge(kind + " in " + table.directory(), count, Long::sum);
                                }
                            }
                        },
                        options.limit(),
                        options.rowsPerPiece(),
                        progress)
                .compare(options.fromNanos(), options.toNanos());
    }

    /**
     * Trades that a partition brought after it was idle, or a new partition, are turned away and archived without the
     * mark late, because it belongs to the log. The ledger counts them; rows that lack as many trades are no faults.
     */
    private void explainLate(LakeWitness.Summary summary) {
        if (summary.missingTrades == 0 || !options.isWhole()) {
            return;
        }
        long late = catalog.ledger().stream()
                .mapToLong(row -> Objects.requireNonNullElse(row.late(), 0L))
                .sum();
        long unmarked = late - summary.lateArchived;
        if (unmarked <= 0 || summary.missingTrades > unmarked || !more.isEmpty()) {
            return;
        }
        findings.removeAll(fewerTrades);
        notes.add(fewerTrades.size() + " rows lack " + summary.missingTrades
                + " trades in all; the double entry tells of " + unmarked
                + " that were turned away behind an idle or a new partition");
    }

    // Counts

    private void checkCounts(LakeDatabase database, LakeWitness.Summary summary) throws SQLException {
        List<LedgerRow> ledger = catalog.ledger();
        if (catalog.overlay() != null) {
            notes.add("the double entry was not compared: the version lies over another one and tells of its own days");
            return;
        }
        if (ledger.isEmpty()) {
            if (catalog.isStreaming()) {
                notes.add("the double entry was not compared: run.json has none");
            } else {
                found(Finding.of(Kind.COUNT, "ledger of run.json must have lines, was without any"));
            }
            return;
        }
        WitnessSettings settings;
        try {
            settings = WitnessSettings.of(catalog, catalog.run());
        } catch (WitnessSettings.UnusableException e) {
            return;
        }
        Map<String, Long> archived = new HashMap<>();
        Map<String, Long> rejected = new HashMap<>();
        grouped(database, "trades", archived);
        grouped(database, "rejected", rejected);
        long accepted = 0;
        long late = 0;
        for (LedgerRow row : ledger) {
            String partition = row.readPartition();
            Long read = row.read();
            if (partition != null && read != null) {
                long valid = read - orZero(row.filtered()) - orZero(row.rejected());
                if (settings.archived()) {
                    equal(LakeTable.TRADES, "rows of " + partition, valid, archived.getOrDefault(partition, 0L));
                }
                equal(
                        LakeTable.REJECTED,
                        "rows of " + partition,
                        orZero(row.rejected()),
                        rejected.getOrDefault(partition, 0L));
                accepted += orZero(row.accepted());
                late += orZero(row.late());
                archived.remove(partition);
                rejected.remove(partition);
            }
        }
        archived.forEach((partition, rows) -> equal(LakeTable.TRADES, "rows of " + partition, 0, rows));
        rejected.forEach((partition, rows) -> equal(LakeTable.REJECTED, "rows of " + partition, 0, rows));
        if (settings.archived()) {
            if (settings.acceptsLate()) {
                equal(LakeTable.TRADES, "accepted trades", accepted, summary.accepted);
                equal(LakeTable.TRADES, "late trades of the ledger under late=accept", 0, late);
            } else if (summary.accepted + summary.lateArchived != accepted + late
                    && summary.accepted - accepted != late - summary.lateArchived) {
                equal(LakeTable.TRADES, "accepted trades", accepted, summary.accepted);
            }
        }
        for (LedgerRow row : ledger) {
            String interval = row.interval();
            if (interval != null) {
                long published = number(
                        database,
                        "SELECT CAST(coalesce(sum(trades), 0) AS BIGINT) FROM (SELECT trades FROM candle_revisions WHERE"
                                + " \"interval\" = " + LakeDatabase.text(interval) + " AND " + BY_THE_RUN
                                + " QUALIFY row_number() OVER (PARTITION BY venue, symbol, start_ns ORDER BY revision"
                                + " DESC) = 1)");
                equal(LakeTable.CANDLES, "trades published in " + interval, orZero(row.published()), published);
                equal(LakeTable.CANDLES, "trades accepted for " + interval, accepted, orZero(row.accepted()));
            }
        }
        if (!catalog.isStreaming()) {
            // What a streaming job counts for display loses what a restart replays, so it publishes none of it.
            checkRunCounts(database);
        }
    }

    private void checkRunCounts(LakeDatabase database) throws SQLException {
        Map<String, Long> actual = new HashMap<>();
        actual.put("published.candles", number(database, "SELECT count(*) FROM candle_revisions WHERE " + BY_THE_RUN));
        actual.put("published.vwap", number(database, "SELECT count(*) FROM vwap_revisions WHERE " + BY_THE_RUN));
        actual.put("published.reports", number(database, "SELECT count(*) FROM reports"));
        byName(database, "SELECT 'rejected.' || reason, count(*) FROM rejected GROUP BY ALL", actual);
        byName(database, "SELECT 'quality.' || kind, count(*) FROM quality GROUP BY ALL", actual);
        Map<String, Long> told = catalog.counts();
        Set<String> names = new HashSet<>(told.keySet());
        names.addAll(actual.keySet());
        names.stream().sorted().forEach(name -> {
            long expected = told.getOrDefault(name, 0L);
            long rows = actual.getOrDefault(name, 0L);
            if (expected != rows
                    && (actual.containsKey(name) || name.startsWith("rejected.") || name.startsWith("quality."))) {
                found(Finding.of(
                        Kind.COUNT,
                        "count " + name + " of run.json must be " + rows + " as in the tables, was " + expected));
            }
        });
    }

    private void grouped(LakeDatabase database, String view, Map<String, Long> counts) throws SQLException {
        byName(
                database,
                "SELECT read_source || '/' || read_partition, count(*) FROM " + view + " GROUP BY ALL",
                counts);
    }

    private static void byName(LakeDatabase database, String sql, Map<String, Long> counts) throws SQLException {
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                counts.put(result.getString(1), result.getLong(2));
            }
        }
    }

    private static long number(LakeDatabase database, String sql) throws SQLException {
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    private void equal(LakeTable table, String what, long expected, long actual) {
        if (expected != actual && options.tables().contains(table)) {
            found(new Finding(
                    Kind.COUNT,
                    table,
                    null,
                    null,
                    null,
                    what + " must be " + expected + " as in the double entry, was " + actual));
        }
    }

    private static long orZero(@Nullable Long number) {
        return number == null ? 0 : number;
    }

    // Digests

    private void checkDigests(LakeCatalog readable) {
        Map<String, String> told = catalog.digests();
        if (catalog.overlay() != null) {
            return;
        }
        List<LakeTable> asked = CanonicalDump.TABLES.stream()
                .filter(options.tables()::contains)
                .filter(table -> told.containsKey(table.directory()) || !catalog.isStreaming())
                // Rows that another run appended are not in the digest of the first.
                .filter(table -> catalog.manifests(table).stream()
                        .allMatch(manifest -> manifest.run().equals(catalog.run())))
                .toList();
        CanonicalDump.digests(readable, asked, CanonicalDump.Options.ALL).forEach((table, digest) -> {
            String expected = told.get(table.directory());
            if (!digest.sha256().equals(expected)) {
                found(new Finding(
                        Kind.DIGEST,
                        table,
                        null,
                        null,
                        null,
                        "digest of the rows must be " + expected + " as run.json says, was " + digest.sha256()));
            }
        });
    }
}

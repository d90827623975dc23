package dev.candlewick.local.verify;

import dev.candlewick.connectors.lake.DailyRow;
import dev.candlewick.connectors.lake.DailyWriter;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.NotifyOption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.lake.DayRange;
import dev.candlewick.local.lake.LakeCommand;
import dev.candlewick.local.lake.LakeDatabase;
import dev.candlewick.local.lake.QueryException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the table {@code daily}. */
@Command(
        name = "daily",
        description = {
            "Write one row for each instrument and UTC day into a lake's table daily: first, last, high, low, volume,"
                    + " notional, VWAP, trades, rejects, gaps, late.",
            "",
            "Rows that are there already and equal are not written again."
        },
        footer = {"", "Examples:", "  candlewick daily --lake lake", "  candlewick daily --lake lake --date 2024-03-04"
        })
public final class DailyCommand extends LakeCommand {
    private static final DateTimeFormatter RUN_NAME =
            DateTimeFormatter.ofPattern("'daily-'yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);
    private static final String MEMORY_LIMIT = "1GB";

    @Option(
            names = "--lake",
            required = true,
            paramLabel = "P[@VERSION]",
            description = "The lake's folder, and which version (default: the current one).")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Mixin
    private final DayRange days = new DayRange();

    @Option(names = "--date", paramLabel = "D", description = "Only this UTC day, as 2024-03-04.")
    private @Nullable String date;

    @Mixin
    private final NotifyOption notification = new NotifyOption();

    @Override
    protected NotifyOption notification() {
        return notification;
    }

    @Override
    protected ExitCode read() {
        long from = days.fromNanos();
        long to = days.toNanos();
        if (date != null) {
            if (from != Long.MIN_VALUE || to != Long.MAX_VALUE) {
                throw CommandFailure.usage("--date must not stand beside --from and --to", null, null);
            }
            from = DayRange.day("--date", date);
            to = from + DayRange.DAY_NANOS;
        }
        LakeCatalog catalog = catalog(lake);
        List<DailyRow> rows;
        Map<String, String> known;
        try (LakeDatabase database = LakeDatabase.open(catalog, MEMORY_LIMIT)) {
            rows = DailyRows.of(database, catalog, WitnessSettings.of(catalog, catalog.run()), from, to);
            known = known(database);
        } catch (WitnessSettings.UnusableException e) {
            throw CommandFailure.dataMismatch(String.valueOf(e.getMessage()), lake, null);
        } catch (SQLException e) {
            throw new QueryException("cannot read " + lake + ": " + e.getMessage(), false, e);
        }
        List<DailyRow> changed = new ArrayList<>();
        for (DailyRow row : rows) {
            if (!text(row).equals(known.get(DailyRows.key(row.venue(), row.symbol(), row.startNanos())))) {
                changed.add(row);
            }
        }
        if (!changed.isEmpty()) {
            append(catalog, changed);
        }
        print(rows);
        notification.count("rows", rows.size());
        notification.count("written", changed.size());
        note("%d rows, %d of them new or changed and written (%s version %d)"
                .formatted(rows.size(), changed.size(), catalog.lake(), catalog.version()));
        return ExitCode.OK;
    }

    private void append(LakeCatalog catalog, List<DailyRow> rows) {
        String name = RUN_NAME.format(Clock.systemUTC().instant()) + "-"
                + Long.toHexString(ProcessHandle.current().pid());
        try (LakeRun run = LakeRun.appending(catalog.lake(), name, catalog.version(), Clock.systemUTC(), this::note)) {
            DailyWriter.stage(run, rows, DailyCommand::now);
            LakePublisher.append(
                    run,
                    new RunReport(
                            VersionCommand.versions(),
                            Map.of("command", "daily"),
                            List.of(),
                            Map.of("daily", (long) rows.size()),
                            List.of(),
                            Map.of(LakeTable.DAILY, (long) rows.size())),
                    Map.of());
        }
    }

    private static long now() {
        Instant now = Clock.systemUTC().instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    private static Map<String, String> known(LakeDatabase database) throws SQLException {
        Map<String, String> known = new HashMap<>();
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM daily")) {
            while (result.next()) {
                DailyRow row = new DailyRow(
                        result.getString("venue"),
                        result.getString("symbol"),
                        result.getLong("start_ns"),
                        result.getBigDecimal("first"),
                        result.getBigDecimal("last"),
                        result.getBigDecimal("high"),
                        result.getBigDecimal("low"),
                        result.getBigDecimal("volume"),
                        result.getBigDecimal("notional"),
                        result.getBigDecimal("vwap"),
                        result.getLong("trades"),
                        result.getLong("rejects"),
                        result.getLong("gaps"),
                        result.getLong("late"),
                        result.getString("profile"));
                known.put(DailyRows.key(row.venue(), row.symbol(), row.startNanos()), text(row));
            }
        }
        return known;
    }

    /** The row as text in which equal decimals look equal. */
    static String text(DailyRow row) {
        StringBuilder text = new StringBuilder();
        for (java.math.BigDecimal value :
                List.of(row.first(), row.last(), row.high(), row.low(), row.volume(), row.notional())) {
            text.append(value.stripTrailingZeros().toPlainString()).append(' ');
        }
        java.math.BigDecimal vwap = row.vwap();
        return text.append(vwap == null ? "null" : vwap.stripTrailingZeros().toPlainString())
                + " " + row.trades() + " " + row.rejects() + " " + row.gaps() + " " + row.late() + " "
                + Objects.requireNonNull(row.profile());
    }

    private void print(List<DailyRow> rows) {
        try (Output.Table table = output().table(
                        Column.text("day"),
                        Column.text("venue"),
                        Column.text("symbol"),
                        Column.number("first"),
                        Column.number("last"),
                        Column.number("high"),
                        Column.number("low"),
                        Column.number("volume"),
                        Column.number("vwap"),
                        Column.number("trades"),
                        Column.number("rejects"),
                        Column.number("gaps"),
                        Column.number("late"))) {
            for (DailyRow row : rows) {
                table.row(
                        java.time.LocalDate.ofEpochDay(Math.floorDiv(row.startNanos(), DayRange.DAY_NANOS)),
                        row.venue(),
                        row.symbol(),
                        row.first(),
                        row.last(),
                        row.high(),
                        row.low(),
                        row.volume(),
                        row.vwap(),
                        row.trades(),
                        row.rejects(),
                        row.gaps(),
                        row.late());
            }
        }
    }
}

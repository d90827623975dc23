package dev.candlewick.local.verify;

import dev.candlewick.connectors.lake.LakeAudit.Finding;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.NotifyOption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.lake.DayRange;
import dev.candlewick.local.lake.LakeCommand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks a lake version against its manifests and against its own trades. */
@Command(
        name = "verify",
        description = {
            "Check a lake: every manifest and file, the double entry, and every candle and VWAP row, which are computed"
                    + " again from the archived trades in SQL.",
            "",
            "Prints one row for each fault. Exit code 3 if there is any."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick verify --lake lake",
            "  candlewick verify --lake lake@1 --from 2024-03-04 --to 2024-03-05 --table candles -o json"
        })
public final class VerifyCommand extends LakeCommand {
    @Option(
            names = "--lake",
            required = true,
            paramLabel = "P[@VERSION]",
            description = "The lake's folder, and which version (default: the current one).")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Mixin
    private final DayRange days = new DayRange();

    @Option(names = "--table", paramLabel = "T", split = ",", description = "Only these tables (default: all).")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "Faults of each kind and table to print one by one (default: ${DEFAULT-VALUE}).")
    private long limit;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            defaultValue = "2GB",
            description = "What DuckDB may use before it goes to the disk (default: ${DEFAULT-VALUE}).")
    private String memory = "2GB";

    @Option(
            names = "--piece",
            hidden = true,
            defaultValue = "4000000",
            description = "Trades looked at together, at most where they spread over the day.")
    private long piece;

    @Mixin
    private final NotifyOption notification = new NotifyOption();

    @Override
    protected NotifyOption notification() {
        return notification;
    }

    @Override
    protected ExitCode read() {
        if (limit < 0 || piece < 1) {
            throw CommandFailure.usage("--limit must not be negative, was " + limit, null, null);
        }
        Set<LakeTable> wanted = wanted();
        LakeVerification.Result result;
        try (Progress progress = progress("verify", "files and days", -1)) {
            long[] done = {0};
            result = LakeVerification.run(
                    path(lake),
                    new LakeVerification.Options(days.fromNanos(), days.toNanos(), wanted, limit, memory, piece),
                    what -> progress.advanceTo(++done[0]));
        }
        print(result);
        result.counts().forEach(notification::count);
        result.findings().forEach(finding -> notification.problem(told(finding)));
        return result.isClean() ? ExitCode.OK : ExitCode.DATA_MISMATCH;
    }

    private static String told(Finding finding) {
        StringBuilder text = new StringBuilder(finding.kind().name());
        for (String part : Arrays.asList(finding.partition(), finding.file(), finding.key())) {
            if (part != null) {
                text.append(' ').append(part);
            }
        }
        return text.append(": ").append(finding.message()).toString();
    }

    private void print(LakeVerification.Result result) {
        try (Output.Table table = output().table(
                        Column.text("kind"),
                        Column.text("table"),
                        Column.text("partition"),
                        Column.text("file"),
                        Column.text("key"),
                        Column.text("message"))) {
            for (Finding finding : result.findings()) {
                LakeTable of = finding.table();
                table.row(
                        finding.kind().name(),
                        of == null ? null : of.directory(),
                        finding.partition(),
                        finding.file(),
                        finding.key(),
                        finding.message());
            }
        }
        result.more().forEach((what, count) -> note("and " + count + " more: " + what));
        result.notes().forEach(this::note);
        note(result.summary());
    }

    private Set<LakeTable> wanted() {
        Set<LakeTable> wanted = EnumSet.noneOf(LakeTable.class);
        for (String name : tables) {
            LakeTable table = LakeTable.byName(name);
            if (table == null) {
                throw CommandFailure.usage(
                        "--table must be one of "
                                + String.join(
                                        ", ",
                                        List.of(LakeTable.values()).stream()
                                                .map(LakeTable::directory)
                                                .toList())
                                + ", was '" + name + "'",
                        null,
                        null);
            }
            wanted.add(table);
        }
        return wanted.isEmpty() ? EnumSet.allOf(LakeTable.class) : wanted;
    }
}

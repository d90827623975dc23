package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.upkeep.LakeRetention;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Removes what is not to be kept. */
@Command(
        name = "retain",
        description = {
            "Remove old versions, old days, and the files that lake compact has replaced.",
            "",
            "Nothing is removed without --yes. The current version, what a kept version lies over, what a run is writing,"
                    + " and the records below runs/ always stay."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick lake retain --lake lake",
            "  candlewick lake retain --lake lake --keep-versions 3 --keep-days 400 --yes"
        })
public final class RetainCommand extends LakeCommand {
    @Option(names = "--lake", required = true, paramLabel = "P", description = "The lake's folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(names = "--keep-versions", paramLabel = "N", description = "How many of the newest versions stay.")
    private @Nullable Integer versions;

    @Option(
            names = "--keep-days",
            paramLabel = "N",
            description = "How many days stay, up to the newest day of the lake, or to today where that is earlier.")
    private @Nullable Integer days;

    @Option(
            names = "--replaced-hours",
            paramLabel = "HOURS",
            description = "How long files stay that lake compact has replaced; longer than any query runs (default:"
                    + " ${DEFAULT-VALUE}).",
            defaultValue = "24")
    private int replacedHours;

    @Option(names = "--yes", description = "Remove.")
    private boolean yes;

    @Override
    protected ExitCode read() throws IOException {
        if (replacedHours < 0) {
            throw CommandFailure.usage(
                    "--replaced-hours must not be negative, was " + replacedHours,
                    null,
                    "example: --replaced-hours 24");
        }
        LakeRetention.Policy policy = new LakeRetention.Policy(versions, days, Duration.ofHours(replacedHours));
        Path folder = path(lake);
        List<LakeRetention.Removal> removals = yes
                ? LakeRetention.apply(folder, policy, Clock.systemUTC(), this::note)
                : LakeRetention.plan(folder, policy, Clock.systemUTC());
        try (Output.Table table = output().table(List.of(
                new Column("kind", false),
                new Column("path", false),
                new Column("files", true),
                new Column("bytes", true)))) {
            for (LakeRetention.Removal removal : removals) {
                table.row(Arrays.asList(removal.kind(), removal.path(), removal.files(), removal.bytes()));
            }
        }
        long bytes = removals.stream().mapToLong(LakeRetention.Removal::bytes).sum();
        note(
                removals.isEmpty()
                        ? "nothing to remove"
                        : yes ? bytes + " bytes removed" : bytes + " bytes would be removed with --yes");
        return ExitCode.OK;
    }
}

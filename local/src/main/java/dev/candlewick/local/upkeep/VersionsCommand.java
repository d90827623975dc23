package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeCover;
import dev.candlewick.connectors.lake.LakeOverlay;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeState;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the versions of a lake. */
@Command(
        name = "versions",
        description = {
            "List the versions of a lake: which one readers see, what lies over what, and runs that can be resumed."
        },
        footer = {"", "Examples:", "  candlewick lake versions --lake lake"})
public final class VersionsCommand extends LakeCommand {
    @Option(names = "--lake", required = true, paramLabel = "P", description = "The lake's folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Override
    protected ExitCode read() throws IOException {
        Path folder = LakeCatalog.requireLake(path(lake));
        LakeState state = LakeState.read(folder);
        try (Output.Table table = output().table(List.of(
                new Column("version", true),
                new Column("state", false),
                new Column("run", false),
                new Column("mode", false),
                new Column("base", true),
                new Column("covers", false),
                new Column("published_at", false)))) {
            for (LakeState.Version version : state.versions()) {
                LakeOverlay overlay = version.overlay();
                table.row(Arrays.<@Nullable Object>asList(
                        version.version(),
                        version.version() == state.current()
                                ? "current"
                                : version.publishedAt() == null ? "unpublished" : "published",
                        version.run(),
                        version.streaming() ? "streaming" : "bounded",
                        overlay == null ? null : overlay.base(),
                        overlay == null
                                ? null
                                : overlay.covers().stream()
                                        .map(VersionsCommand::text)
                                        .collect(Collectors.joining(" ")),
                        version.publishedAt()));
            }
            for (LakeRun.Unfinished run : LakeRun.unfinished(folder)) {
                table.row(Arrays.<@Nullable Object>asList(
                        run.version(),
                        run.isRunning() ? "running" : "unfinished",
                        run.run(),
                        "bounded",
                        null,
                        null,
                        null));
            }
        }
        return ExitCode.OK;
    }

    private static String text(LakeCover cover) {
        String interval = cover.interval();
        return cover.table().directory() + (interval == null ? "" : "/" + interval) + ":" + cover.from()
                + (cover.from().equals(cover.to()) ? "" : ".." + cover.to());
    }
}

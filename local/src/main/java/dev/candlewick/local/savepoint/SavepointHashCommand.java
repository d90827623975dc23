package dev.candlewick.local.savepoint;

import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.savepoints.HashManifest;
import dev.candlewick.savepoints.SavepointFiles;
import org.apache.flink.core.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes or checks the hash manifest of a savepoint. */
@Command(
        name = "hash",
        description = {
            "Write a manifest with the SHA-256 of every file of a savepoint, beside its metadata; verify checks it.",
            "Flink checks no checksum when it restores. A manifest that stands is checked and not written again."
        })
final class SavepointHashCommand extends SavepointTool {
    @Parameters(index = "0", paramLabel = "P", description = "A savepoint or checkpoint.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String savepoint;

    @Option(names = "--replace", description = "Write the manifest again where one stands.")
    private boolean replace;

    @Override
    ExitCode work() {
        Path directory = SavepointFiles.resolve(location(savepoint));
        if (HashManifest.exists(directory) && !replace) {
            var problems = HashManifest.check(directory);
            problems.forEach(output()::line);
            note(problems.isEmpty() ? "every file is what the manifest says" : "the savepoint must not be restored");
            return problems.isEmpty() ? ExitCode.OK : ExitCode.DATA_MISMATCH;
        }
        note("hashed " + HashManifest.write(directory) + " files (" + directory + ")");
        return ExitCode.OK;
    }
}

package dev.candlewick.benchmarks.report;

import dev.candlewick.local.cli.CliContext;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of every benchmark that takes its figures into a file; a picocli mixin. */
public final class ReportFile {
    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to a file as JSON.")
    private @Nullable Path json;

    /** For the command line. */
    public ReportFile() {}

    /** Writes a report where a file was named. */
    public void write(BenchReport report, CliContext context) throws IOException {
        report.write(in(context));
    }

    /** The file, null where none was named. */
    public @Nullable Path in(CliContext context) {
        return json == null ? null : context.resolve(json);
    }
}

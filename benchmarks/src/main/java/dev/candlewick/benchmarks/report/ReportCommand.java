package dev.candlewick.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tables in Markdown of the JSON that a benchmark wrote. */
@Command(
        name = "report",
        description = "Print the figures and ratios of bench.json, or of one benchmark's file, as tables in Markdown.")
public final class ReportCommand extends CandlewickCommand {
    private static final List<String> FIRST = List.of("name", "unit", "median", "lowest", "highest", "runs");

    @Parameters(index = "0", paramLabel = "FILE", description = "What --json wrote.")
    private Path file = Path.of("bench.json");

    /** For the command line. */
    public ReportCommand() {}

    @Override
    protected ExitCode run() {
        JsonNode document;
        try {
            document = new ObjectMapper().readTree(context().resolve(file).toFile());
        } catch (IOException e) {
            throw CommandFailure.usage(
                    "file must be JSON of a benchmark, was not readable: " + e.getMessage(),
                    file.toString(),
                    "write one with ./candlewick bench --quick --json bench.json");
        }
        List<JsonNode> reports = new ArrayList<>();
        if (document.has("reports")) {
            document.get("reports").forEach(reports::add);
        } else {
            reports.add(document);
        }
        for (JsonNode report : reports) {
            print(report);
        }
        return ExitCode.OK;
    }

    private void print(JsonNode report) {
        line("### " + report.path("benchmark").asText());
        line("");
        List<String> parameters = new ArrayList<>();
        report.path("machine")
                .properties()
                .forEach(each -> parameters.add(each.getKey() + " " + text(each.getValue())));
        report.path("parameters")
                .properties()
                .forEach(each -> parameters.add(each.getKey() + " " + text(each.getValue())));
        line(report.path("at").asText() + "; " + String.join(", ", parameters) + ".");
        line("");
        Set<String> columns = new LinkedHashSet<>(FIRST);
        report.path("figures").forEach(figure -> figure.fieldNames().forEachRemaining(columns::add));
        line("| " + String.join(" | ", columns) + " |");
        line("|" + "---|".repeat(columns.size()));
        report.path("figures")
                .forEach(figure -> line("| "
                        + String.join(
                                " | ",
                                columns.stream()
                                        .map(column -> text(figure.path(column)))
                                        .toList())
                        + " |"));
        line("");
        if (!report.path("ratios").isEmpty()) {
            line("| ratio | times |");
            line("|---|---|");
            report.path("ratios")
                    .properties()
                    .forEach(ratio -> line("| " + ratio.getKey() + " | " + text(ratio.getValue()) + " |"));
            line("");
        }
        report.path("notes").forEach(note -> line("- " + note.asText()));
        line("");
    }

    private static String text(JsonNode value) {
        return value.asText("").replace("|", "\\|");
    }

    private void line(String text) {
        context().out().println(text);
    }
}

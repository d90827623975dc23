package dev.candlewick.local.upgrade;

import dev.candlewick.local.cli.Output;
import dev.candlewick.savepoints.NewJob;
import dev.candlewick.savepoints.SavepointException;
import dev.candlewick.savepoints.SavepointVerification;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * Judges a jar against savepoints, in a process of its own: what is judged may hang, end its process or need more memory than
 * there is, and the process that must go back in that case may not. It also runs where the job was submitted, so that
 * relative paths mean what they meant.
 *
 * <p>Arguments: the directory of the cluster's configuration, the jar, and those of its main. First line of the output: an
 * object with the graph, or with the error. Then for each line of the input, a savepoint, an object with the findings.
 */
final class JobJudge {
    private JobJudge() {}

    /** Judges until the input ends. */
    public static void main(String[] arguments) throws Exception {
        // What the jar prints is no answer.
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        List<String> all = List.of(arguments);
        NewJob job;
        try {
            job = NewJob.ofJar(
                    all.get(1), all.subList(2, all.size()), GlobalConfiguration.loadConfiguration(all.get(0)));
        } catch (SavepointException e) {
            answers.println(error(e));
            return;
        } catch (Throwable e) {
            answers.println(Output.json(Map.of("error", "the graph of the new job must be built, was not: " + e)));
            throw e;
        }
        Map<String, Object> graph = new LinkedHashMap<>();
        graph.put("slots", job.slots());
        graph.put("parameters", job.parameters());
        answers.println(Output.json(graph));
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String path = questions.readLine(); path != null; path = questions.readLine()) {
            answers.println(verify(path, job));
        }
        // Threads that the jar has started do not keep this process.
        Runtime.getRuntime().halt(0);
    }

    private static String verify(String path, NewJob job) {
        try {
            List<SavepointVerification.Finding> findings = SavepointVerification.verify(path, job);
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("restorable", SavepointVerification.isRestorable(findings));
            answer.put(
                    "findings",
                    findings.stream()
                            .map(finding -> Map.of(
                                    "severity",
                                    finding.severity().name().toLowerCase(Locale.ROOT),
                                    "text",
                                    (finding.operator().isEmpty() ? "" : finding.operator() + ": ") + finding.text()))
                            .toList());
            return Output.json(answer);
        } catch (SavepointException e) {
            return error(e);
        } catch (LinkageError | RuntimeException e) {
            return Output.json(Map.of("error", "the savepoint must be readable with the jar, was not: " + e));
        }
    }

    private static String error(SavepointException e) {
        return Output.json(Map.of("error", String.valueOf(e.getMessage())));
    }
}

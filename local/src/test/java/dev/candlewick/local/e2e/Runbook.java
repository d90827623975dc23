package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.ShellBlock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of docs/runbooks as it is followed: each line of the shell blocks that are marked with the test, with the exit code
 * that a comment {@code # exit 3} says, else 0.
 */
final class Runbook {
    private static final Pattern LINE = Pattern.compile("^\\./candlewick ([^#\n]*?)\\s*(?:#.*)?$");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    private Runbook() {}

    /**
     * Results of the commands, in the order of the page.
     *
     * @param test {@code ClassName.method}, as the marks of the page name it
     * @param directory where the commands are given
     */
    static List<Cli.Result> follow(String page, String test, Cli cli, Path directory) {
        List<Cli.Result> results = new ArrayList<>();
        for (ShellBlock block : ShellBlock.ranBy("docs/runbooks/" + page, test)) {
            for (ShellBlock.Command step : block.commands()) {
                Matcher command = LINE.matcher(step.text().strip());
                if (!command.matches()) {
                    throw new AssertionError(
                            "line of a runbook must call candlewick, was " + step.text() + " (" + block.place() + ")");
                }
                Cli.Result result = cli.run(words(command.group(1)
                        // The job resolves paths by the process, which here is not where the user stands.
                        .replace("output.lake=", "output.lake=" + directory + "/")));
                assertThat(result.code())
                        .as(block.place() + ": " + step.text() + "\n" + result.err() + result.out())
                        .isIn(step.exits());
                results.add(result);
            }
        }
        return results;
    }

    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words.toArray(String[]::new);
    }
}

package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of docs/runbooks as it is followed: each line of its shell blocks that calls candlewick, with the exit code that a
 * comment {@code # exit 3} says, else 0.
 */
final class Runbook {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\n(.*?)^```");
    private static final Pattern LINE = Pattern.compile("^\\./candlewick ([^#\n]*?)\\s*(?:#\\s*exit ([0-9]+).*)?$");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    private Runbook() {}

    /**
     * Results of the commands, in the order of the page.
     *
     * @param directory where the commands are given
     */
    static List<Cli.Result> follow(String page, Cli cli, Path directory) throws IOException {
        String text = Files.readString(Path.of(System.getProperty("candlewick.root"), "docs", "runbooks", page));
        List<Cli.Result> results = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            for (String line : block.group(1).lines().toList()) {
                Matcher command = LINE.matcher(line);
                if (!command.matches()) {
                    throw new AssertionError("line of a runbook must call candlewick, was " + line + " (" + page + ")");
                }
                Cli.Result result = cli.run(words(command.group(1)
                        // The job resolves paths by the process, which here is not where the user stands.
                        .replace("output.lake=", "output.lake=" + directory + "/")));
                assertThat(result.code())
                        .as(line + "\n" + result.err() + result.out())
                        .isEqualTo(command.group(2) == null ? 0 : Integer.parseInt(command.group(2)));
                results.add(result);
            }
        }
        assertThat(results).as("commands of " + page).isNotEmpty();
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

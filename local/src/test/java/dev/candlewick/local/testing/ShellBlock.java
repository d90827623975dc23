package dev.candlewick.local.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A fenced block of a document, with the mark in front of it.
 *
 * <p>A mark is a comment of the line before the fence: {@code <!-- runs: NAME -->}, {@code <!-- runs with
 * candlewick.documents=all: NAME -->}, {@code <!-- not run: REASON -->} of shell blocks, and {@code <!-- printed -->} of
 * text that the commands before it print. NAME is a scenario, a test as {@code ClassName.method}, or {@code .ci/run}.
 * Behind it may stand {@code ; exits 4, 0|3}, the exit codes of the commands of the block in their order, and
 * {@code ; Ctrl-C after "TEXT"}, which ends the commands with a comment {@code # until Ctrl-C}, or else the last one, once
 * they have printed TEXT, or after so long where TEXT is as {@code 5 s}.
 *
 * @param document its path from the root of the repository
 * @param line of the fence, from 1
 * @param language behind the fence, empty for none
 * @param comment the line before the fence where it is a comment, else empty
 * @param text what stands between the fences, with a line end
 */
public record ShellBlock(String document, int line, String language, String comment, String text) {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Set<String> SHELLS = Set.of("sh", "bash", "shell", "console");
    private static final Pattern MARK =
            Pattern.compile("<!-- (runs|runs with candlewick\\.documents=all|not run): *(.*?) *-->");
    private static final Pattern OPTION = Pattern.compile("exits ([0-9|, ]+)|Ctrl-C after \"([^\"]+)\"");
    private static final Pattern EXIT = Pattern.compile("#\\s*exit ([0-9]+)\\b.*$", Pattern.MULTILINE);
    private static final Pattern FENCE = Pattern.compile(" {0,3}```+([a-z]*)\\s*");

    /** When the commands of a block are executed. */
    public enum When {
        EVERY_BUILD,
        ON_DEMAND,
        NEVER
    }

    /**
     * What a block says of itself.
     *
     * @param name of the scenario or test; the reason of one that does not run
     * @param exits allowed exit codes of each command; empty where the lines say it themselves, or all end with 0
     * @param interruptAfter what the last command prints before it is ended by Ctrl-C
     */
    public record Mark(
            When when,
            String name,
            List<Set<Integer>> exits,
            @Nullable String interruptAfter) {}

    /** One command, as the shell takes it, with the exit codes that it may have. */
    public record Command(String text, Set<Integer> exits) {}

    /** Every block of every document: README, SECURITY, and what is below docs, k8s and conf. */
    public static List<ShellBlock> all() {
        return documents().stream().flatMap(path -> of(path).stream()).toList();
    }

    /** The documents, by their paths from the root. */
    public static List<String> documents() {
        List<String> documents = new ArrayList<>(List.of("README.md", "SECURITY.md"));
        for (String folder : List.of("docs", "k8s", "conf", "benchmarks/src")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .map(file -> ROOT.relativize(file).toString())
                        .sorted()
                        .forEach(documents::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return documents;
    }

    /** The blocks of one document, in their order. */
    public static List<ShellBlock> of(String document) {
        List<String> lines;
        try {
            lines = Files.readAllLines(ROOT.resolve(document));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<ShellBlock> blocks = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher fence = FENCE.matcher(lines.get(i));
            if (!fence.matches()) {
                continue;
            }
            int first = i;
            StringBuilder text = new StringBuilder();
            for (i++; i < lines.size() && !lines.get(i).strip().equals("```"); i++) {
                text.append(lines.get(i)).append('\n');
            }
            String before = first == 0 ? "" : lines.get(first - 1).strip();
            blocks.add(new ShellBlock(
                    document, first + 1, fence.group(1), before.startsWith("<!--") ? before : "", text.toString()));
        }
        return blocks;
    }

    /** The blocks that a test of this name takes its commands from; fails where there are none. */
    public static List<ShellBlock> ranBy(String document, String test) {
        List<ShellBlock> blocks = of(document).stream()
                .filter(block -> block.isShell()
                        && block.mark() != null
                        && Objects.requireNonNull(block.mark()).name().equals(test))
                .toList();
        if (blocks.isEmpty()) {
            throw new AssertionError(
                    document + " must have a block with the mark <!-- runs: " + test + " -->, has none");
        }
        return blocks;
    }

    /** Whether it is for a shell. */
    public boolean isShell() {
        return SHELLS.contains(language);
    }

    /** Whether it shows what the commands before it print. */
    public boolean isPrinted() {
        return comment.equals("<!-- printed -->");
    }

    /** Where it stands, as {@code docs/commands.md:12}. */
    public String place() {
        return document + ":" + line;
    }

    /** What it says of itself; nothing where no mark stands in front of it, or none that can be understood. */
    public @Nullable Mark mark() {
        Matcher mark = MARK.matcher(comment);
        if (!mark.matches()) {
            return null;
        }
        if (mark.group(1).equals("not run")) {
            return new Mark(When.NEVER, mark.group(2), List.of(), null);
        }
        String[] parts = mark.group(2).split("; ");
        List<Set<Integer>> exits = new ArrayList<>();
        String interruptAfter = null;
        for (int i = 1; i < parts.length; i++) {
            Matcher option = OPTION.matcher(parts[i]);
            if (!option.matches()) {
                return null;
            }
            if (option.group(2) != null) {
                interruptAfter = option.group(2);
            } else {
                for (String codes : option.group(1).split(", *")) {
                    exits.add(Stream.of(codes.strip().split("\\|"))
                            .map(Integer::valueOf)
                            .collect(Collectors.toCollection(TreeSet::new)));
                }
            }
        }
        When when = mark.group(1).equals("runs") ? When.EVERY_BUILD : When.ON_DEMAND;
        return new Mark(when, parts[0], exits, interruptAfter);
    }

    /** Its commands in their order; the exit code of one is in the mark, in its comment {@code # exit 3}, or 0. */
    public List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        Mark mark = mark();
        for (String command : split(text)) {
            Matcher exit = EXIT.matcher(command);
            Set<Integer> exits = Set.of(exit.find() ? Integer.parseInt(exit.group(1)) : 0);
            if (mark != null && commands.size() < mark.exits().size()) {
                exits = mark.exits().get(commands.size());
            }
            commands.add(new Command(command, exits));
        }
        return commands;
    }

    /** The commands of a script: as many lines each as bash needs for a whole one. */
    public static List<String> split(String script) {
        List<String> commands = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        for (String line : script.lines().toList()) {
            if (open.isEmpty() && (line.isBlank() || line.startsWith("#"))) {
                continue;
            }
            open.append(line).append('\n');
            // Most lines stand alone, and say so without a shell.
            boolean plain = open.length() == line.length() + 1 && !line.matches(".*(\\\\$|<<|['\"({]).*");
            if (plain || (!line.endsWith("\\") && isWhole(open.toString()))) {
                commands.add(open.toString());
                open.setLength(0);
            }
        }
        if (!open.isEmpty()) {
            throw new AssertionError("a shell block must hold whole commands, was:\n" + open);
        }
        return commands;
    }

    private static boolean isWhole(String text) {
        try {
            Process shell =
                    new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
            try (var in = shell.outputWriter()) {
                in.write(text);
            }
            // A here-document without its end is a warning only.
            String said = new String(shell.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            return shell.waitFor() == 0 && said.isBlank();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}

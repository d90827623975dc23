package dev.candlewick.local.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command may know of the process around it, so that tests can run commands in their own surroundings.
 *
 * @param out standard output: results only
 * @param err standard error: progress, notes, logs
 * @param environment environment variables
 * @param workingDirectory what relative paths start from
 * @param root the repository or installation beside the launcher, or null if started without it
 * @param terminal true if standard error is a terminal
 */
public record CliContext(
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        Path workingDirectory,
        @Nullable Path root,
        boolean terminal) {

    /** Names the directory of the launcher. */
    public static final String ROOT_PROPERTY = "candlewick.root";

    /** Set by the launcher, which can tell whether standard error is a terminal ({@code true} or {@code false}). */
    public static final String TERMINAL_PROPERTY = "candlewick.stderr.terminal";

    /** The surroundings of this process. */
    public static CliContext system() {
        String root = System.getProperty(ROOT_PROPERTY);
        String terminal = System.getProperty(TERMINAL_PROPERTY);
        return new CliContext(
                // System.out writes through at every line; results can be millions of lines.
                new PrintStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                System.getenv(),
                Path.of("").toAbsolutePath(),
                root == null ? null : Path.of(root).toAbsolutePath().normalize(),
                terminal == null ? System.console() != null : Boolean.parseBoolean(terminal));
    }

    /** The directory for everything this installation keeps, which need not exist yet. */
    public CandlewickHome home() {
        String configured = environment.get("CANDLEWICK_HOME");
        if (configured != null && !configured.isBlank()) {
            return new CandlewickHome(workingDirectory.resolve(configured).normalize());
        }
        return new CandlewickHome((root == null ? workingDirectory : root).resolve(".candlewick"));
    }

    /** A path as the user wrote it, from the working directory. */
    public Path resolve(Path path) {
        return workingDirectory.resolve(path).normalize();
    }
}

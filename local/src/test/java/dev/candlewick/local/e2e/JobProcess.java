package dev.candlewick.local.e2e;

import dev.candlewick.local.Main;
import dev.candlewick.local.testing.OwnClassPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** One candlewick command in a process of its own, which can be killed like any other. */
final class JobProcess implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final Process process;
    private final Path out;
    private final Path err;

    private JobProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * Starts a command.
     *
     * @param home what this installation keeps: the same for all starts that are to find each other's checkpoints
     * @param name of its two output files
     */
    static JobProcess start(Path home, String name, List<String> arguments) {
        return start(Main.class, home, name, arguments);
    }

    /** Starts a program with a main of its own. */
    static JobProcess start(Class<?> main, Path home, String name, List<String> arguments) {
        Path out = home.resolve(name + ".out");
        Path err = home.resolve(name + ".err");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + Path.of(System.getProperty("candlewick.root"), "conf", "java17.args"));
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
        command.add("-cp");
        command.add(OwnClassPath.absolute());
        command.add(main.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("CANDLEWICK_"));
        builder.environment().put("CANDLEWICK_HOME", home.toString());
        try {
            return new JobProcess(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it as a crash would: nothing of it runs any more when this returns. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the command must end within " + LIMIT + ", did not" + logs());
        }
        return process.exitValue();
    }

    /** Waits for its end, however long that takes; for runs whose size a parameter gives. */
    void awaitEnd() throws InterruptedException {
        process.waitFor();
    }

    /** Waits for a condition; fails at once where the command ends before. */
    void await(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .failFast("the command must run on", () -> {
                    if (!process.isAlive() && !condition.getAsBoolean()) {
                        throw new AssertionError("the command must run until " + what + ", ended" + logs());
                    }
                })
                .until(condition::getAsBoolean);
    }

    /** Waits for a first complete checkpoint: Flink makes one a second or two behind a start, however long the interval. */
    void awaitCheckpoint(Path home, String group) {
        await("the first checkpoint", () -> !checkpoints(home, group).isEmpty());
    }

    boolean runs() {
        return process.isAlive();
    }

    /** Standard output so far. */
    String out() {
        return text(out);
    }

    /** Standard error so far: notes and logs. */
    String err() {
        return text(err);
    }

    private String logs() {
        return System.lineSeparator() + err() + out();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The complete checkpoints of a consumer group, in no order. */
    static List<Path> checkpoints(Path home, String group) {
        Path directory = home.resolve("checkpoints").resolve(group);
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.find(
                directory,
                3,
                (file, attributes) -> file.getFileName().toString().equals("_metadata"))) {
            return files.map(Path::getParent).toList();
        } catch (UncheckedIOException e) {
            // An old checkpoint went away while it was listed.
            return checkpoints(home, group);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}

package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Json;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Upgrades the jobs to bad jars and bad options, one after the other, with the command as users call it; each must be refused
 * or taken back by itself within a minute.
 */
final class UpgradeDrill extends Drill {
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(5);

    private final List<BadUpgrade> kinds;

    private final Duration within;
    private final int timeoutSeconds;

    /**
     * A drill.
     *
     * @param kinds one upgrade of each, in this order
     * @param timeoutSeconds of each upgrade
     * @param within from the request to stop until a job is well again
     */
    UpgradeDrill(Options options, List<BadUpgrade> kinds, int timeoutSeconds, Duration within, Consumer<String> notes) {
        super(options, notes);
        this.within = within;
        this.timeoutSeconds = timeoutSeconds;
        this.kinds = List.copyOf(kinds);
    }

    @Override
    protected int slots() {
        return options.lanes().size();
    }

    @Override
    protected int parallelism() {
        return 2;
    }

    @Override
    protected Duration flow() {
        // Trades come the whole time: a job that fails at a record must meet one.
        return Duration.ofSeconds(40);
    }

    @Override
    protected boolean flowEndsWithDisturbance() {
        return true;
    }

    @Override
    protected Done disturb(int number) throws Exception {
        long start = System.nanoTime();
        BadUpgrade kind = kinds.get((number - 1) % kinds.size());
        Lane lane = options.lanes().get(number % options.lanes().size());
        Path jar = kind.jar(options.jar(), options.directory());
        List<String> arguments = new ArrayList<>(List.of(
                "upgrade",
                "--job",
                Objects.requireNonNull(jobs.get(lane)),
                "--jar",
                jar.toString(),
                "--timeout",
                Integer.toString(timeoutSeconds),
                "-o",
                "json"));
        kind.settings().forEach(setting -> arguments.addAll(List.of("--set", setting)));
        Path out = options.directory().resolve("upgrade-" + number + ".out");
        Path err = options.directory().resolve("upgrade-" + number + ".err");
        Process process = command(arguments, out, err);
        if (!process.waitFor(COMMAND_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw wrong(kind, "did not end", err);
        }
        Map<String, Json.Value> result = Json.object(Files.readAllBytes(out));
        String outcome = result == null
                ? process.exitValue() == 4 ? "environment" : "exit code " + process.exitValue()
                : Objects.requireNonNull(result.get("outcome")).text();
        if (!outcome.equals(kind.outcome())) {
            throw wrong(kind, outcome, err);
        }
        double down = result == null
                ? 0
                : Double.parseDouble(
                        Objects.requireNonNull(result.get("down_s")).text());
        if (down > within.toSeconds()) {
            throw wrong(kind, outcome + " after " + down + " s", err);
        }
        if (result != null) {
            jobs.put(lane, Objects.requireNonNull(result.get("job")).text());
        }
        if (!jar.equals(options.jar())) {
            Files.deleteIfExists(jar);
        }
        return new Done(
                kind.label(), outcome + (down > 0 ? ", a job is well again " + down + " s after the stop" : ""), start);
    }

    private CommandFailure wrong(BadUpgrade kind, String was, Path err) throws IOException {
        return CommandFailure.dataMismatch(
                "an upgrade of kind " + kind.label() + " must end with " + kind.outcome() + ", was " + was + ": "
                        + Files.readString(err, StandardCharsets.UTF_8),
                err.toString(),
                null);
    }

    /** Calls the command in a process of its own. */
    Process command(List<String> arguments, Path out, Path err) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-"))
                .forEach(command::add);
        List<String> classPath = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.isEmpty()) {
                classPath.add(new File(entry).getAbsolutePath());
            }
        }
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
        command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), "dev.candlewick.local.Main"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(options.directory().toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        builder.environment().put("CANDLEWICK_HOME", home.directory().toString());
        return builder.start();
    }
}

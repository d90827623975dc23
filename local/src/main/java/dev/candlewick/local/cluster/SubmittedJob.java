package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A job that {@code flink run} has submitted to the local cluster: how to submit it again, and from where.
 *
 * @param id 32 hexadecimal digits
 * @param arguments of Flink's command line, from {@code run} on
 * @param directory where it was called
 * @param environment the variables of that call that a job reads
 * @param state of Flink's {@code JobStatus}; {@code SUBMITTED} before it was seen, {@code LOST} where it was not possible to
 *     submit it again
 * @param checkpoint the newest completed checkpoint that was seen, empty for none
 * @param resumed how often it was submitted again
 * @param note why it is in this state, for people; may be empty
 * @param jar a copy of its jar as it was when it was submitted, see {@link KeptJars}; empty for none
 */
record SubmittedJob(
        String id,
        List<String> arguments,
        Path directory,
        Map<String, String> environment,
        String state,
        String checkpoint,
        int resumed,
        String note,
        String jar) {
    static final String SUBMITTED = "SUBMITTED";
    static final String LOST = "LOST";
    private static final String CHECKPOINT_PREFIX = "chk-";

    SubmittedJob {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    SubmittedJob with(String newState, String newCheckpoint, int newResumed, String newNote) {
        return new SubmittedJob(
                id, arguments, directory, environment, newState, newCheckpoint, newResumed, newNote, jar);
    }

    /** Whether there is nothing to do for it any more. */
    boolean isOver() {
        return state.equals("FINISHED") || state.equals("CANCELED") || state.equals("FAILED") || state.equals(LOST);
    }

    /**
     * The newest complete checkpoint that stands: the one that was seen last, or one that was completed after it beside it;
     * where none was seen, one in the cluster's own directory, for a job may die before anybody has looked at it.
     */
    Optional<String> newestCheckpoint(ClusterFiles files) {
        if (!checkpoint.isEmpty() && !checkpoint.startsWith("file:")) {
            return Optional.of(checkpoint);
        }
        Path directory = checkpoint.isEmpty()
                ? files.checkpoints().resolve(id)
                : Objects.requireNonNull(
                        Path.of(URI.create(checkpoint).getPath()).getParent());
        return newestBelow(directory).map(path -> path.toUri().toString());
    }

    /** The complete checkpoint with the largest number in a job's directory of checkpoints. */
    static Optional<Path> newestBelow(Path directory) {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(CHECKPOINT_PREFIX)
                            && Files.exists(entry.resolve("_metadata")))
                    .max((a, b) -> Long.compare(number(a), number(b)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of a checkpoint's directory. */
    static long number(Path checkpoint) {
        return Long.parseLong(checkpoint.getFileName().toString().substring(CHECKPOINT_PREFIX.length()));
    }

    /**
     * The arguments that submit it again, detached, under its old id.
     *
     * @param from the checkpoint to start from; empty to start as it did at first
     */
    List<String> resumption(Optional<String> from) {
        List<String> again = new ArrayList<>(List.of("run", "-d", JobSubmission.JOB_ID + id));
        from.ifPresent(path -> again.addAll(List.of("-s", path)));
        boolean program = false;
        for (int i = 1; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (program) {
                again.add(argument);
            } else if (argument.equals("-d")
                    || argument.equals("--detached")
                    || argument.startsWith(JobSubmission.JOB_ID)) {
                continue;
            } else if (from.isPresent() && (argument.equals("-s") || argument.equals("--fromSavepoint"))) {
                i++;
            } else {
                // Behind the jar stand the program's own arguments.
                program = JobSubmission.isJar(arguments, i);
                again.add(program && keepsJar() ? jar : argument);
            }
        }
        return again;
    }

    private boolean keepsJar() {
        return !jar.isEmpty() && Files.isRegularFile(Path.of(jar));
    }

    /** How it was submitted, with the jar as it was then. */
    JobSubmission submission() {
        JobSubmission submitted = JobSubmission.of(arguments, directory, environment);
        return keepsJar() ? submitted.withJar(Path.of(jar)) : submitted;
    }

    void write(ClusterFiles files) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", id);
        fields.put("arguments", JsonFiles.ofTexts(arguments));
        fields.put("directory", directory.toString());
        fields.put("environment", new TreeMap<>(environment));
        fields.put("state", state);
        fields.put("checkpoint", checkpoint);
        fields.put("resumed", resumed);
        fields.put("note", note);
        fields.put("jar", jar);
        JsonFiles.write(file(files, id), fields);
    }

    private static Path file(ClusterFiles files, String id) {
        return files.jobs().resolve(id + ".json");
    }

    static Optional<SubmittedJob> read(ClusterFiles files, String id) {
        Map<String, Json.Value> fields = JsonFiles.read(file(files, id));
        if (fields == null) {
            return Optional.empty();
        }
        Map<String, String> environment = new TreeMap<>();
        Map<String, Json.Value> variables = JsonFiles.object(fields, "environment");
        if (variables != null) {
            variables.forEach((name, value) -> environment.put(name, value.text()));
        }
        return Optional.of(new SubmittedJob(
                JsonFiles.text(fields, "id"),
                JsonFiles.texts(fields, "arguments"),
                Path.of(JsonFiles.text(fields, "directory")),
                environment,
                JsonFiles.text(fields, "state"),
                JsonFiles.text(fields, "checkpoint"),
                Integer.parseInt(JsonFiles.text(fields, "resumed")),
                JsonFiles.text(fields, "note"),
                fields.containsKey("jar") ? JsonFiles.text(fields, "jar") : ""));
    }

    /** All submitted jobs. */
    static List<SubmittedJob> all(ClusterFiles files) {
        if (!Files.isDirectory(files.jobs())) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(files.jobs())) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .sorted()
                    .map(name -> read(files, name.substring(0, name.length() - ".json".length())))
                    .flatMap(Optional::stream)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.candlewick.local.upgrade;

import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.JobSubmission;
import dev.candlewick.local.cluster.JsonFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How far an upgrade has come, in a file that is written before each step: whoever finds it knows what was begun. Not safe for
 * threads.
 */
final class UpgradeJournal {
    /** The steps, each written before it begins. */
    enum Phase {
        /** Nothing is stopped yet. */
        VERIFYING("the new jar was being verified: nothing was stopped"),
        /** A second job runs beside the first. */
        GREEN("a second job ran beside the first, with topics of its own: the first was not touched"),
        /** A stop with a savepoint was asked for. */
        STOPPING("the old job was being stopped with a savepoint"),
        /** The old job has ended, and the savepoint stands. */
        STOPPED("the old job was stopped with a savepoint, and the new one not started"),
        /** The new job is submitted, or about to be, and watched. */
        STARTING("the new job was being started and watched"),
        /** The new job is ended, or about to be. */
        ROLLING_BACK("the new job was being ended, to go back to the old one"),
        /** The old jar is submitted again, or about to be, and watched. */
        RESTORING("the old job was being started again");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        /** What was done when it was written, for people. */
        String text() {
            return text;
        }
    }

    private final Path file;
    private final Map<String, String> fields = new LinkedHashMap<>();
    private JobSubmission old;
    private JobSubmission next;

    private UpgradeJournal(Path file, JobSubmission old, JobSubmission next) {
        this.file = file;
        this.old = old;
        this.next = next;
    }

    /** Begins one; it stands from the first {@link #enter}. */
    static UpgradeJournal begin(Path file, String job, JobSubmission old, JobSubmission next) {
        UpgradeJournal journal = new UpgradeJournal(file, old, next);
        journal.set("job", job);
        return journal;
    }

    /** The one that stands in a file. */
    static Optional<UpgradeJournal> read(Path file) {
        Map<String, Json.Value> read = JsonFiles.read(file);
        if (read == null) {
            return Optional.empty();
        }
        UpgradeJournal journal = new UpgradeJournal(file, submission(read, "old"), submission(read, "new"));
        Map<String, Json.Value> fields = JsonFiles.object(read, "state");
        if (fields != null) {
            fields.forEach((name, value) -> journal.fields.put(name, value.text()));
        }
        return Optional.of(journal);
    }

    /** The phase that was entered last. */
    Phase phase() {
        return Phase.valueOf(get("phase"));
    }

    /** Writes that a phase begins. */
    void enter(Phase phase) {
        ProcessMark self = ProcessMark.of(ProcessHandle.current());
        fields.put("phase", phase.name());
        fields.put("pid", Long.toString(self.pid()));
        fields.put("processStartMillis", Long.toString(self.startMillis()));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("state", fields);
        all.put("old", fields(old));
        all.put("new", fields(next));
        JsonFiles.write(file, all);
    }

    /** Whether the process that wrote it last still runs, and is not this one. */
    boolean isHeld() {
        long pid = Long.parseLong(get("pid"));
        return pid != ProcessHandle.current().pid()
                && new ProcessMark(pid, Long.parseLong(get("processStartMillis"))).isAlive();
    }

    /** A value, empty where it was not set. */
    String get(String name) {
        return fields.getOrDefault(name, "");
    }

    /** Sets a value; it stands with the next {@link #enter}. */
    void set(String name, String value) {
        fields.put(name, value);
    }

    /** How the old job was submitted. */
    JobSubmission old() {
        return old;
    }

    /** How the new job is submitted. */
    JobSubmission next() {
        return next;
    }

    /** There is nothing to go on with any more. */
    void end() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> fields(JobSubmission job) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("options", JsonFiles.ofTexts(job.options()));
        fields.put("jar", job.jar());
        fields.put("program", JsonFiles.ofTexts(job.program()));
        fields.put("directory", job.directory().toString());
        fields.put("environment", new TreeMap<>(job.environment()));
        return fields;
    }

    private static JobSubmission submission(Map<String, Json.Value> all, String name) {
        Map<String, Json.Value> fields = JsonFiles.object(all, name);
        if (fields == null) {
            throw new IllegalArgumentException(name + " must be present, was missing");
        }
        Map<String, String> environment = new TreeMap<>();
        Map<String, Json.Value> variables = JsonFiles.object(fields, "environment");
        if (variables != null) {
            variables.forEach((variable, value) -> environment.put(variable, value.text()));
        }
        return new JobSubmission(
                JsonFiles.texts(fields, "options"),
                JsonFiles.text(fields, "jar"),
                JsonFiles.texts(fields, "program"),
                Path.of(JsonFiles.text(fields, "directory")),
                environment);
    }
}

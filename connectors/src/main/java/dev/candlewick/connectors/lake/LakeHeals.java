package dev.candlewick.connectors.lake;

import dev.candlewick.core.heal.HealAudit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The records of heals, one file {@code <lake>/heals/<run>.json} for each: what a heal is going to write before it writes,
 * and that it is done.
 */
public final class LakeHeals {
    private static final String DIRECTORY = "heals";
    private static final String LOCK = ".lock";

    private LakeHeals() {}

    /** The file of a heal. */
    public static Path file(Path lake, String run) {
        LakeRun.checkRunName(run);
        return lake.resolve(DIRECTORY).resolve(run + ".json");
    }

    /**
     * Takes the right to heal a lake.
     *
     * @throws LakeException of kind ENVIRONMENT where another heal of it runs
     */
    public static AutoCloseable claim(Path lake) {
        try {
            Files.createDirectories(lake.resolve(DIRECTORY));
            LakeLock lock = LakeLock.tryRun(lake.resolve(DIRECTORY).resolve(LOCK));
            if (lock == null) {
                throw new LakeException(
                        LakeException.Kind.ENVIRONMENT,
                        "heals of a lake must run one after the other, was one running (" + lake + "; wait for it)");
            }
            return lock;
        } catch (IOException e) {
            throw LakeRun.environment("claim the heals of " + lake, e);
        }
    }

    /** Writes a record, complete or not at all. */
    public static Path write(Path lake, HealAudit audit) {
        Path file = file(lake, audit.run());
        try {
            Files.createDirectories(lake.resolve(DIRECTORY));
            LakeJson.write(file, audit.toMap());
            return file;
        } catch (IOException e) {
            throw LakeRun.environment("write the record of heal " + audit.run() + " into " + lake, e);
        }
    }

    /**
     * All records of a lake by name, which is by time.
     *
     * @throws LakeException of kind MISMATCH where a file is none
     */
    public static List<HealAudit> all(Path lake) {
        List<HealAudit> audits = new ArrayList<>();
        for (Path file : files(lake)) {
            try {
                audits.add(HealAudit.of(LakeJson.read(file)));
            } catch (IllegalArgumentException e) {
                throw new LakeException(LakeException.Kind.MISMATCH, e.getMessage() + " (" + file + ")", e);
            }
        }
        return audits;
    }

    /** Heals of a version that were killed before they were done. */
    public static List<HealAudit> unfinished(Path lake, int version) {
        return all(lake).stream()
                .filter(audit -> !audit.done() && audit.version() == version)
                .toList();
    }

    /** How far each instrument was healed by heals that wrote to topics, by the prefix of the topics and the instrument. */
    public static Map<String, Map<String, HealAudit.Reach>> reach(Path lake) {
        Map<String, Map<String, HealAudit.Reach>> reach = new TreeMap<>();
        for (HealAudit audit : all(lake)) {
            String prefix = audit.topicPrefix();
            if (prefix != null) {
                Map<String, HealAudit.Reach> own = reach.computeIfAbsent(prefix, key -> new TreeMap<>());
                audit.reach().forEach((instrument, found) -> own.merge(instrument, found, HealAudit.Reach::with));
            }
        }
        return reach;
    }

    private static List<Path> files(Path lake) {
        Path directory = lake.resolve(DIRECTORY);
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.getFileName().toString().endsWith(".json")
                            && !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw LakeRun.environment("list the heals of " + lake, e);
        }
    }
}

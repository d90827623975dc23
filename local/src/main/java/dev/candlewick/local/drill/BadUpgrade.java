package dev.candlewick.local.drill;

import dev.candlewick.jobs.streaming.StreamingJob;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Ways in which an upgrade goes wrong, and one in which it does not; each with what must come of it. */
enum BadUpgrade {
    /** Nothing is wrong: another parallelism. */
    NOTHING("upgraded", "parallelism=1"),
    /** The jar was cut off while it was copied. */
    CORRUPT_JAR("refused"),
    /** The main class is not in the jar. */
    MAIN_MISSING("refused"),
    /** The main throws at once. */
    MAIN_THROWS("refused"),
    /** The main ends its process. */
    MAIN_EXITS("refused"),
    /** An operator has another uid, and nobody migrated the state. */
    UID_RENAMED("refused"),
    /** An option that does not exist. */
    UNKNOWN_OPTION("refused", "paralelism=2"),
    /** Another number of key groups. */
    MAX_PARALLELISM("refused", "max-parallelism=32"),
    /** Another list of intervals. */
    INTERVALS("refused", "intervals=1s,1m"),
    /** A job that would end, and publish its open windows. */
    ENDS("refused", "source.until=latest"),
    /** More slots than there are. */
    SLOTS("refused", "parallelism=9"),
    /** A broker that is not there. */
    BROKER("environment", "kafka.bootstrap.servers=127.0.0.1:1"),
    /** The main throws when it is not only asked for its graph. */
    MAIN_THROWS_LATER("rolled_back"),
    /** The main returns without a job. */
    MAIN_SUBMITS_NOTHING("rolled_back"),
    /** The main does not return. */
    MAIN_HANGS("rolled_back"),
    /** A class that only tasks need is not in the jar. */
    CLASS_MISSING("rolled_back"),
    /** The state cannot be restored. */
    RESTORE_THROWS("rolled_back"),
    /** A function cannot be opened. */
    OPEN_THROWS("rolled_back"),
    /** A function is opened for ever. */
    OPEN_HANGS("rolled_back"),
    /** The first record throws. */
    FIRST_RECORD_THROWS("rolled_back"),
    /** Every snapshot fails. */
    SNAPSHOT_THROWS("rolled_back"),
    /** No snapshot ends. */
    SNAPSHOT_HANGS("rolled_back"),
    /** The heap is full at the first record. */
    OUT_OF_MEMORY("rolled_back"),
    /** A task neither works nor ends when it is asked. */
    IGNORES_CANCEL("rolled_back"),
    /** Checkpoints are complete, and then a task throws. */
    COMMIT_THROWS("rolled_back"),
    /** It is well, and slower than the trades. */
    SLOW("rolled_back");

    private static final String MISSING_CLASS = "dev/candlewick/connectors/format/PublishedJson.class";

    private final String outcome;
    private final List<String> settings;

    BadUpgrade(String outcome, String... settings) {
        this.outcome = outcome;
        this.settings = List.of(settings);
    }

    /** Names the fault in a jar. */
    static String resource() {
        return "candlewick-drill-fault";
    }

    /** The name in options and tables. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What must come of it. */
    String outcome() {
        return outcome;
    }

    /** Options that the upgrade gives the job. */
    List<String> settings() {
        return settings;
    }

    /** Makes the bad jar of a good one. */
    Path jar(Path good, Path directory) throws IOException {
        if (!settings.isEmpty()) {
            return good;
        }
        Path bad = directory.resolve(label() + ".jar");
        if (this == CORRUPT_JAR) {
            byte[] whole = Files.readAllBytes(good);
            Files.write(bad, java.util.Arrays.copyOf(whole, whole.length / 2));
            return bad;
        }
        try (JarFile from = new JarFile(good.toFile());
                OutputStream file = Files.newOutputStream(bad);
                JarOutputStream to = new JarOutputStream(file, manifest())) {
            // Not smaller, but made in a moment.
            to.setLevel(1);
            for (Enumeration<JarEntry> entries = from.entries(); entries.hasMoreElements(); ) {
                JarEntry entry = entries.nextElement();
                boolean left = this == CLASS_MISSING && entry.getName().equals(MISSING_CLASS);
                if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME) && !left) {
                    to.putNextEntry(new JarEntry(entry.getName()));
                    try (InputStream in = from.getInputStream(entry)) {
                        in.transferTo(to);
                    }
                }
            }
            if (this != CLASS_MISSING && this != MAIN_MISSING) {
                DrillJar.add(to, resource(), name());
                for (Class<?> type : List.of(BadJob.class, BadUpgrade.class)) {
                    DrillJar.add(to, type);
                }
            }
        }
        return bad;
    }

    private Manifest manifest() {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(
                Attributes.Name.MAIN_CLASS,
                this == MAIN_MISSING
                        ? "dev.candlewick.NoSuchMain"
                        : this == CLASS_MISSING ? StreamingJob.class.getName() : BadJob.class.getName());
        return manifest;
    }
}

package dev.candlewick.local.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The shaded job jar as it is shipped, which {@code mvn package} builds before the tests of this module. */
public final class JobJar {
    private JobJar() {}

    /** The jar; the test is skipped, saying so, where it is missing or older than the job's classes. */
    public static Path require() {
        Path target = Path.of(System.getProperty("candlewick.root"), "jobs", "target");
        try {
            List<Path> jars = Files.isDirectory(target) ? jars(target) : List.of();
            Assumptions.assumeTrue(jars.size() == 1, "needs the shaded job jar (mvn package), found " + jars);
            Path classes = target.resolve("classes");
            Assumptions.assumeTrue(
                    newest(classes) <= Files.getLastModifiedTime(jars.get(0)).toMillis(),
                    "needs a job jar that is newer than the job's classes (mvn package): " + jars.get(0));
            return jars.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> jars(Path target) throws IOException {
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches("candlewick-jobs-.*-all\\.jar"))
                    .toList();
        }
    }

    private static long newest(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .mapToLong(file -> file.toFile().lastModified())
                    .max()
                    .orElse(0);
        }
    }
}

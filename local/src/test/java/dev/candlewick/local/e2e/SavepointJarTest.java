package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stored savepoint is judged against the graph that the main of a jar builds, without a broker. */
final class SavepointJarTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));

    @TempDir
    private Path directory;

    @Test
    void theMainOfAJarIsAskedAndNothingIsTouched() throws Exception {
        Path jar = jar();
        Path savepoint = ROOT.resolve("savepoints/src/test/resources/snapshots/0.1.0/heap-canonical");
        Cli cli = new Cli(directory);
        Path lake = directory.resolve("lake");

        Cli.Result fits = cli.run(
                "savepoint",
                "verify",
                savepoint.toString(),
                "--jar",
                jar.toString(),
                "--set",
                "parallelism=2",
                "--set",
                "output.lake=" + lake);
        assertThat(fits.code()).as(fits.out() + fits.err()).isZero();
        assertThat(lake).doesNotExist();

        Cli.Result intervals = cli.run(
                "savepoint", "verify", savepoint.toString(), "--jar", jar.toString(), "--set", "intervals=1s,10s");
        assertThat(intervals.code()).as(intervals.out() + intervals.err()).isEqualTo(3);
        assertThat(intervals.out()).contains("refused", "intervals must not change under kept state");

        Cli.Result absent = cli.run(
                "savepoint",
                "verify",
                savepoint.toString(),
                "--jar",
                directory.resolve("no.jar").toString());
        assertThat(absent.code()).isEqualTo(3);
        assertThat(absent.err()).contains("no.jar");
    }

    /** The classes of the modules that a job jar holds, as they are compiled. */
    private Path jar() throws IOException {
        Path jar = directory.resolve("job.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StreamingJob.class.getName());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            for (String module : List.of("core", "connectors", "jobs")) {
                Path classes = ROOT.resolve(module).resolve("target/classes");
                try (Stream<Path> files = Files.walk(classes)) {
                    for (Path found : files.filter(Files::isRegularFile).toList()) {
                        String name = classes.relativize(found).toString().replace('\\', '/');
                        if (!name.startsWith("META-INF/")) {
                            out.putNextEntry(new JarEntry(name));
                            Files.copy(found, out);
                        }
                    }
                }
            }
        }
        return jar;
    }
}

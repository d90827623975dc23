package dev.candlewick.testkit.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules themselves: a good jar passes, and each broken rule is named. */
final class JobJarTest {
    private static final String MAIN = "dev.example.Main";

    @TempDir
    private Path folder;

    @Test
    void acceptsAGoodJar() throws Exception {
        assertThat(jar(MAIN, "dev/example/Main.class", "org/apache/flink/connector/kafka/source/KafkaSource.class")
                        .problems(MAIN))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "org/apache/flink/runtime/jobgraph/JobGraph.class, belongs to the cluster",
        "org/apache/flink/streaming/api/windowing/time/Time.class, belongs to the cluster",
        "org/slf4j/Logger.class, belongs to the cluster",
        "ch/qos/logback/Level.class, belongs to the cluster",
        "org/apache/logging/log4j/Level.class, belongs to the cluster",
        "META-INF/versions/9/org/apache/logging/log4j/Level.class, belongs to the cluster",
        "kafka/server/KafkaServer.class, local process",
        "dev/candlewick/local/Main.class, local process",
        "org/junit/jupiter/api/Test.class, tests",
        "com/fasterxml/jackson/core/JsonParser.class, relocated",
        "META-INF/versions/17/com/fasterxml/jackson/core/JsonParser.class, relocated",
        "META-INF/KEY.SF, signature",
        "META-INF/KEY.RSA, signature",
        "module-info.class, another module",
        "META-INF/versions/9/module-info.class, another module",
        "log4j2.xml, logging",
    })
    void namesWhatMustNotBeInside(String entry, String why) throws Exception {
        assertThat(jar(MAIN, "dev/example/Main.class", entry).problems(MAIN))
                .singleElement()
                .asString()
                .contains(entry)
                .contains(why);
    }

    @Test
    void namesAMissingOrWrongMainClass() throws Exception {
        assertThat(jar("dev.example.Other", "dev/example/Main.class").problems(MAIN))
                .singleElement()
                .asString()
                .contains("Main-Class must be dev.example.Main, was dev.example.Other");
        assertThat(jar(MAIN, "dev/example/Other.class").problems(MAIN))
                .singleElement()
                .asString()
                .contains("must contain its Main-Class");
    }

    @Test
    void namesSizeRepetitionAndUnresolvedManifest() {
        var manifest = new Attributes();
        manifest.put(Attributes.Name.MAIN_CLASS, MAIN);
        manifest.putValue("Implementation-Version", "0.1.0");
        manifest.putValue("Git-Commit", "${candlewick.commit}");
        var entries = List.of("dev/example/Main.class", "dev/example/Main.class");
        assertThat(new JobJar(Path.of("x.jar"), JobJar.MAX_SIZE_BYTES + 1, entries, manifest).problems(MAIN))
                .hasSize(4)
                .anyMatch(problem -> problem.contains("size must be"))
                .anyMatch(problem -> problem.contains("Git-Commit must be set"))
                .anyMatch(problem -> problem.contains("Flink-Version must be set"))
                .anyMatch(problem -> problem.contains("repeated: dev/example/Main.class"));
    }

    private JobJar jar(String mainClass, String... entries) throws Exception {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass);
        manifest.getMainAttributes().putValue("Implementation-Version", "0.1.0");
        manifest.getMainAttributes().putValue("Git-Commit", "unknown");
        manifest.getMainAttributes().putValue("Flink-Version", "2.3.0");
        Path path = folder.resolve("job.jar");
        try (OutputStream file = Files.newOutputStream(path);
                var jar = new JarOutputStream(file, manifest)) {
            for (String entry : entries) {
                jar.putNextEntry(new ZipEntry(entry));
                jar.closeEntry();
            }
        }
        return JobJar.read(path);
    }
}

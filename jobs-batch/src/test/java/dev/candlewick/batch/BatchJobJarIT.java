package dev.candlewick.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.testkit.packaging.JobJar;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The finished jar of {@code jobs-batch}, as it is handed to {@code flink run}. */
final class BatchJobJarIT {
    private final Path path = Path.of(System.getProperty("candlewick.job.jar"));

    @Test
    void keepsTheRulesOfEveryJobJar() throws Exception {
        assertThat(JobJar.read(path).problems("dev.candlewick.batch.BatchJob")).isEmpty();
    }

    @Test
    void bringsConnectorsAndFormats() throws Exception {
        var jar = JobJar.read(path);
        assertThat(jar.entries())
                .contains(
                        "org/apache/flink/connector/kafka/source/KafkaSource.class",
                        "org/apache/flink/formats/parquet/ParquetWriterFactory.class",
                        "org/apache/parquet/hadoop/ParquetWriter.class",
                        "org/apache/hadoop/conf/Configuration.class",
                        "dev/candlewick/shaded/jackson/core/JsonParser.class",
                        "linux/amd64/libzstd-jni-" + zstdVersion(jar) + ".so");
    }

    @Test
    void mergesServiceFiles() throws Exception {
        assertThat(JobJar.read(path).text("META-INF/services/org.apache.flink.table.factories.Factory"))
                .contains("org.apache.flink.formats.parquet.ParquetFileFormatFactory")
                .contains("org.apache.flink.streaming.connectors.kafka.table.KafkaDynamicTableFactory");
    }

    @Test
    void carriesTheVersionOfTheBuild() throws Exception {
        assertThat(JobJar.read(path).manifest().getValue("Implementation-Version"))
                .isEqualTo(System.getProperty("candlewick.version"));
    }

    private static String zstdVersion(JobJar jar) {
        return jar.entries().stream()
                .filter(entry -> entry.startsWith("linux/aarch64/libzstd-jni-"))
                .map(entry -> entry.substring("linux/aarch64/libzstd-jni-".length(), entry.length() - ".so".length()))
                .findFirst()
                .orElseThrow();
    }
}

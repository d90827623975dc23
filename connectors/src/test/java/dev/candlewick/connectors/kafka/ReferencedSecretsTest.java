package dev.candlewick.connectors.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReferencedSecretsTest {
    @TempDir
    private Path directory;

    @Test
    void whatIsNotThereIsTold() throws Exception {
        Files.writeString(directory.resolve("word"), "hunter2");
        Files.writeString(directory.resolve("line"), "hunter2\n");
        Files.writeString(directory.resolve("key"), "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n");
        assertThat(problems("${dir:" + directory + ":word}", "${env:SET}", "${dir:" + directory + ":key}"))
                .isEmpty();
        assertThat(problems("${env:UNSET}"))
                .singleElement()
                .isEqualTo(
                        "kafka.properties.p0 must name a secret that can be read here, was ${env:UNSET} (the variable is"
                                + " not set)");
        assertThat(problems("${dir:" + directory + ":absent}", "${file:" + directory + "/absent:a}"))
                .hasSize(2)
                .allMatch(problem -> problem.contains("cannot be read"));
        assertThat(problems("x password=\"${dir:" + directory + ":line}\";"))
                .singleElement()
                .asString()
                .contains("ends with a line break")
                .doesNotContain("hunter2");
    }

    @Test
    void whatAClientSeesCanBeAskedFor() throws Exception {
        Files.writeString(directory.resolve("word"), "hunter2");
        Map<String, String> properties = Map.of(
                "ssl.keystore.password",
                "${dir:" + directory + ":word}",
                "client.id",
                "x",
                "config.providers",
                "dir",
                "config.providers.dir.class",
                "org.apache.kafka.common.config.provider.DirectoryConfigProvider");
        assertThat(ReferencedSecrets.lookedUp(properties))
                .containsEntry("ssl.keystore.password", "hunter2")
                .containsEntry("client.id", "x")
                .containsOnlyKeys(properties.keySet());
        Map<String, String> without = Map.of("ssl.keystore.password", "${dir:" + directory + ":word}");
        assertThat(ReferencedSecrets.lookedUp(without)).isSameAs(without);
    }

    private static List<String> problems(String... values) {
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < values.length; i++) {
            properties.put("p" + i, values[i]);
        }
        properties.put("config.providers", "dir,env,file");
        return ReferencedSecrets.problems(properties, Map.of("SET", "x"));
    }
}

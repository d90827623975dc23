package dev.candlewick.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecretReferencesTest {
    @TempDir
    private Path directory;

    @Test
    void aReferenceHoldsNoSecret() {
        assertThat(List.of(
                        "${env:X}",
                        "${dir:/run/secrets:kafka}",
                        "${file:/x.properties:a.b}",
                        "x.PlainLoginModule required username=\"a\" password=\"${env:X}\";",
                        "x.ScramLoginModule required username=\"a\" password=\"${env:X}\" tokenauth=true;"))
                .allMatch(SecretReferences::isReference);
        assertThat(List.of(
                        "",
                        "hunter2",
                        "$hunter2",
                        "${env:X}hunter2",
                        "hunter2 ${env:X}",
                        "x.PlainLoginModule required username=\"a\" password=\"hunter2\";",
                        "x.PlainLoginModule required username=\"a\";",
                        "x.PlainLoginModule required username=\"a\" password=\"${env:X}hunter2\";",
                        "x.OAuthBearerLoginModule required clientId=\"hunter2\" clientSecret=\"${env:X}\";"))
                .noneMatch(SecretReferences::isReference);
    }

    @Test
    void theClientLooksItUpAndNothingBefore() throws Exception {
        Files.writeString(directory.resolve("word"), "hunter2");
        Map<String, String> given =
                Map.of("bootstrap.servers", "localhost:1", "ssl.key.password", "${dir:" + directory + ":word}");
        Map<String, String> all = SecretReferences.withProviders(given);
        assertThat(all.values()).noneMatch(value -> value.contains("hunter2"));
        assertThat(all.keySet())
                .filteredOn(name -> name.startsWith("config.providers"))
                .hasSize(4);

        Map<String, Object> client = new HashMap<>(all);
        assertThat(new AdminClientConfig(client).getPassword("ssl.key.password"))
                .isEqualTo(new Password("hunter2"));
        // A variable of this process, which every one has.
        client.put("ssl.key.password", "${env:PATH}");
        assertThat(new AdminClientConfig(client).getPassword("ssl.key.password"))
                .isEqualTo(new Password(System.getenv("PATH")));
    }

    @Test
    void propertiesWithoutReferencesOrWithProvidersOfTheirOwnStayAsTheyAre() {
        Map<String, String> plain = Map.of("ssl.key.password", "hunter2");
        assertThat(SecretReferences.withProviders(plain)).isSameAs(plain);
        Map<String, String> vault = Map.of(
                "ssl.key.password", "${vault:a:b}", "config.providers", "vault", "config.providers.vault.class", "x");
        assertThat(SecretReferences.withProviders(vault)).isSameAs(vault);
    }
}

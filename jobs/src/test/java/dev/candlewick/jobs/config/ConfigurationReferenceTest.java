package dev.candlewick.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference and the sample file say what the code does; run with {@code -Dcandlewick.reference.write=true} to write them. */
final class ConfigurationReferenceTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));

    @TempDir
    private Path directory;

    @Test
    void theReferenceIsUpToDate() throws IOException {
        check(ROOT.resolve("docs/configuration.md"), ConfigurationReference.markdown());
    }

    @Test
    void theSampleFileIsUpToDate() throws IOException {
        check(ROOT.resolve("conf/candlewick.yaml"), ConfigurationReference.sampleFile());
    }

    @Test
    void theReferenceNamesEveryOptionOnceInItsTables() {
        String page = ConfigurationReference.markdown();
        String tables = page.substring(page.indexOf("\n## "));

        for (Setting<?> setting : CandlewickOptions.all()) {
            assertThat(tables.split("\n\\| `" + setting.key().replace(".", "\\.") + "` \\|", -1))
                    .as(setting.key())
                    .hasSize(2);
        }
    }

    @Test
    void everyRowOfATableHasTheColumnsOfItsHead() {
        long columns = 0;
        for (String line : ConfigurationReference.markdown().split("\n", -1)) {
            if (!line.startsWith("|")) {
                columns = 0;
                continue;
            }
            long bars = line.replace("\\|", "").chars().filter(c -> c == '|').count();
            assertThat(columns == 0 ? bars : columns).as(line).isEqualTo(bars);
            columns = bars;
        }
    }

    @Test
    void theSampleFileChangesNothing() throws IOException {
        assertThat(resolveFile(ConfigurationReference.sampleFile()).asMap())
                .isEqualTo(resolveFile("").asMap());
    }

    @Test
    void theDefaultsOfTheSampleFileAreTheDefaults() throws IOException {
        String defaults = uncomment(true);

        ResolvedConfiguration configuration = resolveFile(defaults);

        assertThat(configuration.asMap()).isEqualTo(resolveFile("").asMap());
        for (Setting<?> setting : CandlewickOptions.all()) {
            if (setting.defaultValue() != null) {
                assertThat(configuration.origin(setting).kind())
                        .as(setting.key())
                        .isEqualTo(Origin.Kind.FILE);
            }
        }
    }

    @Test
    void everyOptionOfTheSampleFileIsValid() throws IOException {
        ResolvedConfiguration configuration = resolveFile(uncomment(false));

        assertThat(configuration.kafkaProperties()).containsEntry("security.protocol", "SASL_SSL");
        assertThat(configuration.input()).contains(CandlewickOptions.INPUT.example());
    }

    @Test
    void theHelpNamesEveryOption() {
        assertThat(ConfigurationReference.help())
                .contains(CandlewickOptions.keys().stream()
                        .map(key -> "  --" + key + " ")
                        .toArray(String[]::new))
                .contains("--allowed-lateness")
                .contains("(default: 10s)");
    }

    private static String uncomment(boolean defaultsOnly) {
        return Arrays.stream(ConfigurationReference.sampleFile().split("\n", -1))
                .map(line -> {
                    if (!line.matches("#[a-z][a-z.-]*: .*")) {
                        return line;
                    }
                    Setting<?> setting = CandlewickOptions.find(line.substring(1, line.indexOf(':')));
                    boolean wanted = !defaultsOnly || setting != null && setting.defaultValue() != null;
                    return wanted ? line.substring(1) : line;
                })
                .collect(Collectors.joining("\n"));
    }

    private ResolvedConfiguration resolveFile(String yaml) throws IOException {
        Path file = directory.resolve("sample.yaml");
        Files.writeString(file, yaml);
        return ResolvedConfiguration.resolve(
                ConfigurationSources.builder().file(file).build());
    }

    private static void check(Path file, String expected) throws IOException {
        if (Boolean.getBoolean("candlewick.reference.write")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, expected);
        }
        assertThat(file).exists();
        assertThat(Files.readString(file))
                .as(
                        "%s must agree with the options in the code; to write it again: %s",
                        file.getFileName(), ConfigurationReference.COMMAND)
                .isEqualTo(expected);
    }
}

package dev.candlewick.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.quality.GapSequence;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.core.vwap.VwapEmit;
import dev.candlewick.jobs.operators.LiveSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolvedConfigurationTest {
    @TempDir
    private Path directory;

    private static ResolvedConfiguration resolve(String... arguments) {
        return ResolvedConfiguration.resolve(
                ConfigurationSources.builder().commandLine(arguments).build());
    }

    private static ResolvedConfiguration resolve(Map<String, String> environment, String... arguments) {
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(arguments)
                .environment(environment)
                .build());
    }

    private ResolvedConfiguration resolveFile(String yaml, String... arguments) {
        return ResolvedConfiguration.resolve(sourcesWithFile(yaml, arguments));
    }

    private ConfigurationSources sourcesWithFile(String yaml, String... arguments) {
        write("job.yaml", yaml);
        return ConfigurationSources.builder()
                .commandLine(arguments)
                .file(Path.of("job.yaml"))
                .workingDirectory(directory)
                .build();
    }

    private void write(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> problems(ConfigurationSources sources) {
        ConfigurationException exception =
                catchThrowableOfType(ConfigurationException.class, () -> ResolvedConfiguration.resolve(sources));
        return exception == null ? List.of() : exception.problems();
    }

    private static List<String> problems(String... arguments) {
        return problems(ConfigurationSources.builder().commandLine(arguments).build());
    }

    private List<String> problemsOfFile(String yaml, String... arguments) {
        return problems(sourcesWithFile(yaml, arguments));
    }

    @Nested
    class Defaults {
        @Test
        void areThoseOfTheEngineAndOfTheFeedRules() {
            ResolvedConfiguration configuration = resolve();

            assertThat(configuration.engineSettings())
                    .isEqualTo(EngineSettings.defaults().withQuality(QualitySettings.defaults()));
            assertThat(configuration.feedRules())
                    .usingRecursiveComparison()
                    .isEqualTo(FeedRules.builder().feedName("crypto").build());
            assertThat(configuration.outOfOrdernessNanos()).isEqualTo(1_000_000_000L);
            assertThat(configuration.feedName()).isEqualTo("crypto");
            assertThat(configuration.mode()).isEqualTo(RunMode.STREAMING);
            assertThat(configuration.isBounded()).isFalse();
            assertThat(configuration.format()).isEqualTo(InputFormat.JSON);
            assertThat(configuration.sourceTopics()).containsExactly("trades");
            assertThat(configuration.maxParallelism()).isEqualTo(128);
            assertThat(configuration.parallelism())
                    .isEqualTo(Math.min(128, Runtime.getRuntime().availableProcessors()));
            assertThat(configuration.idleTimeout()).contains(Duration.ofSeconds(30));
            assertThat(configuration.get(CandlewickOptions.KAFKA_TRANSACTIONAL_ID_PREFIX))
                    .isEqualTo("cw.candlewick~");
            assertThat(configuration.lakePriceScale()).isEqualTo(12);
            assertThat(configuration.lakeSizeScale()).isEqualTo(8);
        }

        @Test
        void ofBatchModeAcceptLateTrades() {
            assertThat(resolve("--mode", "batch").late()).isEqualTo(LatePolicy.ACCEPT);
            assertThat(resolve("--mode", "batch", "--late", "apply").late()).isEqualTo(LatePolicy.APPLY);
            assertThat(resolve("--mode", "streaming", "--input", "x").late()).isEqualTo(LatePolicy.APPLY);
            assertThat(resolve("--mode", "streaming", "--input", "x", "--late", "accept")
                            .late())
                    .isEqualTo(LatePolicy.ACCEPT);
        }

        @ParameterizedTest
        @ValueSource(strings = {"--mode=batch", "--input=x", "--source.until=latest", "--source.until=0:10"})
        void ofBoundedRunsHaveNoLiveCandlesAndNoIdleness(String bounding) {
            ResolvedConfiguration configuration = resolve(bounding, "--live", "on", "--source.idle-timeout", "5s");

            assertThat(configuration.isBounded()).isTrue();
            assertThat(configuration.get(CandlewickOptions.LIVE)).isFalse();
            assertThat(configuration.idleTimeout()).isEmpty();
            assertThat(configuration.origin(CandlewickOptions.LIVE)).hasToString("default of bounded runs");
        }

        @Test
        void ofACommandAreWeakerThanEveryThingGiven() {
            ConfigurationSources.Builder demo = ConfigurationSources.builder()
                    .preset(CandlewickOptions.CHECKPOINT_INTERVAL, Duration.ofSeconds(2))
                    .preset(CandlewickOptions.ALLOWED_LATENESS, Duration.ofSeconds(3));

            ResolvedConfiguration configuration = ResolvedConfiguration.resolve(demo.build());

            assertThat(configuration.get(CandlewickOptions.CHECKPOINT_INTERVAL)).isEqualTo(Duration.ofSeconds(2));
            assertThat(configuration.origin(CandlewickOptions.CHECKPOINT_INTERVAL))
                    .hasToString("command");
            // The feed profile says so.
            assertThat(configuration.allowedLatenessNanos()).isEqualTo(10_000_000_000L);
        }
    }

    @Nested
    class Profiles {
        @Test
        void futures() {
            ResolvedConfiguration futures = resolve("--feed", "futures");

            assertThat(futures.engineSettings())
                    .isEqualTo(new EngineSettings(
                            Intervals.DEFAULT,
                            30_000_000_000L,
                            LatePolicy.APPLY,
                            DedupKey.TRADE_ID,
                            30_000_000_000L,
                            FillPolicy.OMIT,
                            100_000,
                            VwapEmit.ACTIVE,
                            QualitySettings.defaults().withGapSequence(GapSequence.OFF)));
            assertThat(futures.outOfOrdernessNanos()).isEqualTo(2_000_000_000L);
            assertThat(futures.feedRules().scope()).isEqualTo(FeedRules.Scope.VENUE);
            assertThat(futures.feedRules().zeroSizeAllowed()).isTrue();
            assertThat(futures.feedRules().priceScales()).isEqualTo(ScaleRules.of(9));
            assertThat(futures.feedRules().sizeScales()).isEqualTo(ScaleRules.of(0));
            assertThat(futures.get(CandlewickOptions.GAP_SEQUENCE)).isEqualTo(GapSequence.OFF);
        }

        @Test
        void usEquities() {
            ResolvedConfiguration equities = resolve("--feed", "us-equities");

            assertThat(equities.feedName()).isEqualTo("us-equities");
            assertThat(equities.feedRules().scope()).isEqualTo(FeedRules.Scope.CONSOLIDATED);
            assertThat(equities.feedRules().zeroSizeAllowed()).isFalse();
            assertThat(equities.feedRules().priceScales()).isEqualTo(ScaleRules.of(9));
            assertThat(equities.feedRules().sizeScales()).isEqualTo(ScaleRules.of(0));
            assertThat(equities.allowedLatenessNanos()).isEqualTo(30_000_000_000L);
            assertThat(equities.outOfOrdernessNanos()).isEqualTo(2_000_000_000L);
            assertThat(equities.engineSettings().conflictHorizonNanos()).isEqualTo(30_000_000_000L);
            assertThat(equities.get(CandlewickOptions.GAP_SEQUENCE)).isEqualTo(GapSequence.OFF);
        }

        @Test
        void cryptoIsTheDefaultsThemselves() {
            ResolvedConfiguration crypto = resolve("--feed", "crypto");

            for (Setting<?> setting : CandlewickOptions.all()) {
                if (setting.ofFeed()) {
                    assertThat((Object) crypto.find(setting).orElse(null))
                            .as(setting.key())
                            .isEqualTo(setting.defaultValue());
                }
            }
        }

        @Test
        void theListIsTheFolder() throws Exception {
            Path folder = Path.of(System.getProperty("candlewick.root"), "conf", "feeds");
            try (var files = Files.list(folder)) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrderElementsOf(FeedProfiles.NAMES.stream()
                                .map(name -> name + ".yaml")
                                .toList());
            }
        }

        @Test
        void byPath() {
            write("tokyo.yaml", "out-of-orderness: 7s\nprice:\n  scale:\n    \"JPY*\": 3\n    \"*\": 5\n");

            ResolvedConfiguration configuration = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                    .commandLine("--feed", "./tokyo.yaml")
                    .workingDirectory(directory)
                    .build());

            assertThat(configuration.feedName()).isEqualTo("tokyo");
            assertThat(configuration.outOfOrdernessNanos()).isEqualTo(7_000_000_000L);
            assertThat(configuration.get(CandlewickOptions.PRICE_SCALE))
                    .isEqualTo(new ScaleRules(List.of(new ScaleRules.Entry("JPY*", 3)), 5));
            // What the profile leaves out is the default.
            assertThat(configuration.allowedLatenessNanos()).isEqualTo(10_000_000_000L);
            assertThat(configuration.origin(CandlewickOptions.OUT_OF_ORDERNESS))
                    .hasToString("feed profile ./tokyo.yaml line 1");
        }

        @Test
        void unknownNameSuggests() {
            assertThat(problems("--feed", "crypt"))
                    .containsExactly(
                            "feed must be crypto, futures or us-equities, or a path with a / in it or .yaml at its"
                                    + " end, was 'crypt' (command line; did you mean crypto?; example: us-equities)");
        }

        @Test
        void missingFileIsNamed() {
            assertThat(problems("--feed", "nowhere/x.yaml"))
                    .containsExactly("feed must be a file that exists, was 'nowhere/x.yaml' (command line)");
        }

        @Test
        void mustNotSetWhatBelongsToARun() {
            write("greedy.yaml", "parallelism: 3\nout-of-ordernes: 2s\nallowed-lateness: 2s\n");

            assertThat(problems(ConfigurationSources.builder()
                            .commandLine("--feed", "greedy.yaml")
                            .workingDirectory(directory)
                            .build()))
                    .containsExactly(
                            "parallelism must be set for a run, not in a feed profile, was '3' (feed profile greedy.yaml line 1)",
                            "out-of-ordernes must be an option, was unknown (feed profile greedy.yaml line 2; did you mean"
                                    + " out-of-orderness?)");
        }

        @Test
        void invalidValueNamesTheProfile() {
            write("broken.yaml", "size.zero: perhaps\n");

            assertThat(problems(ConfigurationSources.builder()
                            .commandLine("--feed", "broken.yaml")
                            .workingDirectory(directory)
                            .build()))
                    .containsExactly("size.zero must be true or false, was 'perhaps' (feed profile broken.yaml line 1;"
                            + " example: size.zero=true)");
        }
    }

    @Nested
    class Precedence {
        private static final String VARIABLE = "CANDLEWICK_ALLOWED_LATENESS";

        private ConfigurationSources sources(boolean commandLine, boolean environment, boolean file) {
            write("job.yaml", file ? "feed: futures\nallowed-lateness: 3s\n" : "feed: futures\n");
            return ConfigurationSources.builder()
                    .commandLine(
                            commandLine
                                    ? new String[] {"--config", "job.yaml", "--set", "allowed-lateness=1s"}
                                    : new String[] {"--config", "job.yaml"})
                    .environment(environment ? Map.of(VARIABLE, "2s") : Map.of())
                    .workingDirectory(directory)
                    .build();
        }

        @ParameterizedTest
        @CsvSource({
            "true, true, true, 1, command line",
            "false, true, true, 2, environment variable CANDLEWICK_ALLOWED_LATENESS",
            "false, false, true, 3, file job.yaml line 2",
            "false, false, false, 30, feed profile futures line 16",
        })
        void isCommandLineEnvironmentFileProfile(
                boolean commandLine, boolean environment, boolean file, long seconds, String origin) {
            ResolvedConfiguration configuration =
                    ResolvedConfiguration.resolve(sources(commandLine, environment, file));

            assertThat(configuration.allowedLatenessNanos()).isEqualTo(seconds * 1_000_000_000L);
            assertThat(configuration.origin(CandlewickOptions.ALLOWED_LATENESS)).hasToString(origin);
            assertThat(configuration.feedName()).isEqualTo("futures");
        }

        @Test
        void endsAtTheDefault() {
            assertThat(resolve().origin(CandlewickOptions.FILL)).hasToString("default");
            assertThat(resolve().isGiven(CandlewickOptions.FILL)).isFalse();
            assertThat(resolve("--fill", "carry").isGiven(CandlewickOptions.FILL))
                    .isTrue();
        }

        @Test
        void holdsForTheFeedItself() {
            write("job.yaml", "feed: futures\n");
            ConfigurationSources.Builder builder =
                    ConfigurationSources.builder().file(Path.of("job.yaml")).workingDirectory(directory);

            assertThat(ResolvedConfiguration.resolve(builder.build()).feedName())
                    .isEqualTo("futures");
            assertThat(ResolvedConfiguration.resolve(builder.environment(Map.of("CANDLEWICK_FEED", "us-equities"))
                                    .build())
                            .feedName())
                    .isEqualTo("us-equities");
            assertThat(ResolvedConfiguration.resolve(
                                    builder.commandLine("--feed", "crypto").build())
                            .feedName())
                    .isEqualTo("crypto");
        }

        @Test
        void ofFiles() {
            write("a.yaml", "fill.max: 1\n");
            write("b.yaml", "fill.max: 2\n");
            write("c.yaml", "fill.max: 3\n");
            ConfigurationSources.Builder builder =
                    ConfigurationSources.builder().file(Path.of("c.yaml")).workingDirectory(directory);

            assertThat(ResolvedConfiguration.resolve(builder.build()).get(CandlewickOptions.FILL_MAX))
                    .isEqualTo(3);
            builder.environment(Map.of("CANDLEWICK_CONFIG", "b.yaml"));
            assertThat(ResolvedConfiguration.resolve(builder.build()).get(CandlewickOptions.FILL_MAX))
                    .isEqualTo(2);
            builder.commandLine("--config=a.yaml");
            assertThat(ResolvedConfiguration.resolve(builder.build()).get(CandlewickOptions.FILL_MAX))
                    .isEqualTo(1);
        }
    }

    @Nested
    class CommandLine {
        @Test
        void takesAllForms() {
            ResolvedConfiguration configuration = resolve(
                    "--kafka",
                    "localhost:9092",
                    "--fill=carry",
                    "--set",
                    "allowed-lateness=1m",
                    "--set=out-of-orderness=250ms",
                    "--scope",
                    "consolidated",
                    "--symbols",
                    "XBT/USDT,ETH-USD",
                    "--sample",
                    "5",
                    "--intervals",
                    "1s,1m",
                    "--output",
                    "lake",
                    "--format",
                    "csv",
                    "--publish",
                    "--fresh",
                    "--archive",
                    "off");

            assertThat(configuration.kafkaBootstrapServers()).contains("localhost:9092");
            assertThat(configuration.engineSettings().fill()).isEqualTo(FillPolicy.CARRY);
            assertThat(configuration.allowedLatenessNanos()).isEqualTo(60_000_000_000L);
            assertThat(configuration.outOfOrdernessNanos()).isEqualTo(250_000_000L);
            assertThat(configuration.feedRules().scope()).isEqualTo(FeedRules.Scope.CONSOLIDATED);
            assertThat(configuration.feedRules().selectedSymbols()).containsExactlyInAnyOrder("XBT/USDT", "ETH-USD");
            assertThat(configuration.sample()).contains(5);
            assertThat(configuration.intervals()).hasToString("1s,1m");
            assertThat(configuration.lake()).contains("lake");
            assertThat(configuration.format()).isEqualTo(InputFormat.CSV);
            assertThat(configuration.get(CandlewickOptions.PUBLISH)).isTrue();
            assertThat(configuration.get(CandlewickOptions.FRESH)).isTrue();
            assertThat(configuration.archive()).isFalse();
        }

        @Test
        void isStrict() {
            assertThat(problems(
                            "loose",
                            "-p",
                            "--fil",
                            "carry",
                            "--scop",
                            "--fill",
                            "--set",
                            "nothing",
                            "--sample",
                            "1",
                            "--set",
                            "sample=1"))
                    .containsExactly(
                            "argument must be --key value, --key=value or --set key=value, was 'loose' (command line)",
                            "argument must be --key value, --key=value or --set key=value, was '-p' (command line)",
                            "--fill must have a value, was given without one (command line; example: --fill carry)",
                            "--set must be followed by key=value, was 'nothing' (command line; example: --set"
                                    + " allowed-lateness=30s)",
                            "sample must be given once, was given twice (command line)",
                            "fil must be an option, was unknown (command line; did you mean fill?)",
                            "scop must be an option, was unknown (command line; did you mean scope?)");
        }

        @Test
        void toleratesLineBreaksAroundValues() {
            assertThat(resolve("--fill", "carry\n", "--set", " fill.max = 5 \r\n")
                            .engineSettings()
                            .fillMax())
                    .isEqualTo(5);
        }

        @Test
        void keepsEqualsSignsInValues() {
            assertThat(resolve("--set", "kafka.properties.sasl.mechanism=a=b").kafkaProperties())
                    .containsEntry("sasl.mechanism", "a=b");
            assertThat(resolve("--price.scale=BTC*=2,*=12").get(CandlewickOptions.PRICE_SCALE))
                    .isEqualTo(new ScaleRules(List.of(new ScaleRules.Entry("BTC*", 2)), 12));
        }

        @Test
        void knowsHelp() {
            assertThat(CommandLineArguments.parse("--help").isHelp()).isTrue();
            assertThat(CommandLineArguments.parse("--fill", "carry").isHelp()).isFalse();
        }

        @Test
        void configMustExistAndStandOnce() {
            assertThat(problems("--config", "no.yaml"))
                    .containsExactly("config must be a file that exists, was 'no.yaml' (command line)");
            assertThat(problems("--config", "no.yaml", "--config", "no.yaml"))
                    .contains("--config must be given once, was given twice (command line)");
        }
    }

    @Nested
    class Environment {
        @Test
        void mapsEveryOption() {
            for (Setting<?> setting : CandlewickOptions.all()) {
                if (setting == (Setting<?>) CandlewickOptions.LATE
                        || setting == (Setting<?>) CandlewickOptions.LIVE
                        || setting == (Setting<?>) CandlewickOptions.SOURCE_IDLE_TIMEOUT) {
                    continue; // Depend on whether the run is bounded; see the tests of defaults.
                }
                ResolvedConfiguration configuration =
                        resolve(Map.of(setting.environmentVariable(), setting.example()), "--source.until", "latest");
                if (setting != (Setting<?>) CandlewickOptions.SOURCE_UNTIL) {
                    assertThat(configuration.asMap()).containsEntry(setting.key(), setting.example());
                    assertThat(configuration.origin(setting))
                            .hasToString("environment variable " + setting.environmentVariable());
                }
            }
        }

        @Test
        void ignoresWhatIsNotMeantForIt() {
            ResolvedConfiguration configuration = resolve(Map.of(
                    "PATH", "/bin",
                    "CANDLEWICK_HOME", "/opt",
                    "CANDLEWICK_JAVA_OPTS", "-Xmx1g",
                    "CANDLEWICK_KAFKA", "127.0.0.1:9092",
                    "CANDLEWICK_KAFKA_OPTS", "-Xmx1g",
                    "CANDLEWICK_KAFKA_SERVICE_HOST", "10.0.0.1",
                    "CANDLEWICK_PORT_8081_TCP_ADDR", "10.0.0.2",
                    "CANDLEWICK_REST_PORT", "tcp://10.0.0.2:8081",
                    "CANDLEWICK_FILL", ""));

            assertThat(configuration.asMap()).isEqualTo(resolve().asMap());
        }

        @Test
        void unknownVariableSuggests() {
            assertThat(problems(ConfigurationSources.builder()
                            .environment(Map.of("CANDLEWICK_ALLOWED_LATENES", "1s"))
                            .build()))
                    .containsExactly(
                            "CANDLEWICK_ALLOWED_LATENES must be the variable of an option, was unknown (environment"
                                    + " variable; did you mean CANDLEWICK_ALLOWED_LATENESS?; example: CANDLEWICK_ALLOWED_LATENESS)");
        }

        @ParameterizedTest
        @ValueSource(strings = {"s3://bucket/lake", "file:///data/lake", "hdfs:/lake"})
        void aLakeMustBeMounted(String lake) {
            assertThat(problems(ConfigurationSources.builder()
                            .environment(Map.of("CANDLEWICK_OUTPUT_LAKE", lake))
                            .build()))
                    .containsExactly("output.lake must be a path of a mounted file system, not a URI, was '" + lake
                            + "' (environment variable CANDLEWICK_OUTPUT_LAKE; example: output.lake=/data/lake)");
        }

        @Test
        void invalidValueNamesTheVariable() {
            assertThat(problems(ConfigurationSources.builder()
                            .environment(Map.of("CANDLEWICK_LIVE_MAX_RATE", "fast"))
                            .build()))
                    .containsExactly("live.max-rate must be a positive whole number with /s behind it, was 'fast'"
                            + " (environment variable CANDLEWICK_LIVE_MAX_RATE; example: live.max-rate=500/s)");
        }

        @Test
        void carriesKafkaProperties() {
            assertThat(resolve(Map.of("CANDLEWICK_KAFKA_PROPERTIES_SASL_JAAS_CONFIG", "x y z"))
                            .kafkaProperties())
                    .containsExactly(Map.entry("sasl.jaas.config", "x y z"));
        }
    }

    @Nested
    class Yaml {
        @Test
        void mayBeNestedOrDotted() {
            ResolvedConfiguration configuration = resolveFile("""
                    feed: crypto
                    price.scale: 6
                    size:
                      scale: {"BTC*": 8, "*": 4}
                      zero: true
                    source:
                      topic: [a, b]
                      until: latest
                    intervals: [1s, 1m, 5m]
                    archive: off
                    kafka:
                      bootstrap.servers: "h:1"
                      properties:
                        security.protocol: SASL_SSL
                    """);

            assertThat(configuration.get(CandlewickOptions.PRICE_SCALE)).isEqualTo(ScaleRules.of(6));
            assertThat(configuration.get(CandlewickOptions.SIZE_SCALE))
                    .isEqualTo(new ScaleRules(List.of(new ScaleRules.Entry("BTC*", 8)), 4));
            assertThat(configuration.feedRules().zeroSizeAllowed()).isTrue();
            assertThat(configuration.sourceTopics()).containsExactly("a", "b");
            assertThat(configuration.intervals()).isEqualTo(Intervals.parse("1s,1m,5m"));
            assertThat(configuration.get(CandlewickOptions.ARCHIVE)).isFalse();
            assertThat(configuration.kafkaBootstrapServers()).contains("h:1");
            assertThat(configuration.kafkaProperties()).containsExactly(Map.entry("security.protocol", "SASL_SSL"));
            assertThat(configuration.origin(CandlewickOptions.SIZE_ZERO)).hasToString("file job.yaml line 5");
        }

        @Test
        void keepSymbolsAsTheyAre() {
            ResolvedConfiguration configuration =
                    resolveFile("instruments: [\"A,B\", 'C=D', \"E\\\\F\", 007, on, null]\n");

            assertThat(configuration.get(CandlewickOptions.INSTRUMENTS))
                    .containsExactly("A,B", "C=D", "E\\F", "007", "on", "null");
            // The canonical text gives the same list again.
            assertThat(resolve("--instruments", configuration.asMap().get("instruments"))
                            .get(CandlewickOptions.INSTRUMENTS))
                    .isEqualTo(configuration.get(CandlewickOptions.INSTRUMENTS));
        }

        @Test
        void unknownKeysAreErrorsWithLineAndSuggestion() {
            assertThat(problemsOfFile("""
                            fill: omit
                            allowed_lateness: 1s
                            souce:
                              until: latest
                            kafka:
                              sasl.jaas.config: hidden
                            zzz: 1
                            """))
                    .containsExactly(
                            "allowed_lateness must be an option, was unknown (file job.yaml line 2; did you mean"
                                    + " allowed-lateness?)",
                            "souce.until must be an option, was unknown (file job.yaml line 4; did you mean source.until?)",
                            "kafka.sasl.jaas.config must be an option, was unknown (file job.yaml line 6; did you mean"
                                    + " kafka.properties.sasl.jaas.config?)",
                            "zzz must be an option, was unknown (file job.yaml line 7)");
        }

        @Test
        void sayAKeyOnce() {
            assertThat(problemsOfFile("fill.max: 1\nfill:\n  max: 2\n"))
                    .containsExactly(
                            "fill.max must be given once, was given twice (file job.yaml line 1 and file job.yaml"
                                    + " line 3)");
            assertThat(problemsOfFile("fill: omit\nfill: carry\n"))
                    .containsExactly(
                            "fill must be given once, was given twice (file job.yaml line 1 and file job.yaml line 2)");
        }

        @Test
        void thatAreNoMappingAreErrors() {
            assertThat(problemsOfFile("- a\n- b\n"))
                    .containsExactly(
                            "configuration must be a YAML mapping of options, was something else (file job.yaml"
                                    + " line 1)");
            assertThat(problemsOfFile("a: 1\n---\nb: 1\n"))
                    .containsExactly("configuration must be one YAML document, was several (file job.yaml line 3)");
            assertThat(problemsOfFile("size.scale: &a 1\nprice.scale: *a\n"))
                    .containsExactly("configuration must not use aliases, was an alias (file job.yaml line 2)");
            assertThat(problemsOfFile("fill:\n  max: &m\n    x: *m\n")).isNotEmpty();
        }

        @Test
        void thatAreNoYamlAreErrorsWithTheLine() {
            assertThat(problemsOfFile("fill: omit\nprice.scale:\n  *: 12\n"))
                    .singleElement()
                    .asString()
                    .startsWith("configuration must be valid YAML, was not: ")
                    .contains("(file job.yaml line 3; patterns with * stand in quotes");
        }

        @Test
        void mayBeEmpty() {
            assertThat(resolveFile("# nothing\n").asMap()).isEqualTo(resolve().asMap());
            assertThat(resolveFile("").asMap()).isEqualTo(resolve().asMap());
        }

        @Test
        void needValues() {
            assertThat(problemsOfFile("fill:\nsymbols:\n"))
                    .containsExactly("fill must be omit or carry, was '' (file job.yaml line 1; example: fill=carry)");
        }
    }

    @Nested
    class Problems {
        @Test
        void areToldAllAtOnce() {
            write("job.yaml", "fill: carri\nparalelism: 2\nlate: accept\n");
            ConfigurationSources sources = ConfigurationSources.builder()
                    .commandLine(
                            "--config", "job.yaml", "--intervals", "2s,3s", "--price.scale", "18", "--size.scale", "13")
                    .environment(Map.of("CANDLEWICK_SILENCE", "10"))
                    .workingDirectory(directory)
                    .require(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS)
                    .build();

            assertThat(problems(sources))
                    .containsExactly(
                            "paralelism must be an option, was unknown (file job.yaml line 2; did you mean"
                                    + " parallelism?)",
                            "intervals must name different intervals that are multiples of the finest one, was '2s,3s'"
                                    + " (command line; example: intervals=1s,1m,1h)",
                            "fill must be omit or carry, was 'carri' (file job.yaml line 1; did you mean carry?; example:"
                                    + " fill=carry)",
                            "silence must be a whole number and a unit (ms, s, m, h, d), at least 1s, was '10' (environment"
                                    + " variable CANDLEWICK_SILENCE; example: silence=30s)",
                            "kafka.bootstrap.servers must be given, was missing (example:"
                                    + " kafka.bootstrap.servers=broker-1:9092,broker-2:9092)",
                            "late must be apply where the input has no end, was 'accept' (file job.yaml line 3; example:"
                                    + " late=apply, or source.until=latest)",
                            "price.scale must leave P + Q at most 30, P the largest price scale and at least 12, Q the largest"
                                    + " size scale and at least 8, was 18 + 13 (price.scale: command line, size.scale:"
                                    + " command line; example: price.scale=12, size.scale=8)");
        }

        @Test
        void areInTheMessageAndGiveExitCode2() {
            assertThatThrownBy(() -> resolve("--fill", "x", "--sample", "0"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("Configuration has 2 problems:\n  sample must be")
                    .hasMessageContaining("\n  fill must be");
            assertThat(ConfigurationException.EXIT_CODE).isEqualTo(2);
        }

        @Test
        void ofOneLayerAreToldThoughAStrongerOneIsRight() {
            assertThat(problemsOfFile("fill: nope\n", "--fill", "carry")).hasSize(1);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "allowed-lateness=10 | allowed-lateness must be a whole number and a unit (ms, s, m, h, d), was '10'",
                    "allowed-lateness=-1s | allowed-lateness must be a whole number and a unit (ms, s, m, h, d), was '-1s'",
                    "allowed-lateness=1.5s | allowed-lateness must be a whole number and a unit (ms, s, m, h, d), was '1.5s'",
                    "allowed-lateness=500ns | allowed-lateness must be a whole number and a unit",
                    "allowed-lateness=40000d | allowed-lateness must be at most 36500d",
                    "conflict.horizon=2d | conflict.horizon must be a whole number and a unit (ms, s, m, h, d), 0s to 1d, was '2d'",
                    "time.jump=0s | time.jump must be a whole number and a unit (ms, s, m, h, d), at least 1ms, was '0s'",
                    "silence=1500ms | silence must be whole seconds, was 1500ms",
                    "fill.max=0 | fill.max must be a whole number, at least 1, was '0'",
                    "fill.max=1_000 | fill.max must be a whole number, at least 1, was '1_000'",
                    "max-parallelism=40000 | max-parallelism must be a whole number from 1 to 32768, was '40000'",
                    "parallelism=200 | parallelism must be at most max-parallelism, was 200 of 128 (parallelism: command line",
                    "quality=ful | quality must be off, default or full, was 'ful' (command line; did you mean full?",
                    "quality=on | quality must be off, default or full, was 'on'",
                    "conditions=sip | conditions must be none, was 'sip'",
                    "live=maybe | live must be on or off, was 'maybe'",
                    "scope=Venue | scope must be venue or consolidated, was 'Venue' (command line; did you mean venue?",
                    "source.until=forever | source.until must be never, latest or a list of partition:offset",
                    "source.until=0:1,0:2 | source.until must name each partition once (0:2 is a second time), was '0:1,0:2'",
                    "source.until=other:0:1 | source.until must name a topic of source.topic for each partition, was 'other:0:1' with trades",
                    "source.start-offsets=2024-13-01 | source.start-offsets must be earliest, latest, a time in UTC or",
                    "source.idle-timeout=0s | source.idle-timeout must be off, or a whole number and a unit",
                    "source.topic= | source.topic must name at least one topic, was an empty list",
                    "source.topic=a/b | source.topic must list topics, separated by commas",
                    "source.topic=candles.1m | source.topic must not be a topic that the job writes, was 'candles.1m'",
                    "event.time.min=1600-01-01 | event.time.min must be a date or a time in UTC between the years 1678 and 2261",
                    "event.time.min=2200-01-01 | event.time.min must not lie after event.time.max, was 2200-01-01 and 2100-01-01",
                    "intervals=1s,1500ms | intervals must name different intervals that are multiples of the finest one",
                    "intervals=60s,1m | intervals must name different intervals that are multiples of the finest one",
                    "intervals=1 | intervals must list intervals, separated by commas",
                    "intervals=01s | intervals must list intervals, separated by commas",
                    "intervals= | intervals must list intervals, separated by commas",
                    "price.scale=19 | price.scale must be decimals from 0 to 18",
                    "price.scale=BTC*=2,BTC*=3 | price.scale must be decimals from 0 to 18",
                    "price.scale==2 | price.scale must be decimals from 0 to 18",
                    "price.scale=a=b=2 | price.scale must be decimals from 0 to 18",
                    "size.scale=BTC*=19,*=8 | size.scale must be decimals from 0 to 18",
                    "size.scale=BTC*=18,*=8 | NONE",
                    "price.scale=BTC*=18,*=13 | NONE",
                    "topic.prefix=a/b | topic.prefix must be at most 200 letters",
                    "kafka.bootstrap.servers=localhost | kafka.bootstrap.servers must list brokers as host:port",
                    "kafka.transaction.timeout=5m | kafka.transaction.timeout must be at least 580s, which is",
                    "checkpoint.timeout=10m | kafka.transaction.timeout must be at least 2500s, which is",
                    "kafka.properties.isolation.level=read_uncommitted | kafka.properties.isolation.level must be left to the job",
                    "kafka.properties.group.id=x | kafka.properties.group.id must be left to the job, was 'x' (command line; set kafka.group.id)",
                    "late=accept | late must be apply where the input has no end, was 'accept'",
                    "feed= | feed must be the name of a feed profile",
                })
        void nameKeyRuleValueAndPlace(String setting, String expected) {
            List<String> problems = problems("--set", setting);
            if (expected.equals("NONE")) {
                assertThat(problems).isEmpty();
            } else {
                assertThat(problems).hasSize(1);
                assertThat(problems.get(0)).startsWith(expected).contains("command line");
            }
        }

        @Test
        void ofSymbolsOutsideOfTheInstruments() {
            assertThat(problems("--instruments", "BTC-USD,ETH-USD", "--symbols", "BTC-USD,ETH-USDT"))
                    .containsExactly(
                            "symbols must be among instruments, was 'ETH-USDT' (command line; did you mean ETH-USD?;"
                                    + " example: symbols=BTC-USD)");
            assertThat(problems("--instruments", "BTC-USD,ETH-USD", "--symbols", "BTC-USD"))
                    .isEmpty();
        }

        @Test
        void ofOffsetsWithoutTopicAmongSeveral() {
            assertThat(problems("--source.topic", "a,b", "--source.until", "0:5"))
                    .hasSize(1);
            assertThat(problems("--source.topic", "a,b", "--source.until", "a:0:5,b:0:7"))
                    .isEmpty();
        }

        @Test
        void ofParquetFromATopic() {
            ConfigurationSources.Builder job =
                    ConfigurationSources.builder().require(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS);

            assertThat(problems(
                            job.commandLine("--kafka=h:1", "--format=parquet").build()))
                    .containsExactly(
                            "format must be csv, json, avro or binary for a topic, was 'parquet' (command line;"
                                    + " example: format=binary)");
            assertThat(problems(
                            job.commandLine("--kafka=h:1", "--format=binary").build()))
                    .isEmpty();
        }

        @Test
        void ofTransactionsConcernOnlyRunsThatPublish() {
            assertThat(problems("--checkpoint.timeout", "10m", "--input", "x")).isEmpty();
            assertThat(problems("--checkpoint.timeout", "10m", "--input", "x", "--publish"))
                    .hasSize(1);
        }
    }

    @Nested
    class Values {
        @ParameterizedTest
        @CsvSource({"10s,10", "500ms,0.5", "1m,60", "1 min,60", "2h,7200", "1d,86400", "0,0", "90s,90"})
        void durationsHaveUnits(String text, String seconds) {
            assertThat(resolve("--set", "allowed-lateness=" + text).allowedLatenessNanos())
                    .isEqualTo(
                            new java.math.BigDecimal(seconds).movePointRight(9).longValueExact());
        }

        @Test
        void durationsHaveOneCanonicalText() {
            assertThat(resolve("--allowed-lateness", "60s").asMap()).containsEntry("allowed-lateness", "1m");
            assertThat(resolve("--allowed-lateness", "1m").profileStamp())
                    .isEqualTo(resolve("--allowed-lateness", "60000ms").profileStamp());
        }

        @Test
        void timesAreNanosecondsInUtc() {
            ResolvedConfiguration configuration =
                    resolve("--event.time.min", "2024-03-01", "--event.time.max", "2024-03-01T00:00:00.000000001Z");

            assertThat(configuration.feedRules().eventTimeMinNanos()).isEqualTo(1_709_251_200_000_000_000L);
            assertThat(configuration.feedRules().eventTimeMaxNanos()).isEqualTo(1_709_251_200_000_000_001L);
        }

        @Test
        void scalesWithoutAnEntryForAllOthersKeepTheProfilesDefault() {
            ScaleRules ofFutures =
                    resolve("--feed", "futures", "--price.scale", "ZB*=11").get(CandlewickOptions.PRICE_SCALE);

            assertThat(ofFutures.scaleOf("ZBH4")).isEqualTo(11);
            assertThat(ofFutures.scaleOf("GCZ3")).isEqualTo(9);
        }

        @Test
        void scalesTakeTheFirstPatternThatMatches() {
            ResolvedConfiguration configuration = resolve("--price.scale", "*=5,BTC-JPY=0,BTC*=2,A\\=B\\,C=1");
            ScaleRules rules = configuration.feedRules().priceScales();

            assertThat(rules.scaleOf("BTC-JPY")).isZero();
            assertThat(rules.scaleOf("BTC-USD")).isEqualTo(2);
            assertThat(rules.scaleOf("ETH-USD")).isEqualTo(5);
            assertThat(rules.scaleOf("A=B,C")).isEqualTo(1);
            assertThat(configuration.asMap()).containsEntry("price.scale", "BTC-JPY=0,BTC*=2,A\\=B\\,C=1,*=5");
            assertThat(configuration.lakePriceScale()).isEqualTo(12);
        }

        @Test
        void offsets() {
            assertThat(resolve("--source.until", "0:1500,1:1498").until())
                    .isEqualTo(new SourceOffsets(
                            SourceOffsets.Kind.OFFSETS,
                            0,
                            List.of(
                                    new SourceOffsets.PartitionOffset(null, 0, 1500),
                                    new SourceOffsets.PartitionOffset(null, 1, 1498))));
            assertThat(resolve("--source.start-offsets", "2024-03-01T09:30:00Z").startOffsets())
                    .isEqualTo(new SourceOffsets(
                            SourceOffsets.Kind.TIMESTAMP,
                            Instant.parse("2024-03-01T09:30:00Z").toEpochMilli(),
                            List.of()));
            assertThat(resolve("--source.start-offsets", "latest").startOffsets())
                    .isEqualTo(SourceOffsets.LATEST);
        }

        @Test
        void topicsHaveThePrefix() {
            assertThat(resolve("--topic.prefix", "blue.").topic("candles.1s")).isEqualTo("blue.candles.1s");
            assertThat(resolve("--topic.prefix", "blue.").sourceTopics()).containsExactly("trades");
        }
    }

    @Nested
    class Pipeline {
        @Test
        void liveOnlyWhereItMayBe() {
            ResolvedConfiguration configuration = resolve("--live.max-rate", "7/s", "--instruments.max", "9");

            assertThat(configuration
                            .pipelineSettings(List.of("trades"), false, true)
                            .live())
                    .isEqualTo(new LiveSettings(true, 7));
            assertThat(configuration
                            .pipelineSettings(List.of("trades"), false, false)
                            .live())
                    .isEqualTo(LiveSettings.OFF);
            assertThat(configuration
                            .pipelineSettings(List.of("trades"), true, true)
                            .live())
                    .isEqualTo(LiveSettings.OFF);
            assertThat(resolve("--live", "off")
                            .pipelineSettings(List.of("trades"), false, true)
                            .live())
                    .isEqualTo(LiveSettings.OFF);
            assertThat(configuration
                            .pipelineSettings(List.of("a", "b"), false, true)
                            .sources())
                    .containsExactly("a", "b");
            assertThat(configuration.pipelineSettings(List.of("a"), false, true).instrumentsMax())
                    .isEqualTo(9);
        }

        @Test
        void archiveNeedsALake() {
            assertThat(resolve().archive()).isFalse();
            assertThat(resolve("--output", "lake").archive()).isTrue();
            assertThat(resolve("--output.lake", "lake").archive()).isTrue();
            assertThat(resolve("--output.lake", "lake", "--archive=off").archive())
                    .isFalse();
        }

        @Test
        void refusesToAcceptLateTradesWithoutEnd() {
            ResolvedConfiguration batch = resolve("--mode", "batch");

            assertThat(batch.pipelineSettings(List.of("x"), true, false)
                            .engine()
                            .late())
                    .isEqualTo(LatePolicy.ACCEPT);
            assertThatThrownBy(() -> batch.pipelineSettings(List.of("x"), false, false))
                    .isInstanceOf(ConfigurationException.class);
        }
    }

    @Nested
    class Stamp {
        @Test
        void isPinned() {
            // Candles of released versions carry these: a change here means that results may differ.
            assertThat(resolve().profileStamp()).isEqualTo("crypto@91000f9edf43");
            assertThat(resolve("--feed", "futures").profileStamp()).isEqualTo("futures@69d7156d61bb");
            assertThat(resolve("--feed", "us-equities").profileStamp()).isEqualTo("us-equities@b21144434f92");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "parallelism=3",
                    "max-parallelism=256",
                    "mode=batch",
                    "late=apply",
                    "input=x",
                    "output=y",
                    "symbols=A",
                    "sample=3",
                    "intervals=1s,1m",
                    "vwap.emit=off",
                    "archive=off",
                    "quality=off",
                    "gap.sequence=off",
                    "silence=20s",
                    "instruments.max=5",
                    "source.until=latest",
                    "checkpoint.interval=1s",
                    "topic.prefix=x",
                    "state.backend=rocksdb"
                })
        void staysWhereCandlesStay(String setting) {
            assertThat(resolve("--set", setting).profileStamp())
                    .isEqualTo(resolve().profileStamp());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "out-of-orderness=2s",
                    "allowed-lateness=20s",
                    "scope=consolidated",
                    "dedup.key=none",
                    "conflict.horizon=20s",
                    "size.zero=true",
                    "price.scale=11",
                    "size.scale=7",
                    "price.scale=A*=11,*=12",
                    "intervals=10s,1m",
                    "fill=carry",
                    "fill.max=5",
                    "quality=full",
                    "event.time.min=1991-01-01",
                    "event.time.max=2099-01-01",
                    "future.tolerance=6s",
                    "time.jump=10d",
                    "instruments=A,B",
                    "message.max-bytes=2048"
                })
        void changesWithWhatDecidesCandles(String setting) {
            assertThat(resolve("--set", setting).profileStamp())
                    .matches("crypto@[0-9a-f]{12}")
                    .isNotEqualTo(resolve().profileStamp());
        }

        @Test
        void doesNotDependOnWhereAValueCameFrom() {
            assertThat(resolve("--allowed-lateness", "10s").profileStamp())
                    .isEqualTo(resolve().profileStamp());
            assertThat(resolve("--instruments", "B,A").profileStamp())
                    .isEqualTo(resolve("--instruments", "A,B").profileStamp());
        }
    }

    @Nested
    class Display {
        @Test
        void secretsAreNeverShown() {
            ResolvedConfiguration configuration = resolve(
                    Map.of(
                            "CANDLEWICK_KAFKA_PROPERTIES_SSL_KEY_PASSWORD", "hunter2",
                            "CANDLEWICK_KAFKA_PROPERTIES_SASL_JAAS_CONFIG", "hunter2",
                            "CANDLEWICK_KAFKA_PROPERTIES_SSL_KEYSTORE_KEY", "hunter2"),
                    "--set",
                    "kafka.properties.security.protocol=SSL");

            assertThat(configuration.asMap().toString()).doesNotContain("hunter2");
            assertThat(configuration.origins().toString()).doesNotContain("hunter2");
            assertThat(configuration.kafkaProperties())
                    .containsEntry("sasl.jaas.config", "hunter2")
                    .containsEntry("ssl.key.password", "hunter2")
                    .containsEntry("ssl.keystore.key", "hunter2");
            assertThat(configuration.asMap())
                    .containsEntry("kafka.properties.security.protocol", "SSL")
                    .containsEntry("kafka.properties.sasl.jaas.config", "******")
                    .containsEntry("dedup.key", "trade-id");
            assertThat(problems("--set", "kafka.sasl.jaas.config=hunter2").toString())
                    .doesNotContain("hunter2");
        }

        @Test
        void aSecretIsNoArgumentAndAReferenceToOneIs() {
            for (String secret : List.of(
                    "kafka.properties.ssl.keystore.key=hunter2",
                    "kafka.properties.ssl.truststore.password=hunter2",
                    "kafka.properties.sasl.jaas.config=x.PlainLoginModule required username=\"a\" password=\"hunter2\";",
                    // One of two is not enough.
                    "kafka.properties.sasl.jaas.config=x.OAuthBearerLoginModule required clientId=\"${env:ID}\""
                            + " clientSecret=\"hunter2\";")) {
                assertThat(problems("--set", secret))
                        .singleElement()
                        .asString()
                        .contains(
                                secret.substring(0, secret.indexOf('=')) + " must not be an argument",
                                "was ******",
                                "${")
                        .doesNotContain("hunter2");
            }
            String jaas = "x.PlainLoginModule required username=\"a\" password=\"${dir:/run/secrets:kafka}\";";
            ResolvedConfiguration configuration = resolve(
                    "--set",
                    "kafka.properties.sasl.jaas.config=" + jaas,
                    "--set",
                    "kafka.properties.ssl.key.password=${env:KEY_PASSWORD}");
            // What says where a secret is may be seen, and reaches the clients as it is, with what looks it up.
            assertThat(configuration.asMap())
                    .containsEntry("kafka.properties.sasl.jaas.config", jaas)
                    .containsEntry("kafka.properties.ssl.key.password", "${env:KEY_PASSWORD}")
                    .doesNotContainKey("kafka.properties.config.providers");
            assertThat(configuration.kafkaProperties())
                    .containsEntry("sasl.jaas.config", jaas)
                    .containsEntry("config.providers", "dir,env,file")
                    .containsEntry(
                            "config.providers.dir.class",
                            "org.apache.kafka.common.config.provider.DirectoryConfigProvider");
            // And what a job shows of itself is an argument again: of the doctor, of an upgrade.
            assertThat(resolve("--set", "kafka.properties.ssl.key.password=******")
                            .kafkaProperties())
                    .containsEntry("ssl.key.password", "******");
        }

        @Test
        void showsEveryOptionWithItsOrigin() {
            ResolvedConfiguration configuration = resolve("--feed", "futures", "--fill", "carry");

            assertThat(configuration.origins().keySet()).containsExactlyElementsOf(CandlewickOptions.keys());
            assertThat(configuration.origins().get("fill"))
                    .isEqualTo(new ResolvedValue("fill", "carry", new Origin(Origin.Kind.COMMAND_LINE, null)));
            assertThat(configuration.origins().get("size.zero").origin().toString())
                    .startsWith("feed profile futures line ");
            assertThat(configuration.origins().get("input"))
                    .isEqualTo(new ResolvedValue("input", null, new Origin(Origin.Kind.DEFAULT, null)));
            assertThat(configuration.asMap()).doesNotContainKey("input").containsEntry("size.zero", "true");
        }

        @Test
        void itsTextResolvesToTheSame() {
            ResolvedConfiguration first = resolve(
                    "--feed", "us-equities", "--price.scale", "A*=3", "--symbols", "x\\,y", "--source.until", "0:5");
            String[] arguments = first.asMap().entrySet().stream()
                    .map(entry -> "--" + entry.getKey() + "=" + entry.getValue())
                    .toArray(String[]::new);

            assertThat(resolve(arguments).asMap()).isEqualTo(first.asMap());
        }
    }
}

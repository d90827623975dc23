package dev.candlewick.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.candlewick.core.validate.FeedRules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several sources in one job: each has its own rules, and what the job has once must be the same for all. */
final class SourcesTest {
    private static final List<String> WRITTEN = List.of("trades.rejected", "candles.1s");

    @TempDir
    private Path directory;

    private ConfigurationSources given(String yaml, String... arguments) throws Exception {
        Path file = directory.resolve("job.yaml");
        Files.writeString(file, yaml);
        return ConfigurationSources.builder()
                .commandLine(arguments)
                .file(file)
                .workingDirectory(directory)
                .build();
    }

    private ResolvedConfiguration resolve(String yaml, String... arguments) throws Exception {
        return ResolvedConfiguration.resolve(given(yaml, arguments));
    }

    private List<String> problems(String yaml, String... arguments) throws Exception {
        ConfigurationSources sources = given(yaml, arguments);
        return Objects.requireNonNull(catchThrowableOfType(
                        ConfigurationException.class, () -> ResolvedConfiguration.resolve(sources)))
                .problems();
    }

    @Test
    void withoutAListTheRunItselfIsTheOnlySource() throws Exception {
        ResolvedConfiguration config = resolve("source.topic: a,b\nfeed: futures\nformat: csv\n");
        assertThat(config.sources()).singleElement().satisfies(source -> {
            assertThat(source.name()).isEqualTo("trades");
            assertThat(source.topics()).containsExactly("a", "b");
            assertThat(source.format()).isEqualTo(InputFormat.CSV);
            assertThat(source.preset()).isEqualTo(MessagePreset.NONE);
            assertThat(source.outOfOrderness()).isEqualTo(Duration.ofSeconds(2));
            assertThat(source.feedName()).isEqualTo("futures");
            assertThat(source.hasPattern()).isFalse();
        });
        assertThat(config.asMap().keySet()).noneMatch(key -> key.startsWith("sources."));
    }

    @Test
    void eachSourceHasItsOwnFormatRulesAndLateness() throws Exception {
        ResolvedConfiguration config = resolve("""
                allowed-lateness: 30s
                dedup.key: trade-id
                gap.sequence: off
                conflict.horizon: 30s
                sources:
                  - topic: trades.own
                  - name: binance
                    topic: trades.binance.*
                    preset: binance
                    preset.venue: binance-us
                    price:
                      scale:
                        "*BTC": 10
                        "*": 6
                  - topic: [trades.cme, trades.ice]
                    name: futures
                    format: avro
                    feed: futures
                    out-of-orderness: 500ms
                """);
        assertThat(config.sources())
                .extracting(SourceConfiguration::name)
                .containsExactly("trades", "binance", "futures");
        SourceConfiguration own = config.sources().get(0);
        SourceConfiguration binance = config.sources().get(1);
        SourceConfiguration futures = config.sources().get(2);
        assertThat(own.format()).isEqualTo(InputFormat.JSON);
        assertThat(own.outOfOrderness()).isEqualTo(Duration.ofSeconds(1));
        assertThat(binance.preset()).isEqualTo(MessagePreset.BINANCE);
        assertThat(binance.presetVenue()).isEqualTo("binance-us");
        assertThat(binance.hasPattern()).isTrue();
        assertThat(binance.namedTopics()).isEmpty();
        FeedRules rules = config.feedRules(binance);
        assertThat(rules.priceScales().scaleOf("ETHBTC")).isEqualTo(10);
        assertThat(rules.priceScales().scaleOf("BTCUSDT")).isEqualTo(6);
        assertThat(rules.zeroSizeAllowed()).isFalse();
        assertThat(futures.topics()).containsExactly("trades.cme", "trades.ice");
        assertThat(futures.format()).isEqualTo(InputFormat.AVRO);
        assertThat(futures.outOfOrderness()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.feedRules(futures).zeroSizeAllowed()).isTrue();
        assertThat(config.feedRules(futures).sizeScales().scaleOf("ES")).isZero();
        // What the job has once.
        assertThat(config.allowedLatenessNanos())
                .isEqualTo(Duration.ofSeconds(30).toNanos());
        assertThat(config.sourceTopics()).containsExactly("trades.own", "trades.cme", "trades.ice");
        assertThat(config.lakePriceScale()).isEqualTo(12);
        assertThat(config.feedName()).isEqualTo("crypto+futures");
        assertThat(config.profileStamp()).startsWith("crypto+futures@");
        assertThat(config.asMap())
                .containsEntry("sources.1.name", "binance")
                .containsEntry("sources.1.topic", "trades.binance.*")
                .containsEntry("sources.2.feed", "futures")
                .containsEntry("sources.2.format", "avro");
        assertThat(Objects.requireNonNull(config.origins().get("sources.2.out-of-orderness"))
                        .origin())
                .hasToString("file " + directory.resolve("job.yaml") + " line 19");
    }

    @Test
    void theCommandLineSetsAndOverridesSingleKeys() throws Exception {
        ResolvedConfiguration config = resolve(
                "sources:\n  - topic: a\n    format: csv\n  - topic: b\n",
                "--set",
                "sources.1.topic=c,d",
                "--set",
                "sources.0.format=binary",
                "--out-of-orderness",
                "3s");
        assertThat(config.sources().get(0).format()).isEqualTo(InputFormat.BINARY);
        assertThat(config.sources().get(1).topics()).containsExactly("c", "d");
        assertThat(config.sources().get(1).name()).isEqualTo("c--d");
        assertThat(config.sources())
                .allSatisfy(source -> assertThat(source.outOfOrderness()).isEqualTo(Duration.ofSeconds(3)));
        ResolvedConfiguration alone = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine("--set", "sources.0.topic=x", "--set", "sources.0.feed=futures")
                .build());
        assertThat(alone.sources().get(0).topics()).containsExactly("x");
        // The only one: what it says counts for the run.
        assertThat(alone.allowedLatenessNanos())
                .isEqualTo(Duration.ofSeconds(30).toNanos());
        assertThat(alone.get(CandlewickOptions.SIZE_ZERO)).isTrue();
        assertThat(alone.profileStamp())
                .isEqualTo(ResolvedConfiguration.resolve(ConfigurationSources.builder()
                                .commandLine("--feed", "futures")
                                .build())
                        .profileStamp());
    }

    @Test
    void whatTheJobHasOnceMustAgreeAndTheRefusalNamesBothAndTheKey() throws Exception {
        assertThat(problems("sources:\n  - topic: a\n  - name: f\n    topic: b\n    feed: futures\n"))
                .hasSize(3)
                .anySatisfy(problem -> assertThat(problem)
                        .isEqualTo("allowed-lateness must be the same for all sources of a job, was '10s' in trades"
                                + " (feed profile crypto line 16) and '30s' in f (feed profile futures line 16);"
                                + " set it for the run (example: allowed-lateness=1m)"))
                .anySatisfy(problem -> assertThat(problem).startsWith("conflict.horizon must be the same"))
                .anySatisfy(problem -> assertThat(problem).startsWith("gap.sequence must be the same"));
    }

    @Test
    void everythingWrongIsToldAtOnce() throws Exception {
        assertThat(problems("""
                        source.topic: x
                        sources:
                          - name: one
                            topic: a
                            formt: csv
                          - name: one
                            topic: a
                            format: csv
                            preset: binance
                          - name: bad name
                            price.scale: 99
                            feed: nothing
                            fill: carry
                          - topic: q
                            format: parquet
                        """))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("sources.0.formt must be name, topic, feed or an option marked F")
                        .contains("did you mean sources.0.format?"))
                .anySatisfy(problem ->
                        assertThat(problem).contains("sources must have names that are unique, was 'one' twice"))
                .anySatisfy(problem -> assertThat(problem).contains("sources must not share a topic, was 'a'"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("sources.1.preset must be none where the format is not json, was 'binance' with csv"))
                .anySatisfy(problem -> assertThat(problem).contains("sources.2.name must be", "was 'bad name'"))
                .anySatisfy(problem -> assertThat(problem).contains("sources.2.topic must be given, was missing"))
                .anySatisfy(problem -> assertThat(problem).contains("sources.2.price.scale must", "was '99'"))
                .anySatisfy(problem -> assertThat(problem).contains("feed must be crypto, futures or us-equities"))
                .anySatisfy(problem -> assertThat(problem).contains("sources.2.fill must be name, topic, feed"))
                .anySatisfy(
                        problem -> assertThat(problem).contains("sources.3.format must be csv, json, avro or binary"))
                .anySatisfy(problem -> assertThat(problem).contains("source.topic must not be given beside sources"));
        assertThat(problems("sources: [a, b]"))
                .allSatisfy(problem -> assertThat(problem).contains("sources must be a list of mappings"));
        assertThat(problems("", "--set", "sources.1.topic=a"))
                .containsExactly("sources must be numbered from 0 on without a hole, was sources.1 without sources.0");
        assertThat(problems("sources: [{topic: a}, {topic: b}]", "--input", "x.csv"))
                .singleElement()
                .asString()
                .contains("input must have one source, was 2 sources");
        assertThat(problems("sources: [{topic: a}, {topic: b*}]", "--source.until", "c:0:1"))
                .singleElement()
                .asString()
                .contains("source.until must name a topic of the sources");
        assertThat(resolve("sources: [{topic: a}, {topic: b*}]", "--source.until", "bc:0:1")
                        .sources())
                .hasSize(2);
    }

    @Test
    void aTopicBelongsToTheFirstSourceThatMatchesItAndNeverToTheJobsOutput() throws Exception {
        List<SourceConfiguration> sources = resolve(
                        "sources: [{topic: t.x*}, {topic: 't.*', name: rest}, {topic: t.q, name: q}]")
                .sources();
        List<String> topics = List.of("t.x", "t.x1", "t.y", "t.q", "u", "t.", "t", "t1x");
        assertThat(topics).filteredOn(topic -> matches(sources, 0, topic)).containsExactly("t.x", "t.x1");
        assertThat(topics).filteredOn(topic -> matches(sources, 1, topic)).containsExactly("t.y", "t.");
        assertThat(topics).filteredOn(topic -> matches(sources, 2, topic)).containsExactly("t.q");
        List<SourceConfiguration> all =
                resolve("sources: [{topic: '*', name: all}]").sources();
        assertThat(matches(all, 0, "trades")).isTrue();
        assertThat(matches(all, 0, "trades.rejected")).isFalse();
        assertThat(matches(all, 0, "trades.rejected2")).isTrue();
    }

    private static boolean matches(List<SourceConfiguration> sources, int index, String topic) {
        return sources.get(index).subscription(sources, WRITTEN).matcher(topic).matches();
    }
}

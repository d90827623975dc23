package dev.candlewick.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pins every key, default and unit: whoever changes one changes what runs in production. */
final class CandlewickOptionsTest {
    private static final List<String> PINNED = List.of(
            "feed | name or path | crypto",
            "mode | batch | streaming | streaming",
            "input | path | ",
            "format | csv | json | avro | binary | parquet | json",
            "preset | none | binance | coinbase | kraken | none",
            "preset.venue | text | ",
            "source.topic | list of topics | trades",
            "source.start-offsets | earliest | latest | time | offsets | earliest",
            "source.until | never | latest | offsets | never",
            "source.idle-timeout | duration | off | 30s (off in bounded runs)",
            "instruments | list of symbols | ",
            "instruments.max | integer | 100000",
            "symbols | list of symbols | ",
            "from | time | ",
            "to | time | ",
            "lead-in | duration | 1h",
            "sample | integer | ",
            "price.scale | scales | 12",
            "size.scale | scales | 8",
            "size.zero | true | false | false",
            "event.time.min | time | 1990-01-01",
            "event.time.max | time | 2100-01-01",
            "future.tolerance | duration | 5s",
            "time.jump | duration | 366d",
            "message.max-bytes | integer | 1048576",
            "conditions | none | none",
            "out-of-orderness | duration | 1s",
            "allowed-lateness | duration | 10s",
            "late | apply | accept | apply (accept with mode=batch)",
            "scope | venue | consolidated | venue",
            "intervals | list of intervals | 1s,10s,1m,3m,5m,15m",
            "fill | omit | carry | omit",
            "fill.max | integer | 100000",
            "vwap.emit | active | every-second | off | active",
            "dedup.key | trade-id | fingerprint | none | trade-id",
            "conflict.horizon | duration | 10s",
            "quality | off | default | full | default",
            "gap.sequence | sequence | trade-id | off | trade-id",
            "silence | duration | 10s",
            "outlier.rule | hampel | mean | both | hampel",
            "outlier.scope | trade | pane | trade",
            "outlier.threshold | integer | 5",
            "stale.trades | integer | 100",
            "stale.duration | duration | 1m",
            "output | path | ",
            "output.lake | path | ",
            "archive | on | off | on",
            "publish | true | false | false",
            "live | on | off | on (off in bounded runs)",
            "live.max-rate | rate | 5000/s",
            "topic.prefix | text | ",
            "kafka.bootstrap.servers | host:port list | ",
            "kafka.group.id | text | candlewick",
            "kafka.transactional-id-prefix | text | cw.<kafka.group.id>~",
            "kafka.transaction.timeout | duration | 15m",
            "parallelism | integer | the number of cores",
            "max-parallelism | integer | 128",
            "checkpoint.interval | duration | 10s",
            "checkpoint.timeout | duration | 2m",
            "watermark.interval | duration | 50ms",
            "buffer.timeout | duration | 10ms",
            "checkpoint.tolerable-failures | integer | 3",
            "checkpoint.dir | path | ",
            "restart.attempts | integer | 10",
            "state.backend | hashmap | rocksdb | hashmap",
            "fresh | true | false | false",
            "republish | true | false | false");

    private static Stream<Setting<?>> settings() {
        return CandlewickOptions.all().stream();
    }

    @Test
    void pinsKeysTypesAndDefaults() {
        List<String> actual = new ArrayList<>();
        settings()
                .forEach(setting ->
                        actual.add(setting.key() + " | " + setting.type().name() + " | " + setting.defaultText()));

        assertThat(actual).containsExactlyElementsOf(PINNED);
    }

    @Test
    void pinsWhatFeedProfilesMaySet() {
        assertThat(settings().filter(Setting::ofFeed).map(Setting::key))
                .containsExactly(
                        "format",
                        "preset",
                        "preset.venue",
                        "instruments",
                        "price.scale",
                        "size.scale",
                        "size.zero",
                        "event.time.min",
                        "event.time.max",
                        "future.tolerance",
                        "time.jump",
                        "message.max-bytes",
                        "conditions",
                        "out-of-orderness",
                        "allowed-lateness",
                        "scope",
                        "dedup.key",
                        "conflict.horizon",
                        "gap.sequence",
                        "silence",
                        "outlier.rule",
                        "outlier.scope",
                        "outlier.threshold",
                        "stale.trades",
                        "stale.duration");
    }

    @Test
    void pinsWhatIsStamped() {
        assertThat(settings().filter(Setting::stamped).map(Setting::key))
                .containsExactly(
                        "instruments",
                        "price.scale",
                        "size.scale",
                        "size.zero",
                        "event.time.min",
                        "event.time.max",
                        "future.tolerance",
                        "time.jump",
                        "message.max-bytes",
                        "conditions",
                        "out-of-orderness",
                        "allowed-lateness",
                        "scope",
                        "intervals",
                        "fill",
                        "fill.max",
                        "dedup.key",
                        "conflict.horizon",
                        "quality");
    }

    @Test
    void keysAndVariablesAreUnique() {
        assertThat(settings().map(Setting::key)).doesNotHaveDuplicates();
        assertThat(settings().map(Setting::environmentVariable))
                .doesNotHaveDuplicates()
                .allMatch(variable -> variable.matches("CANDLEWICK_[A-Z0-9_]+"))
                .contains("CANDLEWICK_ALLOWED_LATENESS", "CANDLEWICK_SOURCE_START_OFFSETS", "CANDLEWICK_FEED");
    }

    @Test
    void noKeyIsTheNameOfSomethingElseOnTheCommandLine() {
        assertThat(CandlewickOptions.keys()).doesNotContain("config", "set", "help", "kafka");
    }

    @ParameterizedTest
    @MethodSource("settings")
    <T> void exampleIsValidAndRoundTrips(Setting<T> setting) {
        T value = setting.type().parse(setting.example(), setting.defaultValue());
        String text = setting.type().format(value);

        assertThat(text).isEqualTo(setting.example());
        assertThat(setting.type().parse(text, null)).isEqualTo(value);
        // An engine for conditions does not exist yet, so there is nothing else to show.
        if (setting != (Setting<?>) CandlewickOptions.CONDITIONS) {
            assertThat(text).isNotEqualTo(setting.defaultText());
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    <T> void defaultRoundTrips(Setting<T> setting) {
        T value = setting.defaultValue();
        if (value != null) {
            assertThat(setting.type().parse(setting.type().format(value), null)).isEqualTo(value);
        } else if (setting.derivedDefault() == null) {
            assertThat(setting.defaultText()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void isDescribed(Setting<?> setting) {
        assertThat(setting.description()).matches("(?s)[A-Z].*\\.");
        assertThat(setting.type().rule()).isNotBlank().doesNotEndWith(".");
    }

    @ParameterizedTest
    @MethodSource("settings")
    void isAnOptionOfFlink(Setting<?> setting) {
        ConfigOption<?> option = setting.option();

        assertThat(option.key()).isEqualTo(setting.key());
        assertThat(option.hasDefaultValue()).isEqualTo(setting.defaultValue() != null);
        assertThat(option.description()).isNotNull();
    }

    @Test
    void flinkReadsTypedDefaults() {
        var configuration = new org.apache.flink.configuration.Configuration();
        Object lateness = configuration.get(CandlewickOptions.ALLOWED_LATENESS.option());
        Object fillMax = configuration.get(CandlewickOptions.FILL_MAX.option());
        Object mode = configuration.get(CandlewickOptions.MODE.option());

        assertThat(lateness).isEqualTo(Duration.ofSeconds(10));
        assertThat(fillMax).isEqualTo(100_000);
        assertThat(mode).isEqualTo(RunMode.STREAMING);
        assertThat(CandlewickOptions.flinkOptions()).hasSize(PINNED.size());
    }

    @ParameterizedTest
    @MethodSource("settings")
    void surroundingsOfAValueNeverCrash(Setting<?> setting) {
        for (String text :
                List.of("", " ", ",", "=", "*", "\\", "-1", "9999999999999999999999", "é", "a:b:c", "0:0:0:0")) {
            assertThatCode(() -> {
                        try {
                            setting.type().parse(text, null);
                        } catch (OptionType.InvalidValueException expected) {
                            // Told to the user with the rule.
                        }
                    })
                    .doesNotThrowAnyException();
        }
    }
}

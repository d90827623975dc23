package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.deploy.MonitoringFiles;
import dev.candlewick.local.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Only the times that pass while one waits are divided, all of them, and Prometheus takes what comes of it. */
final class FasterRulesTest {
    /** Any duration as Prometheus writes it, where it does not belong to a name. */
    private static final Pattern DURATION = Pattern.compile("(?<![\\w:{])([0-9]+)(ms|s|m|h|d)\\b");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'        for: 5m'|'        for: 15s'",
                "'        for: 0s'|'        for: 0s'",
                "'        for: 1h'|'        for: 180s'",
                "'expr: deriv(candlewick:read[2m])'|'expr: deriv(candlewick:read[6s])'",
                "'expr: candlewick:read - candlewick:read offset 10m'|'expr: candlewick:read - candlewick:read offset 30s'",
                "'expr: candlewick:checkpoint_age_seconds > 180'|'expr: candlewick:checkpoint_age_seconds > 9'",
                "'time() - candlewick:watermark_seconds > 900'|'time() - candlewick:watermark_seconds > 45'",
                "'predict_linear(free{a!~\"b\"}[6h], 24 * 3600) < 0'|'predict_linear(free{a!~\"b\"}[1080s], 4320) < 0'",
                "'increase(x[15m])) >= 3'|'increase(x[45s])) >= 3'",
                // What others have set, names and bounds of other things.
                "'time() - candlewick_reconcile_last_run_timestamp_seconds > 36 * 3600'|same",
                "'candlewick_certificate_not_after_timestamp_seconds - time() < 30 * 86400'|same",
                "'- record: candlewick:read:delta10m'|same",
                "'candlewick:duplicate:delta10m / (candlewick:read:delta10m > 0) > 0.2'|same",
                "'candlewick:lag_records > 10000'|same",
                "'# Twice the 15m of kafka.transaction.timeout, [15m]'|same"
            })
    void aTimeIsDividedByTwenty(String line, String expected) {
        assertThat(FasterRules.of(line, 20)).isEqualTo(expected.equals("same") ? line : expected);
    }

    @Test
    void whatIsNoWholeSecondIsSaidExactly() {
        assertThat(FasterRules.of("        for: 5m\nx offset 5m\ncandlewick:watermark_seconds > 900", 32))
                .isEqualTo("        for: 9375ms\nx offset 9375ms\ncandlewick:watermark_seconds > 28.125");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 20, FasterRules.MOST})
    void everyTimeOfTheRulesIsDividedAndNothingElseIsChanged(int factor, @TempDir Path directory) throws Exception {
        String rules = Files.readString(MonitoringFiles.RULES);
        String faster = FasterRules.of(rules, factor);

        assertThat(FasterRules.withoutTimes(faster)).isEqualTo(FasterRules.withoutTimes(rules));
        List<Long> as = durations(rules);
        List<Long> of = durations(faster);
        assertThat(as).hasSizeGreaterThan(45);
        assertThat(of).hasSameSizeAs(as);
        for (int i = 0; i < as.size(); i++) {
            assertThat(of.get(i)).as("duration " + i).isEqualTo(as.get(i) / factor);
        }
        Path file = Files.writeString(directory.resolve("alerts.yml"), faster);
        assertThat(Programs.run(Programs.require("promtool"), "check", "rules", file.toString()))
                .contains("SUCCESS");
    }

    @Test
    void theFactorOneLeavesThemAsWritten() throws Exception {
        String rules = Files.readString(MonitoringFiles.RULES);
        assertThat(FasterRules.of(rules, 1)).isEqualTo(rules);
        assertThatThrownBy(() -> FasterRules.of(rules, 0)).hasMessageContaining("was 0");
        assertThatThrownBy(() -> FasterRules.of(rules, FasterRules.MOST + 1)).hasMessageContaining("was 61");
    }

    /** All durations outside of comments and of what people read, in milliseconds. */
    private static List<Long> durations(String rules) {
        List<Long> durations = new ArrayList<>();
        for (String line : rules.split("\n")) {
            if (line.strip().startsWith("#") || line.contains("description:") || line.contains("{{")) {
                continue;
            }
            Matcher matcher = DURATION.matcher(line);
            while (matcher.find()) {
                long unit = switch (matcher.group(2)) {
                    case "ms" -> 1L;
                    case "s" -> 1_000L;
                    case "m" -> 60_000L;
                    case "h" -> 3_600_000L;
                    default -> 86_400_000L;
                };
                durations.add(Long.parseLong(matcher.group(1)) * unit);
            }
        }
        return durations;
    }
}

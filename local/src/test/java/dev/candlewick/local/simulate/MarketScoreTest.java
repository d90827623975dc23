package dev.candlewick.local.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole job against labels. */
final class MarketScoreTest {
    private static final int MESSAGES = 60_000;
    private static final MarketSettings SETTINGS =
            MarketSettings.of(21).withPartitions(3).withMessagesPerSecond(2_000);

    @TempDir
    private Path directory;

    private static MarketSimulator market(MarketSettings settings, String faults, Horizon horizon) {
        return new MarketSimulator(settings, FaultRates.parse(faults), horizon);
    }

    private ReplayResult run(WireFormat format, Horizon horizon) throws IOException {
        Path files = directory.resolve("market");
        new MarketFiles(market(SETTINGS, "30%", Horizon.DEFAULT), format, files).write(0, MESSAGES, 2, () -> false);
        return new ScoredJob(horizon, format, files, directory.resolve("lake")).run(text -> {}, count -> {});
    }

    private List<String> failed(MarketSimulator expectation, ReplayResult result) {
        ScoredJob job = new ScoredJob(Horizon.DEFAULT, WireFormat.JSON, directory, directory);
        MarketScore score = new MarketScore(expectation, job.intervals());
        score.expect(MESSAGES);
        List<String> failed = new ArrayList<>();
        List<MarketScore.Row> rows = score.compare(result);
        assertThat(rows).hasSizeGreaterThan(15);
        for (MarketScore.Row row : rows) {
            if (!row.passed()) {
                failed.add(row.what());
            }
        }
        return failed;
    }

    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void theJobFindsWhatTheLabelsNameAndNothingElse(WireFormat format) throws IOException {
        ReplayResult result = run(format, Horizon.DEFAULT);
        assertThat(result.residual()).isZero();
        assertThat(result.read()).isEqualTo(MESSAGES);
        assertThat(failed(market(SETTINGS, "30%", Horizon.DEFAULT), result)).isEmpty();
    }

    @Test
    void aJobOfAnotherLatenessOrAnotherMarketDoesNotPass() throws IOException {
        ReplayResult result = run(WireFormat.JSON, new Horizon(1_000_000_000L, 1_000_000_000L, 30_000_000_000L));
        assertThat(failed(market(SETTINGS, "30%", Horizon.DEFAULT), result))
                .contains("late", "late by place", "accepted", "candles 1s", "candles 15m")
                .doesNotContain("filtered", "rejected UNPARSABLE");
        assertThat(failed(market(SETTINGS, "29%", Horizon.DEFAULT), result))
                .contains("filtered", "duplicates", "rejected UNPARSABLE", "rejected PRECISION");
    }

    @Test
    void theCommandSaysEachComparisonAndPasses() {
        Cli.Result result = new Cli(directory)
                .run("simulate", "--score", "--messages", "100000", "--rate", "4000", "-o", "json", "-q");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("{\"what\":\"rejected UNPARSABLE\",\"expected\":")
                .doesNotContain("\"passed\":false");
    }
}

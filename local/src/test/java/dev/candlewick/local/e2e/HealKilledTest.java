package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.batch.heal.HealRequest;
import dev.candlewick.batch.heal.HealRun;
import dev.candlewick.batch.reconcile.ReconcileRequest;
import dev.candlewick.connectors.kafka.published.PublishedTopics;
import dev.candlewick.connectors.lake.HealNotes;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.heal.HealAudit;
import dev.candlewick.core.heal.HealPlan;
import dev.candlewick.core.heal.HealSettings;
import dev.candlewick.core.heal.PurgeEvidence;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.job.LocalCluster;
import dev.candlewick.local.testing.Cli;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A heal that is killed before each of its steps, one after the other, and finished by the next run. */
final class HealKilledTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = Interval.SECOND_NANOS;
    private static final int TRADES = 120;

    @TempDir
    private Path directory;

    @Test
    @Timeout(240)
    void aHealThatIsKilledAtAnyStepIsBroughtToTheSameEnd() throws Exception {
        try (LiveBroker broker = new LiveBroker(directory.resolve("broker"))) {
            broker.makeTopic("trades");
            broker.makeTopic("heals");
            Path lake = directory.resolve("lake");
            Cli cli = new Cli(directory).with("CANDLEWICK_KAFKA", broker.address());
            // Given a stream that has turned away a late trade, and what a reconciliation says of it
            List<String> messages = new ArrayList<>();
            for (int i = 0; i < TRADES; i++) {
                messages.add(LiveBroker.trade(i, START + i * SECOND, "10." + i));
            }
            messages.add(LiveBroker.trade(TRADES, START + 30 * SECOND + 1, "99"));
            broker.send("trades", messages.toArray(String[]::new));
            cli.runTo(0, "run", "--set", "output.lake=" + lake, "--set", "source.until=latest");
            cli.runTo(0, "reconcile", "--lake", lake.toString(), "--kafka", "local", "--report", "reports");
            ReconcileResult report = ReconcileReport.read(report());
            assertThat(report.differences()).isNotEmpty();

            try (LocalCluster cluster = LocalCluster.headless(1)) {
                // When it is killed before each step in turn
                HealRun first = heal(broker, lake, cluster, "heal-0", "note");
                HealPlan plan = first.plan(
                        report,
                        PurgeEvidence.ofEnded(Interval.parse("1s")),
                        new HealSettings(1_000_000, 5, 0, null),
                        Map.of());
                assertThat(plan.actions()).hasSameSizeAs(report.differences());
                assertThatThrownBy(() -> first.apply(plan, report.run(), List.of()))
                        .hasMessage("killed");
                int number = 0;
                for (String step : List.of("topics", "lake", "done")) {
                    HealRun next = heal(broker, lake, cluster, "heal-" + ++number, step);
                    HealAudit open = only(next.unfinished());
                    String name = "heal-" + number + "-1";
                    assertThatThrownBy(() -> next.resume(open, name)).hasMessage("killed");
                }
                // Then the next one finishes it, and has nothing left to write
                HealRun last = heal(broker, lake, cluster, "heal-9", "");
                assertThat(last.resume(only(last.unfinished()), "heal-9-1")).isZero();
                assertThat(last.unfinished()).isEmpty();
                assertThat(last.plan(
                                        report,
                                        PurgeEvidence.ofEnded(Interval.parse("1s")),
                                        HealSettings.DEFAULT,
                                        Map.of())
                                .actions())
                        .isEmpty();
            }

            // And each value was written once: revision 1 HEAL of each wrong candle, in the topic and in the lake
            List<Row> healed = broker.committed("candles.1s").stream()
                    .filter(row -> row.get("reason").equals("HEAL"))
                    .toList();
            assertThat(healed).singleElement().satisfies(row -> {
                assertThat(row.number("start_ns")).isEqualTo(START + 30 * SECOND);
                assertThat(row.number("revision")).isEqualTo(1);
                assertThat(row.number("trades")).isEqualTo(2);
                assertThat(row.decimal("high")).isEqualByComparingTo("99");
            });
            Cli.Result rows = cli.runTo(
                    0,
                    "query",
                    "--lake",
                    lake.toString(),
                    "-o",
                    "csv",
                    "SELECT count(*), count(DISTINCT (venue, symbol, interval, start_ns, revision)) FROM candle_revisions"
                            + " WHERE reason = 'HEAL'");
            assertThat(rows.lines().get(1)).isEqualTo("6,6");
            Cli.Result again = cli.runTo(0, "reconcile", "--lake", lake.toString(), "--kafka", "local", "-o", "csv");
            assertThat(again.out()).contains("EQUAL").doesNotContain("DIFFER").doesNotContain("MISSING");
            assertThat(HealNotes.read(kafka(broker), "heals")).containsKey("alpha|BTC-USD");
        }
    }

    private Path report() throws Exception {
        try (Stream<Path> runs = Files.list(directory.resolve("reports"))) {
            return runs.findFirst().orElseThrow().resolve(ReconcileReport.JSON);
        }
    }

    private static HealAudit only(List<HealAudit> audits) {
        assertThat(audits).hasSize(1);
        return audits.get(0);
    }

    private static Properties kafka(LiveBroker broker) {
        Properties properties = new Properties();
        properties.setProperty("bootstrap.servers", broker.address());
        return properties;
    }

    private static HealRun heal(LiveBroker broker, Path lake, LocalCluster cluster, String name, String killedBefore) {
        ResolvedConfiguration config = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .preset(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS, broker.address())
                .build());
        PublishedTopics topics = PublishedTopics.of("", Intervals.parse("1s,10s,1m,3m,5m,15m"));
        return new HealRun(
                new HealRequest(
                        name,
                        "test",
                        LakeCatalog.open(lake),
                        config,
                        new ReconcileRequest.Published(topics, topics.all(), kafka(broker)),
                        Map.of()),
                cluster::environment,
                Clock.systemUTC(),
                note -> {},
                step -> {
                    if (step.equals(killedBefore)) {
                        throw new UncheckedIOException("killed", new java.io.IOException());
                    }
                });
    }
}

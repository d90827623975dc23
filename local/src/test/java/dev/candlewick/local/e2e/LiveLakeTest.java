package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.testing.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A lake that is written by a job is read while the job runs, through a kill, and nothing is there twice. */
class LiveLakeTest {
    private static final long START = 1_730_592_000_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path home;

    private LiveBroker broker;

    @BeforeEach
    void setUp() {
        broker = new LiveBroker(home.resolve("broker"));
        broker.makeTopic("trades");
    }

    @AfterEach
    void tearDown() {
        broker.close();
    }

    private List<String> run(String until) {
        List<String> arguments = new ArrayList<>(List.of("run", "--kafka", broker.address()));
        for (String setting : List.of(
                "output.lake=" + home.resolve("lake"),
                "checkpoint.interval=300ms",
                "parallelism=1",
                "intervals=1s,1m",
                "source.until=" + until)) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    private void send(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            broker.send("trades", LiveBroker.trade(i, START + i * SECOND, "10"));
        }
    }

    private long count(String sql) {
        if (!Files.exists(home.resolve("lake/run.json"))) {
            return 0;
        }
        Cli.Result result = new Cli(home).run("query", "--lake", "lake", "-o", "csv", sql);
        assertThat(result.code()).as(result.err()).isZero();
        return Long.parseLong(result.lines().get(1));
    }

    private long candles() {
        return count("SELECT count(*) FROM candles WHERE \"interval\" = '1s'");
    }

    @Test
    @Timeout(240)
    void candlesAreSeenWhileTheJobRunsAndOnceEachAfterAKill() throws Exception {
        // Given a job that runs, then what it has closed can be asked for
        try (JobProcess job = JobProcess.start(home, "first", run("never"))) {
            send(0, 60);
            // Without a later trade the windows of the last seconds, and those within the lateness, stay open.
            job.await("candles in the lake", () -> candles() >= 45);
            assertThat(job.runs()).isTrue();
            assertThat(count("SELECT count(*) FROM trades")).isEqualTo(60);
            assertThat(Files.readString(home.resolve("lake/run.json"))).contains("\"streaming\"", "output.lake");
            job.kill();
        }
        long before = candles();
        // When it is killed and goes on, then every trade is there once
        try (JobProcess job = JobProcess.start(home, "second", run("latest"))) {
            send(60, 90);
            assertThat(job.exitCode()).as(job.err()).isZero();
            assertThat(job.err()).contains("restoring ", "lake files published");
        }
        assertThat(before).isPositive();
        LakeCatalog catalog = LakeCatalog.open(home.resolve("lake"));
        assertThat(catalog.files(LakeTable.TRADES).stream()
                        .mapToLong(file -> file.rows())
                        .sum())
                .as("the kill made no row that readers would have to leave out")
                .isEqualTo(count("SELECT count(*) FROM trades"));
        // source.until=latest takes what stood there when the job started; the rest is taken by a third start.
        try (JobProcess job = JobProcess.start(home, "third", run("latest"))) {
            assertThat(job.exitCode()).as(job.err()).isZero();
        }
        assertThat(count("SELECT count(*) FROM trades")).isEqualTo(90);
        assertThat(count("SELECT count(DISTINCT read_offset) FROM trades")).isEqualTo(90);
        assertThat(count("SELECT sum(trades)::BIGINT FROM candles WHERE \"interval\" = '1s'"))
                .isEqualTo(90);
        // And the double entry, files and rows of all three starts agree, by SQL and by the same operators.
        assertThat(count("SELECT read FROM ledger WHERE read_partition = 'trades/0'"))
                .isEqualTo(90);
        for (String proof : List.of("verify", "reconcile")) {
            Cli.Result result = new Cli(home).run(proof, "--lake", "lake");
            assertThat(result.code()).as(result.out() + result.err()).isZero();
            assertThat(result.err()).contains("verify".equals(proof) ? "0 faults" : "0 differences");
        }
    }

    @Test
    @Timeout(240)
    void anotherProcessPublishesWhatAKilledJobHasCommitted() throws Exception {
        try (JobProcess job = JobProcess.start(home, "first", run("never"))) {
            send(0, 40);
            job.await("candles in the lake", () -> candles() >= 25);
            job.kill();
        }
        Path lake = home.resolve("lake");
        // What the job's own publisher did before the kill is undone for the test: only its files stay.
        LakeCatalog catalog = LakeCatalog.open(lake);
        for (LakeTable table : LakeTable.values()) {
            for (var manifest : catalog.manifests(table)) {
                Path folder = lake.resolve(manifest.partition());
                for (long generation = 1; generation <= manifest.generation(); generation++) {
                    Files.deleteIfExists(folder.resolve("_manifest-%06d.json".formatted(generation)));
                }
            }
        }
        assertThat(candles()).isZero();
        Cli.Result published = new Cli(home).run("lake", "publish", "--lake", "lake");
        assertThat(published.code()).as(published.err()).isZero();
        assertThat(published.err()).contains("files published in version 1; readers see version 1");
        assertThat(candles()).isGreaterThanOrEqualTo(25);
        assertThat(Files.readString(lake.resolve("run.json"))).contains("output.lake");
        assertThat(new Cli(home).run("lake", "publish", "--lake", "lake").err()).startsWith("0 files published");
        assertThat(new Cli(home).run("lake", "publish", "--lake", "nowhere").code())
                .isEqualTo(2);
        assertThat(new Cli(home).run("lake").code()).isEqualTo(2);
    }
}

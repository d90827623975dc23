package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The savepoint commands over a checkpoint of the real job, which was killed behind it. */
@ExtendWith(KafkaExtension.class)
final class SavepointCommandsTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final int RECORDS = 300;
    /** Three seconds in all: no id expires, however far time got when the checkpoint was made. */
    private static final long STEP = 10_000_000;

    @TempDir
    private Path home;

    @Test
    void theCommandsTellWhatTheJobRemembersAndWhetherItGoesOn(TestKafka kafka) throws Exception {
        String topic = kafka.newTopic("savepoint", 1);
        String group = kafka.newName("savepoint");
        Cli cli = new Cli(home, kafka).with("CANDLEWICK_HOME", home.toString());
        List<String> settings = List.of(
                "source.topic=" + topic,
                "topic.prefix=" + group + ".",
                "kafka.group.id=" + group,
                "checkpoint.interval=2s",
                "parallelism=2",
                "state.backend=rocksdb");
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            for (int i = 0; i < RECORDS; i++) {
                String trade = "{\"event_time_ns\":" + (START + i * STEP)
                        + ",\"venue\":\"alpha\",\"symbol\":\"S" + i % 3 + "\",\"trade_id\":\"" + i
                        + "\",\"price\":\"100.25\",\"size\":\"2\"}";
                producer.send(new ProducerRecord<>(topic, 0, null, trade.getBytes(StandardCharsets.UTF_8)));
            }
        }
        List<String> run = new ArrayList<>(List.of("run", "--kafka", kafka.bootstrapServers(), "--format", "json"));
        settings.forEach(setting -> run.addAll(List.of("--set", setting)));
        Path checkpoints = home.resolve("checkpoints").resolve(group);
        try (JobProcess job = JobProcess.start(home, "run", run)) {
            job.await(
                    "a checkpoint behind all trades",
                    () -> Files.isDirectory(checkpoints)
                            && cli.run("savepoint", "inspect", checkpoints.toString(), "-o", "json")
                                    .out()
                                    .contains("\"read\":" + RECORDS));
            job.kill();
        }

        // What is in it
        Cli.Result json = cli.run("savepoint", "inspect", checkpoints.toString(), "-o", "json");
        assertThat(json.code()).as(json.err()).isZero();
        assertThat(json.out())
                .contains("\"kind\":\"checkpoint\"", "\"instruments\":3", "\"ids\":" + RECORDS)
                .contains("\"topic\":\"" + topic + "\",\"partition\":0,\"next_offset\":" + RECORDS)
                .contains("\"high_water_mark_ns\":" + (START + (RECORDS - 1) * STEP))
                .contains("\"sink\":\"final-topics\"", "cw." + group + "~")
                .contains("\"format\":\"native RocksDB\"")
                .doesNotContain("\"residual\":-", "\"residual\":1");
        Cli.Result table = cli.run("savepoint", "inspect", checkpoints.toString());
        assertThat(table.out()).contains("market-data", "instrument", "final-topics", "offsets", "transactions");
        Cli.Result symbol = cli.run("savepoint", "inspect", checkpoints.toString(), "--symbol", "S1");
        assertThat(symbol.out()).contains("open candles", "100.25", "15m");
        Cli.Result absent = cli.run("savepoint", "inspect", checkpoints.toString(), "--symbol", "S9");
        assertThat(absent.code()).isEqualTo(3);
        assertThat(absent.err()).contains("symbol=S9");

        // What differs from itself: nothing
        assertThat(cli.run("savepoint", "diff", checkpoints.toString(), checkpoints.toString())
                        .code())
                .isZero();

        // Whether the job goes on
        Cli.Result same = verify(cli, checkpoints, settings, "parallelism=1");
        assertThat(same.code()).as(same.out() + same.err()).isZero();
        Cli.Result intervals = verify(cli, checkpoints, settings, "intervals=1s,1m");
        assertThat(intervals.code()).isEqualTo(3);
        assertThat(intervals.out()).contains("refused", "market-data", "intervals must not change under kept state");
        Cli.Result scope = verify(cli, checkpoints, settings, "scope=consolidated");
        assertThat(scope.code()).isEqualTo(3);
        assertThat(scope.out()).contains("scope must not change under kept state");
        Cli.Result twice = cli.run(
                "savepoint", "verify", checkpoints.toString(), "--set", "parallelism=1", "--set", "parallelism=2");
        assertThat(twice.code()).isEqualTo(2);
        assertThat(twice.err()).contains("parallelism must be given once");
        Cli.Result backend = verify(cli, checkpoints, settings, "state.backend=hashmap");
        assertThat(backend.code()).isEqualTo(3);
        assertThat(backend.out()).contains("native RocksDB");

        // And the hash manifest
        assertThat(cli.run("savepoint", "hash", checkpoints.toString()).code()).isZero();
        assertThat(cli.run("savepoint", "hash", checkpoints.toString()).code()).isZero();
        Cli.Result nothing =
                cli.run("savepoint", "inspect", home.resolve("absent").toString());
        assertThat(nothing.code()).isEqualTo(3);
        assertThat(nothing.err()).contains("error: a savepoint must be a directory with a file _metadata");
    }

    /** One setting is another one than the job ran with. */
    private static Cli.Result verify(Cli cli, Path checkpoints, List<String> settings, String change) {
        String key = change.substring(0, change.indexOf('=') + 1);
        List<String> arguments = new ArrayList<>(List.of("savepoint", "verify", checkpoints.toString()));
        settings.stream()
                .filter(setting -> !setting.startsWith(key))
                .forEach(setting -> arguments.addAll(List.of("--set", setting)));
        arguments.addAll(List.of("--set", change));
        return cli.run(arguments.toArray(String[]::new));
    }
}

package dev.candlewick.local.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.local.produce.SimulatedStream;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(KafkaExtension.class)
final class SimulateCommandTest {
    private static final String[] MARKET = {
        "simulate", "--seed", "7", "--partitions", "3", "--faults", "20%", "--rate", "5000", "-o", "json"
    };

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;

    @BeforeEach
    void setUp(TestKafka shared) {
        kafka = shared;
        cli = new Cli(directory, shared);
    }

    private Cli.Result simulate(String... more) {
        List<String> arguments = new ArrayList<>(List.of(MARKET));
        arguments.addAll(List.of(more));
        return cli.run(arguments.toArray(String[]::new));
    }

    private byte[] bytes(String folder, String file) throws IOException {
        return Files.readAllBytes(directory.resolve(folder).resolve(file));
    }

    @ParameterizedTest
    @CsvSource({"json", "csv", "binary", "avro"})
    void writesTheSameBytesWithAnyThreadsAndInAnyParts(String format) throws IOException {
        Cli.Result whole = simulate("--format", format, "--messages", "30000", "--threads", "1", "--output", "whole");
        assertThat(whole.code()).as(whole.err()).isZero();
        assertThat(whole.out()).contains("\"messages\":30000");
        assertThat(simulate("--format", format, "--messages", "30000", "--threads", "3", "--output", "again")
                        .code())
                .isZero();
        assertThat(simulate("--format", format, "--messages", "9000", "--output", "head")
                        .code())
                .isZero();
        assertThat(simulate("--format", format, "--messages", "21000", "--from", "3000", "--output", "tail")
                        .code())
                .isZero();
        for (int partition = 0; partition < 3; partition++) {
            String file = "partition-000" + partition + "." + (format.equals("avro") ? "avrobin" : format);
            byte[] expected = bytes("whole", file);
            assertThat(Arrays.equals(bytes("again", file), expected)).as(file).isTrue();
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            joined.write(bytes("head", file));
            joined.write(bytes("tail", file));
            assertThat(Arrays.equals(joined.toByteArray(), expected)).as(file).isTrue();
            String faults = "_faults/partition-000" + partition + ".json";
            assertThat(bytes("again", faults)).isEqualTo(bytes("whole", faults));
            assertThat(new String(bytes("whole", faults), StandardCharsets.UTF_8))
                    .contains("\"fault\":\"duplicate-far\"", "\"from_frame\":1,\"faults\":\"disorder=3.2%,");
        }
        cli.run("simulate", "--seed", "8", "--partitions", "3", "--messages", "300", "--output", "other");
        assertThat(bytes("other", "partition-0000.json"))
                .isNotEqualTo(bytes("whole", "partition-0000." + (format.equals("avro") ? "avrobin" : format)));
    }

    @Test
    void sendsToKafkaWhatItWritesToFiles() throws IOException {
        String topic = kafka.newName("market");
        assertThat(simulate("--messages", "9000", "--output", "files").code()).isZero();
        Cli.Result sent = simulate("--messages", "9000", "--to", "kafka", "--topic", topic);
        assertThat(sent.code()).as(sent.err()).isZero();
        assertThat(sent.out()).contains("\"messages\":9000");
        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        assertThat(records).hasSize(9_000);
        long labels = 0;
        for (int partition = 0; partition < 3; partition++) {
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.partition() == partition) {
                    joined.write(record.value());
                    joined.write('\n');
                }
            }
            String file = "partition-000" + partition + ".json";
            assertThat(Arrays.equals(joined.toByteArray(), bytes("files", file)))
                    .as(file)
                    .isTrue();
            labels += Files.readString(directory.resolve("files/_faults/" + file))
                    .lines()
                    .count();
        }
        assertThat(kafka.readAll(topic + ".faults")).hasSize(Math.toIntExact(labels));
    }

    @Test
    void faultsAreSwitchedWhileItRuns() {
        MarketSimulator market = new MarketSimulator(
                MarketSettings.of(3).withPartitions(2).withFirehose(false), FaultRates.NONE, Horizon.DEFAULT);
        SimulatedStream stream = new SimulatedStream(() -> market, WireFormat.JSON, 0, 9_000, "max");
        List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
        stream.run(
                "t",
                2,
                record -> {
                    sent.add(record);
                    if (sent.size() == 3_000) {
                        stream.switchFaults(FaultRates.parse("20%"));
                    } else if (sent.size() == 6_000) {
                        stream.switchFaults(FaultRates.NONE);
                    }
                },
                () -> false);
        List<Integer> labelled = new ArrayList<>();
        List<String> switches = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            String value = new String(sent.get(i).value(), StandardCharsets.UTF_8);
            if (value.contains("\"fault\":")) {
                labelled.add(i);
            } else if (value.contains("\"from_frame\":")) {
                switches.add(value.replaceAll("[0-9]{2,}", "N"));
            }
        }
        assertThat(labelled).hasSizeGreaterThan(300);
        assertThat(labelled.get(0)).isGreaterThan(3_000);
        assertThat(labelled.get(labelled.size() - 1)).isLessThan(6_500);
        assertThat(switches)
                .hasSize(6)
                .filteredOn(line -> line.contains("disorder"))
                .hasSize(2);
    }

    @Test
    void goesAsFastAsEventTime() {
        // 100 messages in a tenth of a second of event time, at a hundredth of the speed: ten seconds, but for bursts.
        MarketSimulator market = new MarketSimulator(
                MarketSettings.of(3).withFirehose(false).withMessagesPerSecond(1_000),
                FaultRates.NONE,
                Horizon.DEFAULT);
        long begin = System.nanoTime();
        long[] last = new long[1];
        new SimulatedStream(() -> market, WireFormat.JSON, 0, 100, "0.1x")
                .run("t", 1, record -> last[0] = System.nanoTime(), () -> false);
        assertThat(last[0] - begin).isBetween(300_000_000L, 20_000_000_000L);
    }

    @ParameterizedTest
    @CsvSource({
        "--partitions 20, 'partitions must not exceed symbols, was 20 with 10 symbols'",
        "--faults gaps=1%, 'fault must be one of disorder, late, gap'",
        "--start yesterday, 'start must be now or a time in UTC, was yesterday'",
        "--horizon 1s, 'horizon must be three lengths, was 1s'",
        "--format avro2, 'was avro2'",
        "--sessions night, 'sessions must be continuous or day, was night'",
        "--to moon, 'to must be files or kafka, was moon'",
        "--speed 10x --output o, 'speed must be max for files, was 10x'",
        "--messages 5, 'output must be given, was absent'",
        "--to kafka --speed fast, 'speed must be max or a factor from 0.001 to 1000000, was fast'",
        "--messages 0, 'messages and threads must be positive'",
    })
    void refusesBadOptionsBeforeAnythingStarts(String arguments, String message) {
        Cli.Result result = cli.run(("simulate " + arguments).split(" "));
        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains(message);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void leavesAFolderWithContentAlone() throws IOException {
        Files.createDirectory(directory.resolve("full"));
        Files.writeString(directory.resolve("full/mine.txt"), "x");
        Cli.Result result = simulate("--output", "full");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("output must be missing or empty");
        assertThat(directory.resolve("full/partition-0000.json")).doesNotExist();
    }
}

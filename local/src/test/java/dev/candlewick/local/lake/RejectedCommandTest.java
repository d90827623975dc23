package dev.candlewick.local.lake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.kafka.TradeHeaders;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The summary, the export and the requeue of rejected messages, with a real broker and a real lake. */
@ExtendWith(KafkaExtension.class)
class RejectedCommandTest {
    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags";
    private static final long TIME = 1_570_752_000_000_000_000L;

    @TempDir
    Path directory;

    private Cli cli;
    private TestKafka kafka;
    private String trades;
    private String rejected;

    @BeforeEach
    void topics(TestKafka broker) {
        kafka = broker;
        cli = new Cli(directory, broker);
        trades = broker.newTopic("trades", 3);
        rejected = broker.newTopic("rejected", 1);
    }

    private static String json(String symbol, String id, String price) {
        return "{\"event_time_ns\":\"" + TIME + "\",\"venue\":\"V\",\"symbol\":\"" + symbol + "\","
                + (id.isEmpty() ? "" : "\"trade_id\":\"" + id + "\",") + "\"price\":\"" + price + "\",\"size\":\"1\"}";
    }

    /** Sends a message with its place to the trades and, as the job does, its rejection to the other topic. */
    private void reject(int partition, int placePartition, long placePosition, byte[] message, int times)
            throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(trades, partition, null, message);
            TradeHeaders.write(placePartition, placePosition, record.headers());
            long offset = producer.send(record).get().offset();
            Decoded out = new Decoded();
            WireFormat.JSON
                    .newDecoder(new TradeValidator(FeedRules.builder().build()))
                    .decode(message, 0, message.length, new ReadContext().readFromLog(0, partition, offset), out);
            Rejected verdict = out.rejected();
            for (int i = 0; i < times; i++) {
                producer.send(new ProducerRecord<>(rejected, new PublishedJson("p@1").rejected(verdict, trades)));
            }
        }
    }

    private void reject(int partition, long position, String message) throws Exception {
        reject(partition, 9, position, message.getBytes(StandardCharsets.UTF_8), 1);
    }

    private List<JsonNode> jsonLines(Cli.Result result) throws Exception {
        assertThat(result.code()).as(result.err()).isZero();
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> nodes = new java.util.ArrayList<>();
        for (String line : result.lines()) {
            nodes.add(mapper.readTree(line));
        }
        return nodes;
    }

    @Test
    void summarisesATopicByReason() throws Exception {
        reject(0, 1, json("A", "1", "-1"));
        reject(1, 2, json("B", "2", "-2"));
        reject(
                1,
                9,
                3,
                json("\u202eC\u001b[2J".replace("\u001b", "\\u001b"), "3", "-3").getBytes(StandardCharsets.UTF_8),
                3);
        reject(2, 4, "{\"x\":");

        List<JsonNode> rows = jsonLines(cli.run("rejected", "--topic", rejected, "--examples", "9", "-o", "json"));

        assertThat(rows)
                .extracting(row -> row.get("reason").asText() + " " + row.get("count"))
                .containsExactly("PRICE_NOT_POSITIVE 3", "UNPARSABLE 1");
        JsonNode first = rows.get(0);
        assertThat(first.get("share").asText()).isEqualTo("0.7500");
        assertThat(first.get("first").asText()).isEqualTo("2019-10-11T00:00:00Z");
        assertThat(first.get("venues").toString()).isEqualTo("[\"V\"]");
        assertThat(first.get("partitions").toString()).isEqualTo("{\"" + trades + "/0\":1,\"" + trades + "/1\":2}");
        assertThat(first.get("examples")).hasSize(3);

        Cli.Result table = cli.run("rejected", "--topic", rejected, "--reason", "price_not_positive");
        assertThat(table.out())
                .contains("PRICE_NOT_POSITIVE      3  1.0000")
                .contains(trades + "/0/0", "price must be positive, was -1")
                .doesNotContain("UNPARSABLE");
        String all = cli.run("rejected", "--topic", rejected, "--examples", "9").out();
        assertThat(all).contains("\\u202eC").doesNotContain("\u202e").doesNotContain("\u001b");
        Cli.Result csv = cli.run("rejected", "--topic", rejected, "-o", "csv", "--examples", "0");
        assertThat(csv.lines())
                .hasSize(3)
                .first()
                .isEqualTo("reason,count,share,first,last,venues,partitions,examples");
    }

    @Test
    void requeuesUnchangedAfterAChangeOfTheConfiguration() throws Exception {
        reject(1, 77, json("A", "1", "1.1234567890123"));
        reject(2, 78, json("B", "", "1.1234567890123"));
        reject(2, 79, json("C", "3", "-1"));

        Cli.Result same = cli.run("rejected", "--topic", rejected, "--requeue", "-o", "json");
        JsonNode before = jsonLines(same).get(0);
        assertThat(before.get("would_be").toString()).isEqualTo("{\"PRECISION\":2,\"PRICE_NOT_POSITIVE\":1}");
        assertThat(before.get("to_send").asInt()).isZero();

        String[] command = {"rejected", "--topic", rejected, "--requeue", "--set", "price.scale=14", "-o", "json"};
        Cli.Result dry = cli.run(command);
        JsonNode plan = jsonLines(dry).get(0);
        assertThat(plan.get("would_be").toString()).isEqualTo("{\"ACCEPTED\":2,\"PRICE_NOT_POSITIVE\":1}");
        assertThat(plan.get("to_send").asInt()).isEqualTo(2);
        assertThat(plan.get("sent").asInt()).isZero();
        assertThat(plan.get("place_by_read_position").asInt()).isZero();
        assertThat(dry.err())
                .contains("dry run: nothing was sent", "1 records have no trade id: sent twice they count");
        assertThat(kafka.readAll(trades)).as("nothing was sent").hasSize(3);

        String[] sending = java.util.Arrays.copyOf(command, command.length + 1);
        sending[command.length] = "--yes";
        assertThat(jsonLines(cli.run(sending)).get(0).get("sent").asInt()).isEqualTo(2);

        List<ConsumerRecord<byte[], byte[]>> sent = kafka.readAll(trades).stream()
                .filter(record -> record.headers().lastHeader(Requeue.ORIGIN_HEADER) != null)
                .toList();
        assertThat(sent).hasSize(2);
        for (ConsumerRecord<byte[], byte[]> record : sent) {
            boolean first = new String(record.key(), StandardCharsets.UTF_8).equals("A");
            assertThat(record.value())
                    .isEqualTo(json(first ? "A" : "B", first ? "1" : "", "1.1234567890123")
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(ByteBuffer.wrap(
                                    record.headers().lastHeader("cw-partition").value())
                            .getInt())
                    .isEqualTo(9);
            assertThat(ByteBuffer.wrap(
                                    record.headers().lastHeader("cw-position").value())
                            .getLong())
                    .isEqualTo(first ? 77 : 78);
        }
    }

    @Test
    void requeuesARepairedFile() throws Exception {
        String good = json("A", "1", "1.5");
        reject(0, 41, good.replace("1.5", "1,5"));
        reject(0, 42, good.replace("1.5", "x\\ty"));
        reject(0, 9, 43, new byte[] {'{', (byte) 0xff, '\n'}, 1);
        Path file = directory.resolve("bad.txt");
        assertThat(cli.run("rejected", "--topic", rejected, "--export", "bad.txt")
                        .code())
                .isZero();
        assertThat(cli.run("rejected", "--topic", rejected, "--export", "bad.txt")
                        .code())
                .isEqualTo(2);

        String text = Files.readString(file);
        assertThat(text).contains("UNPARSABLE\t" + trades + "\t0\t0\t" + good.replace("1.5", "1,5") + "\n");
        assertThat(text).contains("\t0\t2\t{\\xff\\n\n");
        Files.writeString(file, text.replace("1,5", "1.5"));

        JsonNode plan = jsonLines(cli.run("rejected", "--requeue", "--from", "bad.txt", "--yes", "-o", "json"))
                .get(0);
        assertThat(plan.get("would_be").toString()).isEqualTo("{\"ACCEPTED\":1,\"UNPARSABLE\":2}");
        assertThat(plan.get("sent").asInt()).isEqualTo(1);
        ConsumerRecord<byte[], byte[]> sent = kafka.readAll(trades).stream()
                .filter(record -> record.headers().lastHeader(Requeue.ORIGIN_HEADER) != null)
                .findFirst()
                .orElseThrow();
        assertThat(new String(sent.value(), StandardCharsets.UTF_8)).isEqualTo(good);
        assertThat(ByteBuffer.wrap(sent.headers().lastHeader("cw-position").value())
                        .getLong())
                .isEqualTo(41);

        Files.writeString(file, "UNPARSABLE\ttrades\tx\n");
        Cli.Result broken = cli.run("rejected", "--requeue", "--from", "bad.txt");
        assertThat(broken.code()).isEqualTo(2);
        assertThat(broken.err()).contains("line 1").contains("must hold reason");
    }

    @Test
    void readsALakeAndCarriesThePlaceOfItsFiles() throws Exception {
        Path input = directory.resolve("input");
        Files.createDirectories(input);
        Files.writeString(input.resolve("a.csv"), HEADER + "\n5,," + TIME + ",V,A,1,1.5,2,,,\n");
        Files.writeString(
                input.resolve("b.csv"),
                HEADER + "\n70,," + TIME + ",V,A,2,1.1234567890123,2,,,\n,," + TIME
                        + ",V,=cmd(),3,1.1234567890123,2,,,\n");
        assertThat(cli.run("replay", "--input", "input", "--format", "csv", "--mode", "batch", "--output", "lake")
                        .code())
                .isZero();

        JsonNode row =
                jsonLines(cli.run("rejected", "--lake", "lake", "-o", "json")).get(0);
        assertThat(row.get("reason").asText()).isEqualTo("PRECISION");
        assertThat(row.get("count").asInt()).isEqualTo(2);
        assertThat(row.get("partitions").toString()).isEqualTo("{\"b.csv/0\":2}");

        Cli.Result unnamed = cli.run("rejected", "--lake", "lake", "--requeue", "--format", "csv");
        assertThat(unnamed.code()).isEqualTo(2);
        assertThat(unnamed.err()).contains("--to");

        assertThat(cli.run(
                                "rejected",
                                "--lake",
                                "lake",
                                "--requeue",
                                "--to",
                                trades,
                                "--format",
                                "csv",
                                "--set",
                                "price.scale=14",
                                "--yes")
                        .code())
                .isZero();
        assertThat(kafka.readAll(trades))
                .extracting(record -> new String(record.key(), StandardCharsets.UTF_8) + " "
                        + ByteBuffer.wrap(record.headers()
                                        .lastHeader("cw-partition")
                                        .value())
                                .getInt() + ":"
                        + ByteBuffer.wrap(record.headers()
                                        .lastHeader("cw-position")
                                        .value())
                                .getLong())
                .containsExactlyInAnyOrder("A 1:70", "=cmd() 1:1");
    }

    @Test
    void refusesWhatMakesNoSense() {
        for (String[] command : new String[][] {
            {"rejected"},
            {"rejected", "--topic", rejected, "--lake", "lake"},
            {"rejected", "--topic", rejected, "--yes"},
            {"rejected", "--topic", rejected, "--requeue", "--export", "x"},
            {"rejected", "--topic", rejected, "--examples", "-1"},
            {"rejected", "--topic", "no-such-topic"},
            {"rejected", "--topic", rejected, "--requeue", "--to", "no-such-topic"},
        }) {
            assertThat(cli.run(command).code()).as(String.join(" ", command)).isEqualTo(2);
        }
        assertThat(cli.run("rejected", "--topic", rejected, "--reason", "PRECISON")
                        .err())
                .contains("did you mean PRECISION?");
    }
}

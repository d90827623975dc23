package dev.candlewick.local.tail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(KafkaExtension.class)
final class TailCommandTest {

    private static final String CANDLE = "{\"venue\":\"COMEX\",\"symbol\":\"GC\",\"interval\":\"1m\","
            + "\"start_ns\":1381104000000000000,\"end_ns\":1381104060000000000,\"open\":\"1313.7\",\"high\":\"1314\","
            + "\"low\":\"1313.10\",\"close\":\"1313.9\",\"volume\":\"57\",\"notional\":\"74890.1\","
            + "\"vwap\":\"1313.861403508772\",\"trades\":31,\"first_trade_ns\":1381104000276000000,"
            + "\"last_trade_ns\":1381104059000000000,\"revision\":0,\"reason\":\"CLOSED\",\"final\":true,"
            + "\"digest\":\"00ff\",\"flags\":[\"OUTLIER\",\"TIE_AMBIGUOUS\"],\"profile\":\"futures@1\"}";

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;

    @BeforeEach
    void setUp(TestKafka shared) {
        kafka = shared;
        cli = new Cli(directory, kafka);
    }

    @Test
    void printsJsonAsItCameOneLineAMessage() {
        String topic = kafka.newTopic("json", 1);
        send(topic, CANDLE, "{\n  \"price\": 0.10000000000000000000001\n}", "0,1,plain,csv", "[1,2]");
        Cli.Result result = cli.run("tail", topic, "--until", "latest", "-o", "json");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        assertThat(result.lines())
                .containsExactly(
                        CANDLE, "{\"price\":0.10000000000000000000001}", "{\"value\":\"0,1,plain,csv\"}", "[1,2]");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void addsWhereAndWhenIfAsked() {
        String topic = kafka.newTopic("metadata", 1);
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, 0, 1_381_104_000_276L, bytes("V|S"), bytes("{\"a\":1.50}"));
            record.headers().add("cw-partition", new byte[] {0, 0, 0, 3});
            record.headers().add("cw-position", new byte[] {0, 0, 0, 0, 0, 0, 1, 0});
            record.headers().add("source", bytes("test"));
            producer.send(record);
            producer.send(new ProducerRecord<>(topic, 0, 1L, null, new byte[] {(byte) 0xC3, 0x28}));
            producer.send(new ProducerRecord<>(topic, 0, 2L, bytes("gone"), (byte[]) null));
        }
        Cli.Result json = cli.run("tail", topic, "--until", "latest", "-o", "json", "--with-metadata");
        assertThat(json.lines())
                .containsExactly(
                        "{\"partition\":0,\"offset\":0,\"timestamp\":1381104000276,\"key\":\"V|S\",\"headers\":"
                                + "{\"cw-partition\":3,\"cw-position\":256,\"source\":\"test\"},\"value\":{\"a\":1.50}}",
                        "{\"partition\":0,\"offset\":1,\"timestamp\":1,\"headers\":{},\"value_base64\":\"wyg=\"}",
                        "{\"partition\":0,\"offset\":2,\"timestamp\":2,\"key\":\"gone\",\"headers\":{},\"value\":null}");
        Cli.Result csv = cli.run("tail", topic, "--until", "latest", "-o", "csv", "--with-metadata", "--max", "1");
        assertThat(csv.lines())
                .containsExactly("partition,offset,timestamp,key,a", "0,0,2013-10-07T00:00:00.276Z,V|S,1.50");
    }

    @Test
    void showsCandlesAsATableForPeopleAndAllFieldsAsCsv() {
        String topic = kafka.newTopic("candles", 1);
        send(topic, CANDLE);
        Cli.Result table = cli.run("tail", topic, "--until", "latest");
        assertThat(table.lines()).hasSize(2);
        assertThat(table.lines().get(0))
                .startsWith("start")
                .contains("open")
                .contains("vwap")
                .doesNotContain("digest");
        assertThat(table.lines().get(1))
                .startsWith("2013-10-07T00:00:00Z  COMEX  GC")
                .contains("1313.10")
                .endsWith("OUTLIER TIE_AMBIGUOUS");
        Cli.Result csv = cli.run("tail", topic, "--until", "latest", "-o", "csv");
        assertThat(csv.lines())
                .containsExactly(
                        "venue,symbol,interval,start_ns,end_ns,open,high,low,close,volume,notional,vwap,trades,"
                                + "first_trade_ns,last_trade_ns,revision,reason,final,digest,flags,profile",
                        "COMEX,GC,1m,1381104000000000000,1381104060000000000,1313.7,1314,1313.10,1313.9,57,74890.1,"
                                + "1313.861403508772,31,1381104000276000000,1381104059000000000,0,CLOSED,true,00ff,"
                                + "OUTLIER TIE_AMBIGUOUS,futures@1");
    }

    @Test
    void showsARecordOfManyCandlesAsManyRows() {
        String topic = kafka.newTopic("live", 1);
        send(topic, "{\"venue\":\"COMEX\",\"candles\":[" + CANDLE + "," + CANDLE.replace("\"1m\"", "\"5m\"") + "]}");
        assertThat(cli.run("tail", topic, "--until", "latest", "-o", "csv").lines())
                .hasSize(3)
                .last()
                .asString()
                .startsWith("COMEX,GC,5m,");
    }

    @Test
    void showsWhatIsNoJsonAsText() {
        String topic = kafka.newTopic("text", 1);
        send(topic, "0,1,a \"b\"");
        assertThat(cli.run("tail", topic, "--until", "latest").lines()).containsExactly("value", "0,1,a \"b\"");
        assertThat(cli.run("tail", topic, "--until", "latest", "-o", "csv").lines())
                .containsExactly("value", "\"0,1,a \"\"b\"\"\"");
    }

    @Test
    void neverShowsWhatIsNotCommittedAndSaysWhatBlocksTheEnd() throws Exception {
        String topic = kafka.newTopic("transactional", 2);
        try (KafkaProducer<byte[], byte[]> open = kafka.producer(Map.of("transactional.id", topic + "-open"));
                KafkaProducer<byte[], byte[]> other = kafka.producer(Map.of("transactional.id", topic + "-other"))) {
            open.initTransactions();
            other.initTransactions();
            other.beginTransaction();
            other.send(new ProducerRecord<>(topic, 0, null, bytes("{\"n\":\"committed\"}")));
            other.commitTransaction();
            other.beginTransaction();
            other.send(new ProducerRecord<>(topic, 0, null, bytes("{\"n\":\"aborted\"}")));
            other.flush();
            other.abortTransaction();

            open.beginTransaction();
            open.send(new ProducerRecord<>(topic, 0, null, bytes("{\"n\":\"open\"}")))
                    .get();
            other.beginTransaction();
            other.send(new ProducerRecord<>(topic, 0, null, bytes("{\"n\":\"behind\"}")));
            other.send(new ProducerRecord<>(topic, 1, null, bytes("{\"n\":\"elsewhere\"}")));
            other.commitTransaction();

            Cli.Result blocked = cli.run("tail", topic, "--until", "latest", "-o", "json");
            assertThat(blocked.code()).isEqualTo(0);
            assertThat(blocked.lines()).containsExactlyInAnyOrder("{\"n\":\"committed\"}", "{\"n\":\"elsewhere\"}");
            assertThat(blocked.err())
                    .contains(topic + " partition 0")
                    .contains("blocked by open transaction " + topic + "-open")
                    .doesNotContain("partition 1");

            open.commitTransaction();
            Cli.Result free = cli.run("tail", topic, "--until", "latest", "-o", "json");
            assertThat(free.lines())
                    .containsExactlyInAnyOrder(
                            "{\"n\":\"committed\"}", "{\"n\":\"open\"}", "{\"n\":\"behind\"}", "{\"n\":\"elsewhere\"}");
            assertThat(free.err()).isEmpty();
        }
    }

    @Test
    void endsWhereATopicIsEmptyOrHoldsAbortedMessagesOnly() throws Exception {
        String topic = kafka.newTopic("empty", 3);
        assertThat(cli.run("tail", topic, "--until", "latest", "-o", "json").out())
                .isEmpty();
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("transactional.id", topic))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 1, null, bytes("{}"))).get();
            producer.abortTransaction();
        }
        Cli.Result result = cli.run("tail", topic, "--until", "latest", "-o", "json");
        assertThat(result.code()).isEqualTo(0);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void endsAfterTheWantedNumberOfMessages() {
        String topic = kafka.newTopic("max", 1);
        send(topic, IntStream.range(0, 1_200).mapToObj(Integer::toString).toArray(String[]::new));
        Cli.Result some = cli.run("tail", topic, "--from", "earliest", "--max", "700", "-o", "json");
        assertThat(some.code()).isEqualTo(0);
        assertThat(some.lines()).hasSize(700).startsWith("0").endsWith("699");
        assertThat(cli.run("tail", topic, "--max", "0", "-o", "json").out()).isEmpty();
        // Nothing lies between the latest message and the latest message.
        assertThat(cli.run("tail", topic, "--from", "latest", "--until", "latest", "-o", "json")
                        .out())
                .isEmpty();
    }

    @Test
    void suggestsTopics() {
        String topic = kafka.newTopic("suggested.topic", 1);
        Cli.Result near = cli.run("tail", topic.replace("topic", "tpoic"));
        assertThat(near.code()).isEqualTo(2);
        assertThat(near.err()).contains("topic must exist").contains("did you mean: " + topic);
        Cli.Result invalid = cli.run("tail", "no spaces");
        assertThat(invalid.code()).isEqualTo(2);
        assertThat(cli.run("tail").code()).isEqualTo(2);
        assertThat(cli.run("tail", topic, "--until", "tomorrow").code()).isEqualTo(2);
    }

    @Test
    void saysSoWhenTheBrokerDoesNotAnswer() throws Exception {
        int port;
        try (java.net.ServerSocket unused = new java.net.ServerSocket(0)) {
            port = unused.getLocalPort();
        }
        Cli.Result result = cli.run("tail", "candles.1m", "--kafka", "127.0.0.1:" + port);
        assertThat(result.code()).isEqualTo(4);
        assertThat(result.err())
                .contains("the Kafka broker must answer")
                .contains("127.0.0.1:" + port)
                .doesNotContain("\tat ");
    }

    @Test
    void followsNewMessagesAndEndsCleanlyOnCtrlC() throws Exception {
        String topic = kafka.newTopic("followed", 1);
        send(topic, "\"first\"");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.candlewick.local.Main",
                        "tail",
                        topic,
                        "--from",
                        "earliest",
                        "-o",
                        "json",
                        "--kafka",
                        kafka.bootstrapServers()))
                .directory(directory.toFile())
                .start();
        try {
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> {
                try {
                    return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            assertThat(out.readLine()).isEqualTo("\"first\"");
            send(topic, "\"second\"");
            assertThat(out.readLine()).isEqualTo("\"second\"");
            // Java has no word for Ctrl-C, only for the signals to terminate and to kill.
            boolean ctrlC = !ignoresCtrlC(process);
            assertThat(new ProcessBuilder("kill", ctrlC ? "-INT" : "-TERM", Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(ctrlC ? 130 : 143);
            assertThat(out.readLine()).isNull();
            assertThat(err.get(60, TimeUnit.SECONDS)).isEmpty();
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * True if the process ignores Ctrl-C, as everything does that a script without job control put into the background:
     * then the tests were started so, and the signal to terminate takes the same way through the command.
     */
    private static boolean ignoresCtrlC(Process process) throws java.io.IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!java.nio.file.Files.isReadable(status)) {
            return false;
        }
        return java.nio.file.Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(
                                        line.substring("SigIgn:".length()).strip(), 16)
                                & 0b10)
                        != 0);
    }

    private void send(String topic, String... values) {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, 0, null, bytes(value)));
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(KafkaExtension.class)
final class ProduceCommandTest {

    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n";

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;
    private String topic;

    @BeforeEach
    void setUp(TestKafka shared) {
        kafka = shared;
        cli = new Cli(directory, kafka);
        topic = kafka.newName("produced");
    }

    @Test
    void sendsEveryRecordInOrderKeyedBySymbolWithItsPlace() throws IOException {
        StringBuilder file = new StringBuilder(HEADER);
        Map<String, List<Long>> expected = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            String symbol = "S" + i * 7 % 23;
            long row = 1_000 + 3L * i;
            file.append(row)
                    .append(",,")
                    .append(1_381_104_000_000_000_000L + i)
                    .append(",V,")
                    .append(symbol);
            file.append(",,1.5,").append(i).append(",,,\n");
            expected.computeIfAbsent(symbol, s -> new ArrayList<>()).add(row);
        }
        write("trades.csv", file.toString());
        Cli.Result result = cli.run("produce", "--input", "trades.csv", "--topic", topic, "-o", "json");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        assertThat(result.err()).contains("created topic " + topic + " with 4 partitions");
        assertThat(result.out())
                .contains("\"records\":5000")
                .contains("\"not_transcoded\":0")
                .contains("\"partition\":3");

        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        assertThat(records).hasSize(5_000);
        Map<String, List<Long>> found = new HashMap<>();
        Map<String, Integer> partitionBySymbol = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String symbol = text(record.key());
            found.computeIfAbsent(symbol, s -> new ArrayList<>()).add(position(record));
            assertThat(partitionBySymbol.merge(symbol, record.partition(), (a, b) -> a))
                    .isEqualTo(record.partition());
            assertThat(filePartition(record)).isZero();
            assertThat(record.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
            assertThat(text(record.value())).contains("\"row\":" + position(record) + ",");
        }
        assertThat(found).isEqualTo(expected);
        assertThat(partitionBySymbol.values().stream().distinct().count()).isGreaterThan(1);
    }

    @Test
    void sendsHostileRowsSoThatTheyMeetTheSameVerdict() throws IOException {
        String tooFew = "3,,1381104000000000000,V";
        String tooMany = "4,,1381104000000000000,V,S,,1,2,,,,,x,y";
        String stray = "5,,1381104000000000000,V,S,,1\"2\",3,,,";
        write(
                "hostile.csv",
                HEADER + "0,,1381104000276000000,V,\"A,\"\"B\"\"\",\"007\",1.50,2,,\"\",\n" //
                        + "1,,not a time,V,Ü😀,,-1,abc,,,\n" //
                        + "2,,,,,,,,,,\n" //
                        + tooFew + "\n" + tooMany + "\n" + stray + "\n" //
                        + "\n" //
                        + "x,,1381104000276000000,V,S,,1,2,,,\n");
        Cli.Result result = cli.run("produce", "--input", "hostile.csv", "--topic", topic, "--partitions", "1");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        assertThat(result.out()).containsPattern("records +8\n").containsPattern("not_transcoded +4\n");

        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        assertThat(records)
                .extracting(record -> text(record.value()))
                .containsExactly(
                        "{\"row\":0,\"event_time_ns\":1381104000276000000,\"venue\":\"V\",\"symbol\":\"A,\\\"B\\\"\","
                                + "\"trade_id\":\"007\",\"price\":\"1.50\",\"size\":\"2\"}",
                        "{\"row\":1,\"event_time_ns\":\"not a time\",\"venue\":\"V\",\"symbol\":\"Ü😀\","
                                + "\"price\":\"-1\",\"size\":\"abc\"}",
                        "{\"row\":2}",
                        tooFew,
                        tooMany,
                        stray,
                        "",
                        "{\"row\":\"x\",\"event_time_ns\":1381104000276000000,\"venue\":\"V\",\"symbol\":\"S\","
                                + "\"price\":\"1\",\"size\":\"2\"}");
        assertThat(records)
                .extracting(record -> record.key() == null ? null : text(record.key()))
                .containsExactly("A,\"B\"", "Ü😀", null, null, null, null, null, "S");
        // Where no row can be read the ordinal of the record stands in.
        assertThat(records).extracting(ProduceCommandTest::position).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void sendsCsvAsCanonicalCsvWithoutHeader() throws IOException {
        write("short.csv", "symbol,event_time_ns,price,row\nA,5,1.0,41\n\"B,C\",6,2.0,40\nbad\n");
        Cli.Result result = cli.run(
                "produce", "--input", "short.csv", "--topic", topic, "--as", "csv", "--partitions", "1", "-o", "csv");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        assertThat(result.lines()).hasSize(2).startsWith("partition,records,bytes");
        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        assertThat(records)
                .extracting(record -> text(record.value()))
                .containsExactly("41,,5,,A,,1.0,,,,,", "40,,6,,\"B,C\",,2.0,,,,,", "bad");
        assertThat(records).extracting(ProduceCommandTest::position).containsExactly(41L, 40L, 2L);
    }

    @Test
    void sendsJsonLinesUnchanged() throws IOException {
        List<String> lines = List.of(
                "{ \"symbol\" : \"A\", \"price\": 1.10, \"event_time_ns\": 1 }",
                "{\"type\":\"order\",\"symbol\":\"B\"}",
                "{\"symbol\":\"A\",",
                "not json");
        write("trades.jsonl", String.join("\n", lines));
        Cli.Result result = cli.run("produce", "--input", "trades.jsonl", "--topic", topic, "--partitions", "1");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        assertThat(records).extracting(record -> text(record.value())).containsExactlyElementsOf(lines);
        assertThat(records)
                .extracting(record -> record.key() == null ? null : text(record.key()))
                .containsExactly("A", "B", null, null);
        assertThat(records).extracting(ProduceCommandTest::position).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void takesTheFilesOfAFolderInTheOrderOfTheBytesOfTheirPaths() throws IOException {
        String line = "event_time_ns,symbol\n1,";
        write("in/b/1.csv", line + "third\n");
        gzip("in/a.csv.gz", line + "second\n");
        write("in/B.csv", line + "first\n");
        write("in/é.csv", line + "fourth\n");
        write("in/PROVENANCE.md", "no trades");
        write("in/.hidden.csv", line + "hidden\n");
        write("in/_tmp/x.csv", line + "temporary\n");
        Cli.Result result = cli.run("produce", "--input", "in", "--topic", topic, "--partitions", "1");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        assertThat(records)
                .extracting(record -> text(record.key()))
                .containsExactly("first", "second", "third", "fourth");
        assertThat(records).extracting(ProduceCommandTest::filePartition).containsExactly(0, 1, 2, 3);
        assertThat(records).extracting(ProduceCommandTest::position).containsOnly(0L);
    }

    @Test
    void sendsRealTradesWithNothingLostOrChanged() throws IOException {
        Path real = Path.of(System.getProperty("candlewick.data"))
                .resolve("binance-xrpeth-aggtrades-2019")
                .resolve("trades.csv.gz");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(real), "needs the real trades at " + real);
        Cli.Result result = cli.run("produce", "--input", real.toString(), "--topic", topic, "--as", "csv");
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        List<String> sent;
        try (var lines = new java.io.BufferedReader(new java.io.InputStreamReader(
                new java.util.zip.GZIPInputStream(Files.newInputStream(real)), StandardCharsets.UTF_8))) {
            sent = lines.lines().skip(1).map(line -> line + ",").collect(Collectors.toList());
        }
        assertThat(sent).hasSize(12_477);
        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(topic);
        records.sort(Comparator.comparingLong(ProduceCommandTest::position));
        assertThat(records).extracting(record -> text(record.value())).isEqualTo(sent);
    }

    @Test
    void paces() throws IOException {
        write("paced.csv", "event_time_ns,symbol\n1000000000,A\n1100000000,A\n3000000000,A\n");
        long start = System.nanoTime();
        Cli.Result bySpeed = cli.run("produce", "--input", "paced.csv", "--topic", topic, "--speed", "10x");
        assertThat(bySpeed.code()).as(bySpeed.err()).isEqualTo(0);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200_000_000L);
        Cli.Result byRate = cli.run("produce", "--input", "paced.csv", "--topic", topic, "--rate", "20");
        assertThat(byRate.code()).as(byRate.err()).isEqualTo(0);
        assertThat(kafka.readAll(topic)).hasSize(6);
        Cli.Result both = cli.run("produce", "--input", "paced.csv", "--topic", topic, "--rate", "1", "--speed", "2x");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("mutually exclusive");
    }

    @Test
    void keepsATopicThatExistsAndTellsWhatIsNotAsItShouldBe() throws IOException {
        String existing = kafka.newTopic("existing", 2);
        write("one.csv", "event_time_ns,symbol\n1,A\n");
        Cli.Result result = cli.run("produce", "--input", "one.csv", "--topic", existing, "--partitions", "8");
        assertThat(result.code()).isEqualTo(0);
        assertThat(result.err())
                .contains("keeps its 2 partitions")
                .contains("should have message.timestamp.type=LogAppendTime, has CreateTime");
        Cli.Result quiet = cli.run("produce", "-q", "--input", "one.csv", "--topic", existing);
        assertThat(quiet.err()).isEmpty();
        assertThat(quiet.out()).containsPattern("records +1\n");
    }

    @Test
    void refusesBeforeAnythingIsSent() throws Exception {
        write("in/trades.csv", "event_time_ns,symbol\n1,A\n");
        write("in/x-bars.csv", "venue,symbol,start_ns,open\nV,S,1,2\n");
        Cli.Result bars = cli.run("produce", "--input", "in", "--topic", topic);
        assertThat(bars.code()).isEqualTo(2);
        assertThat(bars.err()).contains("event_time_ns").contains("x-bars.csv");

        write("mixed/a.csv", "event_time_ns,symbol\n1,A\n");
        write("mixed/b.json", "{}\n");
        assertUsage("must be of one format, were csv, json", "--input", "mixed", "--topic", topic);
        assertUsage("must exist, was not found", "--input", "nowhere.csv", "--topic", topic);
        Files.createDirectories(directory.resolve("empty"));
        assertUsage("had none", "--input", "empty", "--topic", topic);
        assertUsage("must be one of csv, json", "--input", "mixed/a.csv", "--topic", topic, "--as", "xml");
        assertUsage("partitions must be at least 1", "--input", "mixed/a.csv", "--topic", topic, "--partitions", "0");
        assertUsage("rate must be above 0", "--input", "mixed/a.csv", "--topic", topic, "--rate", "0");
        assertUsage("topic name must be valid", "--input", "mixed/a.csv", "--topic", "no spaces");
        assertUsage("must be HOST:PORT", "--input", "mixed/a.csv", "--topic", topic, "--kafka", "localhost");
        assertThat(kafka.admin().listTopics().names().get()).doesNotContain(topic);
    }

    @Test
    void saysSoWhenAFileIsCutOffOrARecordIsTooLarge() throws IOException {
        gzip("whole.csv.gz", HEADER + "0,,1,V,S,,1,2,,,\n".repeat(50_000));
        byte[] whole = Files.readAllBytes(directory.resolve("whole.csv.gz"));
        Files.write(directory.resolve("cut.csv.gz"), Arrays.copyOf(whole, whole.length / 2));
        Cli.Result cut = cli.run("produce", "--input", "cut.csv.gz", "--topic", topic);
        assertThat(cut.code()).isEqualTo(4);
        assertThat(cut.err())
                .contains("damaged or cut off")
                .contains("cut.csv.gz")
                .doesNotContain("\tat ");

        write("large.csv", "event_time_ns,symbol\n1,A\n2," + "x".repeat(2 << 20) + "\n");
        Cli.Result large = cli.run("produce", "--input", "large.csv", "--topic", topic);
        assertThat(large.code()).isEqualTo(4);
        assertThat(large.err()).contains("max.request.size").contains("large.csv, record 1");
    }

    @Test
    void saysSoWhenNoBrokerAnswers() throws IOException {
        write("one.csv", "event_time_ns,symbol\n1,A\n");
        Cli.Result none = new Cli(directory).run("produce", "--input", "one.csv", "--topic", topic);
        assertThat(none.code()).isEqualTo(4);
        assertThat(none.err()).contains("./candlewick kafka up").contains("CANDLEWICK_KAFKA");
    }

    @Test
    void letsTheOptionWinOverTheEnvironment() throws IOException {
        write("one.csv", "event_time_ns,symbol\n1,A\n");
        Cli.Result result = new Cli(directory)
                .with("CANDLEWICK_KAFKA", "127.0.0.1:1")
                .run("produce", "--input", "one.csv", "--topic", topic, "--kafka", kafka.bootstrapServers());
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        assertThat(kafka.readAll(topic)).hasSize(1);
    }

    private void assertUsage(String message, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "produce";
        System.arraycopy(options, 0, arguments, 1, options.length);
        Cli.Result result = cli.run(arguments);
        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains(message).doesNotContain("\tat ");
        assertThat(result.out()).isEmpty();
    }

    private void write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void gzip(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static long position(ConsumerRecord<byte[], byte[]> record) {
        byte[] header = record.headers().lastHeader("cw-position").value();
        assertThat(header).hasSize(Long.BYTES);
        return ByteBuffer.wrap(header).getLong();
    }

    private static int filePartition(ConsumerRecord<byte[], byte[]> record) {
        byte[] header = record.headers().lastHeader("cw-partition").value();
        assertThat(header).hasSize(Integer.BYTES);
        return ByteBuffer.wrap(header).getInt();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import dev.candlewick.testkit.hostile.HostileMessage;
import dev.candlewick.testkit.hostile.Mutations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Golden messages and mutations through the streaming job with a real broker: each rejected one is in the topic and in the
 * lake with its reason, its bytes and its position, and the double entry balances.
 *
 * <p>{@code -Dcandlewick.stream.mutations=100000} is the full run.
 */
@ExtendWith(KafkaExtension.class)
@Timeout(1800)
class HostileStreamTest {
    private static final int COUNT = Integer.getInteger("candlewick.stream.mutations", 10_000);
    private static final long SEED = Long.getLong("candlewick.seed", 7L);
    private static final long TIME = 1_570_752_011_620_000_000L;
    private static final int PARTITIONS = 3;

    @TempDir
    Path directory;

    private record Verdict(String reason, String bytes) {}

    private static List<byte[]> messages(WireFormat format) {
        List<byte[]> seeds = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Trade trade = new Trade();
            trade.instrument = Instrument.ofVenue("V", "S" + i, 12, 8);
            trade.eventTimeNanos = TIME + i;
            trade.setIdNumber(i);
            trade.priceScaled = 1_500_000_000_000L + i;
            trade.sizeScaled = 200_000_000L;
            trade.side = "buy";
            trade.placePosition = i;
            seeds.add(format.newEncoder().encode(trade));
        }
        List<byte[]> messages = new ArrayList<>();
        for (HostileMessage row : HostileMessage.table(format.optionName())) {
            byte[] message = row.message();
            // Brokers take a megabyte; the decoders meet larger ones in the golden tables.
            if (message != null && message.length < 500_000) {
                messages.add(message);
            }
        }
        Mutations mutations = new Mutations(seeds, SEED);
        while (messages.size() < COUNT) {
            mutations.next();
            messages.add(mutations.copy());
        }
        return messages;
    }

    private static List<JsonNode> lines(Cli.Result result) throws IOException {
        assertThat(result.code()).as(result.err()).isZero();
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : result.lines()) {
            nodes.add(new ObjectMapper().readTree(line));
        }
        return nodes;
    }

    @ParameterizedTest
    @EnumSource(
            value = WireFormat.class,
            names = {"CSV", "JSON", "BINARY"})
    void everyRejectedMessageIsKept(WireFormat format, TestKafka kafka) throws Exception {
        String topic = kafka.newTopic("hostile-" + format.optionName(), PARTITIONS);
        Map<String, Verdict> expected = new HashMap<>();
        int trades = 0;
        int filtered = 0;
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("linger.ms", 20))) {
            for (byte[] message : messages(format)) {
                producer.send(new ProducerRecord<>(topic, message.length % PARTITIONS, null, message));
            }
        }
        var decoder = format.newDecoder(new TradeValidator(FeedRules.builder().build()));
        Decoded out = new Decoded();
        List<ConsumerRecord<byte[], byte[]>> sent = kafka.readAll(topic);
        for (ConsumerRecord<byte[], byte[]> record : sent) {
            ReadContext context = new ReadContext().readFromLog(0, record.partition(), record.offset());
            context.ingestTimeNanos = record.timestamp() * 1_000_000;
            decoder.decode(record.value(), 0, record.value().length, context, out);
            if (out.kind() == Decoded.Kind.REJECTED) {
                expected.put(
                        record.partition() + "/" + record.offset(),
                        new Verdict(
                                out.rejected().reason().name(),
                                Base64.getEncoder().encodeToString(record.value())));
            } else if (out.isTrade()) {
                trades++;
            } else {
                filtered++;
            }
        }
        assertThat(expected).hasSizeGreaterThan(COUNT / 2);

        String lake = directory.resolve("lake").toString();
        Cli cli = new Cli(directory, kafka);
        List<String> command = new ArrayList<>(List.of(
                "run", "--format", format.optionName(), "--intervals", "1m", "-o", "json", "--set", "vwap.emit=off"));
        for (String setting : List.of(
                "source.topic=" + topic,
                "topic.prefix=" + topic + ".",
                "kafka.group.id=" + topic + ".job",
                "source.until=latest",
                "output.lake=" + lake,
                "parallelism=2")) {
            command.addAll(List.of("--set", setting));
        }
        long read = 0;
        long rejected = 0;
        for (JsonNode row : lines(cli.run(command.toArray(String[]::new)))) {
            assertThat(row.get("residual").asLong()).as(row.toString()).isZero();
            read += row.path("read").asLong();
            rejected += row.path("rejected").asLong();
            if (row.path("filtered").asLong() > 0) {
                filtered -= (int) row.get("filtered").asLong();
            }
            trades -= (int)
                    (row.path("read").isNumber()
                            ? row.path("accepted").asLong()
                                    + row.path("duplicate").asLong()
                                    + row.path("late").asLong()
                            : 0);
        }
        assertThat(read).isEqualTo(sent.size());
        assertThat(rejected).isEqualTo(expected.size());
        assertThat(filtered).isZero();
        assertThat(trades).isZero();

        Map<String, Verdict> inTopic = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : kafka.readAll(topic + ".trades.rejected")) {
            JsonNode value = new ObjectMapper().readTree(record.value());
            assertThat(value.get("read_source").asText()).isEqualTo(topic);
            inTopic.put(
                    value.get("read_partition").asText() + "/"
                            + value.get("read_offset").asText(),
                    new Verdict(
                            value.get("reason").asText(),
                            value.get("raw_base64").asText()));
        }
        assertThat(inTopic.equals(expected))
                .as("the topic of rejected messages")
                .isTrue();

        Map<String, Verdict> inLake = new HashMap<>();
        for (JsonNode row : lines(cli.run(
                "query",
                "--lake",
                lake,
                "select reason, raw, read_partition, read_offset from rejected",
                "-o",
                "json"))) {
            inLake.put(
                    row.get("read_partition").asText() + "/"
                            + row.get("read_offset").asText(),
                    new Verdict(row.get("reason").asText(), row.get("raw").asText()));
        }
        assertThat(inLake.equals(expected))
                .as("the lake's table of rejected messages")
                .isTrue();
    }
}

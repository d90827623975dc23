package dev.candlewick.benchmarks.filter;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.candlewick.connectors.format.AvroSchemas;
import dev.candlewick.connectors.format.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.jspecify.annotations.Nullable;

/** How the formats are usually read: the plain use of a library, into an object with decimals. */
final class PlainDecoders {
    private PlainDecoders() {}

    /** A trade as one usually declares it. */
    static final class PlainTrade {
        /** Event time. */
        @JsonProperty("event_time_ns")
        public long eventTimeNanos;

        /** Receive time. */
        @JsonProperty("recv_time_ns")
        public long receiveTimeNanos;

        /** Venue. */
        @JsonProperty("venue")
        public @Nullable String venue;

        /** Symbol. */
        @JsonProperty("symbol")
        public @Nullable String symbol;

        /** Id. */
        @JsonProperty("trade_id")
        public @Nullable String id;

        /** Price. */
        @JsonProperty("price")
        public @Nullable BigDecimal price;

        /** Size. */
        @JsonProperty("size")
        public @Nullable BigDecimal size;

        /** Side. */
        @JsonProperty("side")
        public @Nullable String side;
    }

    /** Reads one message. */
    interface PlainDecoder {
        PlainTrade decode(byte[] message);
    }

    /** A way to read a format. */
    record Named(WireFormat format, String name, PlainDecoder decoder) {}

    /** All of them; the layout of {@code binary} is of our own, so no library reads it. */
    static List<Named> all() {
        ObjectMapper mapper = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        ObjectReader bean = mapper.readerFor(PlainTrade.class);
        BinaryMessageDecoder<GenericRecord> generic =
                new BinaryMessageDecoder<>(GenericData.get(), AvroSchemas.trade());
        return List.of(
                new Named(WireFormat.JSON, "Jackson databind, to a bean", message -> {
                    try {
                        return bean.readValue(message);
                    } catch (IOException e) {
                        throw new UncheckedIOException("a trade must be readable, was not", e);
                    }
                }),
                new Named(WireFormat.JSON, "Jackson databind, to a tree", message -> {
                    try {
                        return ofTree(mapper.readTree(message));
                    } catch (IOException e) {
                        throw new UncheckedIOException("a trade must be readable, was not", e);
                    }
                }),
                new Named(WireFormat.AVRO, "Avro generic reader, single object", message -> {
                    try {
                        return ofRecord(generic.decode(message));
                    } catch (IOException e) {
                        throw new UncheckedIOException("a trade must be readable, was not", e);
                    }
                }),
                new Named(WireFormat.CSV, "String.split, no quotes", PlainDecoders::ofLine));
    }

    private static PlainTrade ofTree(JsonNode tree) {
        PlainTrade trade = new PlainTrade();
        trade.eventTimeNanos = tree.get("event_time_ns").asLong();
        trade.receiveTimeNanos = tree.get("recv_time_ns").asLong();
        trade.venue = tree.get("venue").asText();
        trade.symbol = tree.get("symbol").asText();
        trade.id = tree.get("trade_id").asText();
        trade.price = new BigDecimal(tree.get("price").asText());
        trade.size = new BigDecimal(tree.get("size").asText());
        trade.side = tree.get("side").asText();
        return trade;
    }

    private static PlainTrade ofRecord(GenericRecord values) {
        PlainTrade trade = new PlainTrade();
        trade.eventTimeNanos = (Long) values.get("event_time_ns");
        trade.receiveTimeNanos = (Long) values.get("recv_time_ns");
        trade.venue = values.get("venue").toString();
        trade.symbol = values.get("symbol").toString();
        trade.id = values.get("trade_id").toString();
        trade.price = new BigDecimal(values.get("price").toString());
        trade.size = new BigDecimal(values.get("size").toString());
        trade.side = values.get("side").toString();
        return trade;
    }

    private static PlainTrade ofLine(byte[] message) {
        String[] fields = new String(message, StandardCharsets.UTF_8).split(",", -1);
        PlainTrade trade = new PlainTrade();
        trade.receiveTimeNanos = Long.parseLong(fields[1]);
        trade.eventTimeNanos = Long.parseLong(fields[2]);
        trade.venue = fields[3];
        trade.symbol = fields[4];
        trade.id = fields[5];
        trade.price = new BigDecimal(fields[6]);
        trade.size = new BigDecimal(fields[7]);
        trade.side = fields[8];
        return trade;
    }
}

package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;

/** Avro's single-object encoding is what Avro's own library writes and reads, and trusts no byte. */
final class AvroTest {
    private static final FeedRules RULES = FeedRules.builder().build();

    private final TradeValidator validator = new TradeValidator(RULES);
    private final Decoded out = new Decoded();

    private static Trade trade() {
        Trade trade = new Trade();
        trade.instrument = Instrument.ofVenue("binance", "XRP/ETH", 12, 8);
        trade.eventTimeNanos = 1570752011620000000L;
        trade.setId("13519807");
        trade.priceScaled = 1413420000L;
        trade.sizeScaled = 2300000000L;
        trade.side = "sell";
        trade.placePartition = 2;
        trade.placePosition = 258;
        return trade;
    }

    private Decoded decode(MessageDecoder decoder, byte[] message) {
        decoder.decode(message, 0, message.length, new ReadContext().readFromLog(0, 8, 900), out);
        return out;
    }

    private Decoded decode(byte[] message) {
        return decode(new AvroDecoder(validator), message);
    }

    private static byte[] encode(GenericRecord record) throws Exception {
        ByteBuffer encoded = new BinaryMessageEncoder<>(new GenericData(), record.getSchema()).encode(record);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    @Test
    void writesTheDocumentedBytes() {
        assertThat(HexFormat.of().formatHex(new AvroEncoder().encode(trade())))
                .isEqualTo("c301" + "d92b87e51dc59009" + "8084b9adbca8b7cc2b" + "00" + "0e62696e616e6365"
                        + "0e5852502f455448" + "02103133353139383037" + "00" + "14302e3030313431333432" + "043233"
                        + "020873656c6c" + "00" + "00" + "0204" + "028404");
    }

    @Test
    void readsAndWritesWhatTheLibraryDoes() throws Exception {
        GenericRecord record = new BinaryMessageDecoder<GenericRecord>(new GenericData(), AvroSchemas.trade())
                .decode(new AvroEncoder().encode(trade()));
        assertThat(record.toString())
                .isEqualTo("{\"event_time_ns\": 1570752011620000000, \"recv_time_ns\": null, \"venue\": \"binance\","
                        + " \"symbol\": \"XRP/ETH\", \"trade_id\": \"13519807\", \"sequence\": null,"
                        + " \"price\": \"0.00141342\", \"size\": \"23\", \"side\": \"sell\", \"conditions\": null,"
                        + " \"flags\": null, \"source_partition\": 2, \"row\": 258}");
        byte[] message = encode(new GenericRecordBuilder(AvroSchemas.trade())
                .set("event_time_ns", 1570752011620000000L)
                .set("recv_time_ns", 1570752011620000007L)
                .set("venue", "b")
                .set("symbol", "ÄÖ/€")
                .set("trade_id", "007")
                .set("sequence", -5L)
                .set("price", "15e-1")
                .set("size", "1.50")
                .set("conditions", "@F")
                .set("flags", "x")
                .build());
        assertThat(decode(message).isTrade()).isTrue();
        Trade trade = out.trade();
        assertThat(trade.eventTimeNanos).isEqualTo(1570752011620000000L);
        assertThat(trade.receiveTimeNanos).isEqualTo(1570752011620000007L);
        assertThat(trade.instrument.venue()).isEqualTo("b");
        assertThat(trade.instrument.symbol()).isEqualTo("ÄÖ/€");
        assertThat(trade.id()).isEqualTo("007");
        assertThat(trade.sequence).isEqualTo(-5);
        assertThat(trade.priceScaled).isEqualTo(1_500_000_000_000L);
        assertThat(trade.sizeScaled).isEqualTo(150_000_000L);
        assertThat(trade.side).isNull();
        assertThat(trade.conditions).isEqualTo("@F");
        assertThat(trade.flags).isEqualTo("x");
        assertThat(trade.placePartition).isEqualTo(8);
        assertThat(trade.placePosition).isEqualTo(900);
    }

    @Test
    void carriesThePlaceOverTheReadPosition() {
        assertThat(decode(new AvroEncoder().encode(trade())).isTrade()).isTrue();
        assertThat(out.trade().placePartition).isEqualTo(2);
        assertThat(out.trade().placePosition).isEqualTo(258);
        assertThat(out.trade().readPartition).isEqualTo(8);
        assertThat(out.trade().readOffset).isEqualTo(900);
    }

    @Test
    void filtersOrdersByTheirFingerprintAlone() throws Exception {
        byte[] order = encode(new GenericRecordBuilder(AvroSchemas.order())
                .set("event_time_ns", 1L)
                .set("venue", "v")
                .set("symbol", "s")
                .set("action", "add")
                .set("order_id", "1")
                .build());
        assertThat(decode(order).kind()).isEqualTo(Decoded.Kind.FILTERED);
        assertThat(out.readOffset()).isEqualTo(900);
        assertThat(decode(Arrays.copyOf(order, AvroLayout.HEADER_BYTES)).kind()).isEqualTo(Decoded.Kind.FILTERED);
        order[5] ^= 1;
        assertThat(decode(order).rejected().message())
                .startsWith("avro fingerprint must be that of a registered schema, was ");
    }

    /** An older schema without some fields, and a newer one with more, in another order and under another name. */
    @Test
    void resolvesRegisteredSchemas() throws Exception {
        Schema older = SchemaBuilder.record("Trade")
                .namespace("dev.candlewick")
                .fields()
                .requiredString("symbol")
                .requiredString("venue")
                .requiredString("price")
                .requiredString("size")
                .requiredLong("event_time_ns")
                .endRecord();
        Schema newer = SchemaBuilder.record("TradeV2")
                .fields()
                .name("tags")
                .type()
                .map()
                .values()
                .array()
                .items()
                .doubleType()
                .noDefault()
                .name("kind")
                .type()
                .enumeration("Kind")
                .symbols("A", "B")
                .noDefault()
                .requiredLong("event_time_ns")
                .requiredString("venue")
                .name("instrument")
                .aliases("symbol")
                .type()
                .stringType()
                .noDefault()
                .requiredBoolean("firm")
                .requiredFloat("weight")
                .name("hash")
                .type()
                .fixed("Hash")
                .size(3)
                .noDefault()
                .requiredBytes("blob")
                .requiredString("price")
                .requiredString("size")
                .optionalInt("sequence")
                .endRecord();
        AvroDecoder decoder =
                new AvroDecoder(validator, AvroSchemas.of(List.of(AvroSchemas.trade(), older, newer), List.of()));
        byte[] old = encode(new GenericRecordBuilder(older)
                .set("symbol", "S")
                .set("venue", "V")
                .set("price", "2")
                .set("size", "3")
                .set("event_time_ns", 1570752011620000000L)
                .build());
        assertThat(decode(decoder, old).isTrade()).isTrue();
        assertThat(out.trade().instrument.key()).isEqualTo("V|S");
        assertThat(out.trade().priceScaled).isEqualTo(2_000_000_000_000L);
        byte[] later = encode(new GenericRecordBuilder(newer)
                .set("tags", Map.of("x", List.of(1.0, 2.0), "y", List.of()))
                .set("kind", new GenericData.EnumSymbol(newer.getField("kind").schema(), "B"))
                .set("event_time_ns", 1570752011620000000L)
                .set("venue", "V")
                .set("instrument", "S")
                .set("firm", true)
                .set("weight", 1.5f)
                .set("hash", new GenericData.Fixed(newer.getField("hash").schema(), new byte[] {1, 2, 3}))
                .set("blob", ByteBuffer.wrap(new byte[40]))
                .set("price", "2")
                .set("size", "3")
                .set("sequence", 77)
                .build());
        assertThat(decode(decoder, later).isTrade())
                .as(() -> out.rejected().message())
                .isTrue();
        assertThat(out.trade().instrument.key()).isEqualTo("V|S");
        assertThat(out.trade().sequence).isEqualTo(77);
        // The published decoder does not know these.
        assertThat(decode(old).rejected().reason()).isEqualTo(Reason.UNPARSABLE);
        assertThat(decode(later).rejected().reason()).isEqualTo(Reason.UNPARSABLE);
    }

    @Test
    void refusesSchemasThatCannotHoldTrades() {
        Schema floating =
                SchemaBuilder.record("T").fields().requiredDouble("price").endRecord();
        assertThatThrownBy(() -> AvroSchemas.of(List.of(floating), List.of()))
                .hasMessage("Avro field price must be a string, was double");
        Schema nothing = SchemaBuilder.record("T")
                .fields()
                .name("x")
                .type()
                .array()
                .items()
                .nullType()
                .noDefault()
                .endRecord();
        assertThatThrownBy(() -> AvroSchemas.of(List.of(nothing), List.of()))
                .hasMessageContaining("items of at least one byte");
    }

    @Test
    void refusesHostileLengths() throws Exception {
        Schema schema = SchemaBuilder.record("T")
                .fields()
                .name("x")
                .type()
                .array()
                .items()
                .longType()
                .noDefault()
                .requiredLong("event_time_ns")
                .requiredString("venue")
                .requiredString("symbol")
                .requiredString("price")
                .requiredString("size")
                .endRecord();
        AvroDecoder decoder = new AvroDecoder(validator, AvroSchemas.of(List.of(schema), List.of()));
        String header = HexFormat.of()
                .formatHex(encode(new GenericRecordBuilder(schema)
                        .set("x", List.of())
                        .set("event_time_ns", 0L)
                        .set("venue", "")
                        .set("symbol", "")
                        .set("price", "")
                        .set("size", "")
                        .build()))
                .substring(0, 20);
        String rest = "8084b9adbca8b7cc2b" + "0256" + "0253" + "0232" + "0233";
        assertThat(decode(decoder, hex(header + "00" + rest)).isTrade()).isTrue();
        // A block of two items that says its bytes.
        assertThat(decode(decoder, hex(header + "0304020200" + rest)).isTrade()).isTrue();
        for (String body : List.of(
                "fe".repeat(12) + rest, // a number of more than 64 bits
                "ffffffffffffffffff01" + "00" + rest, // −2^63 items
                "feffffffffffffffff01" + "00" + rest, // 2^63 − 1 items
                "01" + "03" + "00" + rest, // one item in −2 bytes
                "01" + "feffffff0f" + "00" + rest, // one item in 2 GB
                "00" + "8084b9adbca8b7cc2b" + "01" + "0253" + "0232" + "0233", // a text of −1 bytes
                "00" + "8084b9adbca8b7cc2b" + "feffffff0f" + "0253" + "0232" + "0233", // a text of 2 GB
                "00" + "8084b9adbca8b7cc2b" + "02ff" + "0253" + "0232" + "0233", // no UTF-8
                "00" + rest + "00", // one byte more
                "00" + rest.substring(0, rest.length() - 2))) {
            assertThat(decode(decoder, hex(header + body)).rejected().reason())
                    .as(body)
                    .isEqualTo(Reason.UNPARSABLE);
        }
        assertThat(decode("Obj\u0001and more".getBytes(StandardCharsets.ISO_8859_1))
                        .rejected()
                        .message())
                .contains("must begin with bytes c3 01", "an Avro container file, which is not read");
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    /** Whatever is done to a message, it has one verdict, and an accepted one is read as the library reads it. */
    @Test
    void mutationsHaveOneVerdictEachThatTheLibraryShares() throws Exception {
        BinaryMessageDecoder<GenericRecord> library =
                new BinaryMessageDecoder<>(new GenericData(), AvroSchemas.trade());
        MessageDecoder decoder = WireFormat.AVRO.newDecoder(validator);
        byte[] valid = new AvroEncoder().encode(trade());
        Map<Decoded.Kind, Integer> kinds = new EnumMap<>(Decoded.Kind.class);
        for (long seed = 0; seed < 100_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] message = valid.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = AvroLayout.HEADER_BYTES + random.nextInt(message.length - AvroLayout.HEADER_BYTES);
                switch (random.nextInt(4)) {
                    case 0 -> message[at] = (byte) random.nextInt();
                    case 1 -> message[at] ^= (byte) (1 << random.nextInt(8));
                    case 2 -> message = Arrays.copyOf(message, Math.max(AvroLayout.HEADER_BYTES + 1, at));
                    default -> {
                        byte[] longer = Arrays.copyOf(message, message.length + 1);
                        System.arraycopy(message, at, longer, at + 1, message.length - at);
                        message = longer;
                    }
                }
            }
            try {
                decode(decoder, message);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
            kinds.merge(out.kind(), 1, Integer::sum);
            if (out.isTrade()) {
                GenericRecord record = library.decode(message);
                assertThat(out.trade().eventTimeNanos).as("seed " + seed).isEqualTo(record.get("event_time_ns"));
                assertThat(out.trade().instrument.symbol())
                        .as("seed " + seed)
                        .isEqualTo(record.get("symbol").toString());
            } else {
                assertThat(out.rejected().raw()).as("seed " + seed).isEqualTo(message);
            }
        }
        assertThat(kinds.get(Decoded.Kind.REJECTED)).isGreaterThan(20_000);
        assertThat(kinds.get(Decoded.Kind.TRADE)).isGreaterThan(5_000);
        assertThat(kinds).doesNotContainKey(Decoded.Kind.FILTERED);
    }

    @Test
    void movesTextsOfFieldsAsTheyStand() {
        Map<TradeField, String> fields = new EnumMap<>(TradeField.class);
        fields.put(TradeField.EVENT_TIME_NS, "1570752011620000000");
        fields.put(TradeField.VENUE, "v");
        fields.put(TradeField.SYMBOL, "s");
        fields.put(TradeField.PRICE, "no price");
        fields.put(TradeField.SIZE, "1.500");
        fields.put(TradeField.TRADE_ID, "007");
        fields.put(TradeField.ROW, "12");
        byte[] message = AvroText.write(field -> fields.getOrDefault(field, ""));
        assertThat(message).isNotNull();
        Map<TradeField, String> read = new EnumMap<>(TradeField.class);
        assertThat(AvroText.read(message, read::put)).isTrue();
        assertThat(read).isEqualTo(fields);
        for (String time : List.of("", "1.5", "+1", "x", "99999999999999999999")) {
            fields.put(TradeField.EVENT_TIME_NS, time);
            assertThat(AvroText.write(field -> fields.getOrDefault(field, "")))
                    .as(time)
                    .isNull();
        }
    }
}

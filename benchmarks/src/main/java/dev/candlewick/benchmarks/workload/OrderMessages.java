package dev.candlewick.benchmarks.workload;

import dev.candlewick.connectors.format.AvroSchemas;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageEncoder;

/** Messages about orders, each about as long as a trade, as they stand between trades in a firehose. */
public final class OrderMessages {
    private static final int COUNT = 1_000;
    private static final int TYPE_AT = 2;
    private static final byte TYPE_ORDER = 2;

    private OrderMessages() {}

    /** A thousand different ones in a format. */
    public static byte[][] of(WireFormat format) {
        byte[][] messages = new byte[COUNT][];
        for (int i = 0; i < COUNT; i++) {
            messages[i] = switch (format) {
                case CSV ->
                    utf8("add,%d,%d,alpha,SYMBOL-%d,%d,%s,0.0125,buy,,"
                            .formatted(nanos(i), nanos(i), i % 50, orderId(i), price(i)));
                case JSON ->
                    utf8(
                            "{\"type\":\"add\",\"recv_time_ns\":%d,\"event_time_ns\":%d,\"venue\":\"alpha\",\"symbol\":\"SYMBOL-%d\",\"order_id\":\"%d\",\"price\":\"%s\",\"size\":\"0.0125\",\"side\":\"buy\"}"
                                    .formatted(nanos(i), nanos(i), i % 50, orderId(i), price(i)));
                case BINARY -> binary(i);
                case AVRO -> avro(i);
            };
        }
        return messages;
    }

    /** The layout of binary orders is no matter of this project: a trade's bytes with another type. */
    private static byte[] binary(int i) {
        Trade trade = new Trade();
        trade.instrument = Instrument.ofVenue("alpha", "SYMBOL-" + i % 50, 8, 8);
        trade.eventTimeNanos = nanos(i);
        trade.receiveTimeNanos = nanos(i) + 250_000;
        trade.setIdNumber(orderId(i));
        trade.priceScaled = 4_200_000_000_000L + i;
        trade.sizeScaled = 1_250_000L;
        trade.side = "buy";
        trade.placePosition = i;
        byte[] message = WireFormat.BINARY.newEncoder().encode(trade);
        message[TYPE_AT] = TYPE_ORDER;
        return message;
    }

    private static byte[] avro(int i) {
        try {
            ByteBuffer encoded = new BinaryMessageEncoder<>(new GenericData(), AvroSchemas.order())
                    .encode(new GenericRecordBuilder(AvroSchemas.order())
                            .set("event_time_ns", nanos(i))
                            .set("venue", "alpha")
                            .set("symbol", "SYMBOL-" + i % 50)
                            .set("action", "add")
                            .set("order_id", Long.toString(orderId(i)))
                            .set("price", price(i))
                            .set("size", "0.0125")
                            .build());
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new IllegalStateException("an order must be writable in its own schema, was not", e);
        }
    }

    private static long nanos(int i) {
        return TradeWorkload.START_NANOS + i;
    }

    private static long orderId(int i) {
        return 7_000_000_000L + i;
    }

    private static String price(int i) {
        return 42_000 + i + "." + (10 + i % 90);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

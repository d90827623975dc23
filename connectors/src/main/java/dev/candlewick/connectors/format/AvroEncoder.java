package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Trade;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes a trade as one message of {@link AvroLayout} in the published schema, with its place. */
public final class AvroEncoder implements MessageEncoder {
    private static final byte[] HEADER = AvroLayout.header(AvroSchemas.fingerprint(AvroSchemas.trade()));

    private final ByteWriter digits = new ByteWriter(64);

    @Override
    public void encode(Trade trade, ByteWriter into) {
        into.put(HEADER).putZigZag(trade.eventTimeNanos);
        number(trade.receiveTimeNanos != Trade.TIME_ABSENT, trade.receiveTimeNanos, into);
        text(trade.instrument.venueUtf8(), into);
        text(trade.instrument.symbolUtf8(), into);
        switch (trade.idKind) {
            case Trade.ID_NUMBER -> {
                digits.clear();
                digits.putNumber(trade.idNumber);
                digits(into.putZigZag(1));
            }
            case Trade.ID_TEXT -> text(trade.idText, into.putZigZag(1));
            default -> into.putZigZag(0);
        }
        number(trade.hasSequence, trade.sequence, into);
        digits.clear();
        digits.putDecimal(trade.priceScaled, trade.instrument.priceScale());
        digits(into);
        digits.clear();
        digits.putDecimal(trade.sizeScaled, trade.instrument.sizeScale());
        digits(into);
        optional(trade.side, into);
        optional(trade.conditions, into);
        optional(trade.flags, into);
        number(true, trade.placePartition, into);
        number(true, trade.placePosition, into);
    }

    private void digits(ByteWriter into) {
        into.putZigZag(digits.length());
        into.put(digits.buffer(), 0, digits.length());
    }

    static void number(boolean present, long value, ByteWriter into) {
        if (present) {
            into.putZigZag(1).putZigZag(value);
        } else {
            into.putZigZag(0);
        }
    }

    static void optional(@Nullable String text, ByteWriter into) {
        if (text == null || text.isEmpty()) {
            into.putZigZag(0);
        } else {
            text(text.getBytes(StandardCharsets.UTF_8), into.putZigZag(1));
        }
    }

    static void text(byte[] utf8, ByteWriter into) {
        into.putZigZag(utf8.length).put(utf8);
    }
}

package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Trade;
import org.jspecify.annotations.Nullable;

/**
 * Writes a trade as one CSV line with all canonical columns ({@link CsvLayout#HEADER_WITH_SEQUENCE}), without a line end.
 *
 * <p>{@code row} is the position of the trade's place; CSV does not carry the place's partition.
 */
public final class CsvEncoder implements MessageEncoder {
    @Override
    public void encode(Trade trade, ByteWriter into) {
        into.putNumber(trade.placePosition).put(',');
        if (trade.receiveTimeNanos != Trade.TIME_ABSENT) {
            into.putNumber(trade.receiveTimeNanos);
        }
        into.put(',').putNumber(trade.eventTimeNanos).put(',');
        text(trade.instrument.venueUtf8(), into);
        into.put(',');
        text(trade.instrument.symbolUtf8(), into);
        into.put(',');
        if (trade.idKind == Trade.ID_NUMBER) {
            into.putNumber(trade.idNumber);
        } else if (trade.idKind == Trade.ID_TEXT) {
            text(trade.idText, into);
        }
        into.put(',').putDecimal(trade.priceScaled, trade.instrument.priceScale());
        into.put(',').putDecimal(trade.sizeScaled, trade.instrument.sizeScale());
        into.put(',');
        text(trade.side, into);
        into.put(',');
        text(trade.conditions, into);
        into.put(',');
        text(trade.flags, into);
        into.put(',');
        if (trade.hasSequence) {
            into.putNumber(trade.sequence);
        }
    }

    private static void text(@Nullable String text, ByteWriter into) {
        if (text != null && !text.isEmpty()) {
            text(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), into);
        }
    }

    private static void text(byte[] utf8, ByteWriter into) {
        boolean plain = true;
        for (byte b : utf8) {
            plain &= b != ',' && b != '"' && b != '\n' && b != '\r';
        }
        if (plain) {
            into.put(utf8);
            return;
        }
        into.put('"');
        for (byte b : utf8) {
            if (b == '"') {
                into.put('"');
            }
            into.put(b);
        }
        into.put('"');
    }
}

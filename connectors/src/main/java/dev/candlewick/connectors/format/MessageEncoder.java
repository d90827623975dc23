package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Trade;

/** Writes a trade as one message of a format, such that its decoder gives the same trade; one thread. */
public interface MessageEncoder {
    /** Appends one message without any separator behind it. */
    void encode(Trade trade, ByteWriter into);

    /** One message as an array of its own. */
    default byte[] encode(Trade trade) {
        ByteWriter writer = new ByteWriter(160);
        encode(trade, writer);
        return writer.toByteArray();
    }
}

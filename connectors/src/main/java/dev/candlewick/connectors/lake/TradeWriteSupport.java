package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.nio.charset.StandardCharsets;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/** Writes the trades table; the trade is a reused carrier and nothing of it is kept. */
final class TradeWriteSupport extends LakeWriteSupport<Trade> {
    private @Nullable Instrument lastInstrument;
    private Binary venue = Binary.EMPTY;
    private Binary symbol = Binary.EMPTY;
    private @Nullable String lastSide;
    private Binary side = Binary.EMPTY;

    TradeWriteSupport(LakeTarget target) {
        super(LakeTable.TRADES, target);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // Interned instruments: identity is only a shortcut.
    protected void writeOwn(Trade trade) {
        Instrument instrument = trade.instrument;
        if (instrument != lastInstrument) {
            lastInstrument = instrument;
            venue = Binary.fromConstantByteArray(instrument.venueUtf8());
            symbol = Binary.fromConstantByteArray(instrument.symbolUtf8());
        }
        bigint(trade.eventTimeNanos);
        time(trade.receiveTimeNanos);
        binary(venue);
        binary(symbol);
        switch (trade.idKind) {
            case Trade.ID_NUMBER -> varcharDigits(trade.idNumber);
            case Trade.ID_TEXT -> binary(Binary.fromConstantByteArray(trade.idText));
            default -> skip();
        }
        if (trade.hasSequence) {
            bigint(trade.sequence);
        } else {
            skip();
        }
        price(trade.priceScaled, instrument.priceScale());
        size(trade.sizeScaled, instrument.sizeScale());
        side(trade.side);
        varchar(trade.conditions);
        varchar(trade.flags);
        integer(trade.placePartition);
        bigint(trade.placePosition);
        source(trade.readSource);
        integer(trade.readPartition);
        bigint(trade.readOffset);
        time(trade.ingestTimeNanos);
        bool(trade.late);
        bigint(trade.disorderNanos);
    }

    private void side(@Nullable String value) {
        if (value == null) {
            skip();
            return;
        }
        if (!value.equals(lastSide)) {
            lastSide = value;
            side = Binary.fromConstantByteArray(value.getBytes(StandardCharsets.UTF_8));
        }
        binary(side);
    }
}

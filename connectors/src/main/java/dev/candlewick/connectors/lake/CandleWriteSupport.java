package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;

/** Writes the candles table. */
final class CandleWriteSupport extends LakeWriteSupport<Candle> {
    CandleWriteSupport(LakeTarget target) {
        super(LakeTable.CANDLES, target);
    }

    @Override
    protected void writeOwn(Candle candle) {
        LakeScales scales = target.scales();
        int priceScale = candle.priceScale();
        varchar(candle.venue());
        varchar(candle.symbol());
        varchar(candle.interval().name());
        bigint(candle.startNanos());
        bigint(candle.endNanos());
        price(candle.openScaled(), priceScale);
        price(candle.highScaled(), priceScale);
        price(candle.lowScaled(), priceScale);
        price(candle.closeScaled(), priceScale);
        decimal(candle.volume(), candle.sizeScale(), scales.sizeScale(), candle);
        decimal(candle.notional(), candle.notionalScale(), scales.notionalScale(), candle);
        Int128 vwap = candle.vwapScaled();
        if (vwap == null) {
            skip();
        } else {
            decimal(vwap, Decimals.vwapScale(priceScale), scales.priceScale(), candle);
        }
        bigint(candle.trades());
        time(candle.firstTradeNanos());
        time(candle.lastTradeNanos());
        bigint(candle.revision());
        varchar(candle.reason().name());
        bool(candle.isFinal());
        hex(candle.digest());
        varcharList(CandleFlag.names(candle.flags()));
        profile();
    }
}

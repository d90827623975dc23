package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;

/** Writes the vwap table. */
final class VwapWriteSupport extends LakeWriteSupport<VwapRow> {
    VwapWriteSupport(LakeTarget target) {
        super(LakeTable.VWAP, target);
    }

    @Override
    protected void writeOwn(VwapRow row) {
        LakeScales scales = target.scales();
        varchar(row.venue());
        varchar(row.symbol());
        bigint(row.atNanos());
        Int128 vwap = row.vwapScaled();
        if (vwap == null) {
            skip();
        } else {
            decimal(vwap, Decimals.vwapScale(row.priceScale()), scales.priceScale(), row);
        }
        decimal(row.volume(), row.sizeScale(), scales.sizeScale(), row);
        decimal(row.notional(), row.notionalScale(), scales.notionalScale(), row);
        bigint(row.trades());
        bigint(row.revision());
        varchar(row.reason().name());
        profile();
    }
}

package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.QualityEvent;

/** Writes the quality table. */
final class QualityWriteSupport extends LakeWriteSupport<QualityEvent> {
    QualityWriteSupport(LakeTarget target) {
        super(LakeTable.QUALITY, target);
    }

    @Override
    protected void writeOwn(QualityEvent row) {
        varchar(row.kind().name());
        varchar(row.venue());
        varchar(row.symbol());
        bigint(row.eventTimeNanos());
        time(row.startNanos());
        time(row.endNanos());
        bigint(row.count());
        varchar(row.detail());
        profile();
    }
}

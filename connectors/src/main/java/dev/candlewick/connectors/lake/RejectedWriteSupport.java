package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Rejected;
import org.apache.parquet.io.api.Binary;

/** Writes the rejected table. */
final class RejectedWriteSupport extends LakeWriteSupport<Rejected> {
    RejectedWriteSupport(LakeTarget target) {
        super(LakeTable.REJECTED, target);
    }

    @Override
    protected void writeOwn(Rejected row) {
        varchar(row.reason().name());
        varchar(row.message());
        binary(Binary.fromConstantByteArray(row.raw()));
        time(row.eventTimeNanos());
        time(row.receiveTimeNanos());
        time(row.ingestTimeNanos());
        source(row.readSource());
        integer(row.readPartition());
        bigint(row.readOffset());
    }
}

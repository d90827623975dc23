package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.MinuteReport;

/** Writes the reports table. */
final class ReportWriteSupport extends LakeWriteSupport<MinuteReport> {
    ReportWriteSupport(LakeTarget target) {
        super(LakeTable.REPORTS, target);
    }

    @Override
    protected void writeOwn(MinuteReport row) {
        varchar(row.venue());
        varchar(row.symbol());
        bigint(row.startNanos());
        bigint(row.endNanos());
        bigint(row.trades());
        bigint(row.duplicates());
        bigint(row.conflicts());
        bigint(row.suspects());
        bigint(row.outliers());
        bigint(row.zeroSizes());
        bigint(row.staleRuns());
        bigint(row.gaps500Millis());
        bigint(row.gaps5Seconds());
        bigint(row.gaps30Seconds());
        bigint(row.missingSequences());
        bigint(row.latencyCount());
        time(row.latencyMinNanos());
        time(row.latencyP50Nanos());
        time(row.latencyP90Nanos());
        time(row.latencyP99Nanos());
        time(row.latencyMaxNanos());
        time(row.largestGapNanos());
        time(row.largestGapStartNanos());
        time(row.largestHole());
        time(row.worstOutlierBasisPoints());
        profile();
    }
}

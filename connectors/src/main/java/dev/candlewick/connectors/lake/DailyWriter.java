package dev.candlewick.connectors.lake;

import dev.candlewick.core.number.Int128;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.LocalOutputFile;

/** Writes rows of the table {@code daily} into the staging of an appending run, one file a day. */
public final class DailyWriter {
    private DailyWriter() {}

    /**
     * Stages rows; {@link LakePublisher#append} publishes them.
     *
     * @param run an appending run
     * @param rows rows of any days
     * @param knownAt when they became known
     */
    public static void stage(LakeRun run, List<DailyRow> rows, NanosClock knownAt) {
        LakePartitions partitions = new LakePartitions(LakeTable.DAILY, run.version(), null);
        Map<String, List<DailyRow>> days = new TreeMap<>();
        for (DailyRow row : rows) {
            days.computeIfAbsent(partitions.at(row.startNanos()), day -> new ArrayList<>())
                    .add(row);
        }
        LakeTarget target = run.target(List.of(), "", knownAt);
        try {
            for (Map.Entry<String, List<DailyRow>> day : days.entrySet()) {
                Path file = run.root().resolve(day.getKey()).resolve("part-daily.parquet");
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                try (ParquetWriter<DailyRow> writer =
                        LakeParquet.open(new LocalOutputFile(file), LakeTable.DAILY, new Support(target))) {
                    for (DailyRow row : day.getValue()) {
                        writer.write(row);
                    }
                }
            }
        } catch (IOException e) {
            throw LakeRun.environment("write " + run.root(), e);
        }
    }

    private static final class Support extends LakeWriteSupport<DailyRow> {
        Support(LakeTarget target) {
            super(LakeTable.DAILY, target);
        }

        @Override
        protected void writeOwn(DailyRow row) {
            LakeScales scales = target.scales();
            varchar(row.venue());
            varchar(row.symbol());
            bigint(row.startNanos());
            bigint(row.startNanos() + LakePartitions.DAY_NANOS);
            put(row.first(), scales.priceScale(), row);
            put(row.last(), scales.priceScale(), row);
            put(row.high(), scales.priceScale(), row);
            put(row.low(), scales.priceScale(), row);
            put(row.volume(), scales.sizeScale(), row);
            put(row.notional(), scales.notionalScale(), row);
            BigDecimal vwap = row.vwap();
            if (vwap == null) {
                skip();
            } else {
                put(vwap, scales.priceScale(), row);
            }
            bigint(row.trades());
            bigint(row.rejects());
            bigint(row.gaps());
            bigint(row.late());
            varchar(row.profile());
        }

        private void put(BigDecimal value, int scale, DailyRow row) {
            decimal(Int128.of(value.setScale(scale).unscaledValue()), scale, scale, row);
        }
    }
}

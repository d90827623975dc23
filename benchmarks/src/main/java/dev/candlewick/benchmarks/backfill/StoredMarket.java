package dev.candlewick.benchmarks.backfill;

import dev.candlewick.benchmarks.workload.TradeGenerator;
import dev.candlewick.benchmarks.workload.TradeWorkload;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.connectors.lake.TradeFileWriter;
import dev.candlewick.core.model.Trade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A lake of simulated trades over some days, in the order in which they reached their log. */
final class StoredMarket {
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final double SKEW = 0.8;
    private static final double COPIES = 0.005;
    /** Of the days, so that the last trade lies in the last one. */
    private static final double FILLED = 0.9995;

    private StoredMarket() {}

    /** The workload of so many trades in so many days. */
    static TradeWorkload workload(long seed, long trades, int symbols, int days) {
        double wanted = trades / (days * 86_400.0 * FILLED);
        double low = 0.001;
        double high = 5.5;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            double rate = new TradeWorkload(seed, trades, symbols, SKEW, middle, COPIES, 1).tradesPerSecond();
            // The more trades a second, the fewer candles for each.
            if (rate > wanted) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new TradeWorkload(seed, trades, symbols, SKEW, (low + high) / 2, COPIES, 1);
    }

    /** Writes the lake; returns its days. */
    static List<LocalDate> write(Path lake, TradeWorkload workload, LongConsumer progress) throws IOException {
        LakeScales scales = LakeScales.covering(TradeGenerator.PRICE_SCALE, TradeGenerator.SIZE_SCALE);
        try (LakeRun run = LakeRun.bounded(lake, "market", scales, Clock.systemUTC(), note -> {})) {
            LakeTarget target = run.target(List.of("market"), "bench@0", () -> 0L);
            TradeGenerator generator = new TradeGenerator(workload);
            TradeFileWriter writer = null;
            long open = Long.MIN_VALUE;
            long written = 0;
            int files = 0;
            try {
                for (Trade trade = generator.next(); trade != null; trade = generator.next()) {
                    long day = Math.floorDiv(trade.eventTimeNanos, DAY_NANOS);
                    // Disorder at midnight makes one more small file, as a late trade does.
                    if (writer == null || day != open) {
                        close(writer);
                        writer = TradeFileWriter.create(run, target, LocalDate.ofEpochDay(day), "part-" + files++);
                        open = day;
                    }
                    writer.write(trade);
                    if (++written % 100_000 == 0) {
                        progress.accept(100_000);
                    }
                }
            } finally {
                close(writer);
            }
            LakeCatalog catalog = LakePublisher.publish(
                    run,
                    new RunReport(
                            Map.of(),
                            Map.of(),
                            List.of("market"),
                            Map.of(),
                            List.of(),
                            Map.of(LakeTable.TRADES, written)),
                    LakePublisher.Digester.NONE);
            return catalog.manifests(LakeTable.TRADES).stream()
                    .map(manifest -> manifest.place().day())
                    .distinct()
                    .sorted()
                    .toList();
        }
    }

    private static void close(@Nullable TradeFileWriter writer) throws IOException {
        if (writer != null) {
            writer.close();
        }
    }

    /** Bytes of all files below. */
    static long bytes(Path lake) throws IOException {
        try (var files = Files.walk(lake)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}

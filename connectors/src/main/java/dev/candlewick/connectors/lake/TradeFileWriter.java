package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Trade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Objects;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.LocalOutputFile;

/** Stages one file of a day's trades without a job, as the sinks of a run write theirs; for one thread. */
public final class TradeFileWriter implements AutoCloseable {
    private final ParquetWriter<Trade> writer;

    private TradeFileWriter(ParquetWriter<Trade> writer) {
        this.writer = writer;
    }

    /**
     * Opens a file that does not exist yet.
     *
     * @param name without a suffix
     */
    public static TradeFileWriter create(LakeRun run, LakeTarget target, LocalDate day, String name)
            throws IOException {
        Path directory = run.root().resolve(new LakePartition(LakeTable.TRADES, run.version(), null, day).path());
        Files.createDirectories(directory);
        return new TradeFileWriter(LakeParquet.open(
                new LocalOutputFile(Objects.requireNonNull(directory.resolve(name + ".parquet"))),
                LakeTable.TRADES,
                new TradeWriteSupport(target)));
    }

    /** Writes a trade; it is not kept. */
    public void write(Trade trade) throws IOException {
        writer.write(trade);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}

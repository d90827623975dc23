package dev.candlewick.connectors.lake;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One data file as its manifest names it; immutable.
 *
 * @param path where it is
 * @param table its table
 * @param partition its directory relative to the lake, for example {@code candles/version=1/interval=1m/year=…}
 * @param generation the generation of the partition that brought it
 * @param run the run that wrote it
 * @param rows rows in it, by its footer
 * @param bytes its size
 * @param minTimeNanos least value of the table's time column, null where no row has one
 * @param maxTimeNanos largest value of the table's time column, null where no row has one
 * @param sha256 digest of its bytes in hexadecimal, null where it was not taken
 */
public record LakeFile(
        Path path,
        LakeTable table,
        String partition,
        long generation,
        String run,
        long rows,
        long bytes,
        @Nullable Long minTimeNanos,
        @Nullable Long maxTimeNanos,
        @Nullable String sha256) {}

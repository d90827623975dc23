package dev.candlewick.local.drill;

import dev.candlewick.local.testing.JobJar;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Drills that are short enough for tests. */
final class TestDrills {
    private TestDrills() {}

    /** A drill on RocksDB, but for what is asked for. */
    static Drill.Options options(Path directory, int times, long seed, Lane lane, int messagesPerStep) {
        return options(directory, times, seed, lane, messagesPerStep, "rocksdb", null);
    }

    static Drill.Options options(
            Path directory,
            int times,
            long seed,
            Lane lane,
            int messagesPerStep,
            String backend,
            @Nullable String zooKeeper) {
        return new Drill.Options(
                times,
                seed,
                List.of(lane),
                messagesPerStep,
                backend,
                zooKeeper,
                500,
                JobJar.require(),
                directory,
                Path.of(System.getProperty("candlewick.root")),
                null);
    }
}

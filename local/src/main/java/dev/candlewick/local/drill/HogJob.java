package dev.candlewick.local.drill;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The main of a jar that a drill submits beside the job: one task that fills metaspace and heap of its TaskManager and makes
 * garbage until it is cancelled.
 */
public final class HogJob {
    static final String NAME = "hog";

    private HogJob() {}

    /** Submits it. */
    public static void main(String[] arguments) throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.getCheckpointConfig().disableCheckpointing();
        environment.setParallelism(1);
        environment.fromSequence(1, 1).map(new Hog()).sinkTo(new DiscardingSink<>());
        environment.execute(NAME);
    }

    /** Takes memory and keeps it. */
    private static final class Hog implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;
        private static final String OWN_CLASS = "dev/candlewick/local/drill/HogJob$Hog.class";
        private static final double FULL = 0.93;
        private static final int BLOCK_BYTES = 1 << 20;
        private static final int GARBAGE_BYTES = 256 << 10;
        private static final long WORK_NANOS = Duration.ofMillis(500).toNanos();
        private static final long REST_NANOS = Duration.ofMillis(250).toNanos();
        private static final List<Object> KEPT = new ArrayList<>();

        private static volatile Object garbage = "";

        @Override
        public Long map(Long value) throws Exception {
            ClassLoader loader = Hog.class.getClassLoader();
            byte[] type = bytes(loader);
            while (metaspace() < FULL) {
                // All of one loader: with one for each, the space is at its end before it is full.
                KEPT.add(MethodHandles.lookup()
                        .defineHiddenClass(type, false, MethodHandles.Lookup.ClassOption.STRONG)
                        .lookupClass());
            }
            while (heap() < FULL) {
                while (heap() < FULL) {
                    KEPT.add(new byte[BLOCK_BYTES]);
                }
                // What counts is what a collection cannot free.
                System.gc();
            }
            while (!Thread.currentThread().isInterrupted()) {
                long start = System.nanoTime();
                while (System.nanoTime() - start < WORK_NANOS) {
                    garbage = new byte[GARBAGE_BYTES];
                }
                LockSupport.parkNanos(REST_NANOS);
            }
            return value + garbage.hashCode();
        }

        private static byte[] bytes(ClassLoader loader) throws IOException {
            try (InputStream in = loader.getResourceAsStream(OWN_CLASS)) {
                if (in == null) {
                    throw new IOException(OWN_CLASS + " must be there, was missing");
                }
                return in.readAllBytes();
            }
        }

        private static double metaspace() {
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                if (pool.getName().equals("Metaspace")) {
                    return pool.getUsage().getUsed() / (double) pool.getUsage().getMax();
                }
            }
            throw new IllegalStateException("a pool Metaspace must be there, was missing");
        }

        private static double heap() {
            MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
            return heap.getUsed() / (double) heap.getMax();
        }
    }
}

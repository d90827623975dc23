package dev.candlewick.local.simulate;

import dev.candlewick.connectors.format.AvroLayout;
import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.simulate.FaultLabels;
import dev.candlewick.connectors.simulate.SimulatedEncoder;
import dev.candlewick.core.simulate.FaultSegment;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.SimulatedMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Writes a part of a simulated market as files: one of messages for each partition, and beside it one of labels below
 * {@code _faults}, which readers of the folder skip. The same bytes with any number of threads.
 */
final class MarketFiles {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int STEP = 4_096;

    private final MarketSimulator market;
    private final WireFormat format;
    private final Path folder;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong labels = new AtomicLong();

    MarketFiles(MarketSimulator market, WireFormat format, Path folder) {
        this.market = market;
        this.format = format;
        this.folder = folder;
    }

    /** Messages so far. */
    long written() {
        return written.get();
    }

    /** Labels so far. */
    long labels() {
        return labels.get();
    }

    /** The file of a partition's messages. */
    static String fileName(int partition, WireFormat format) {
        String ending = format == WireFormat.AVRO ? "avrobin" : format.optionName();
        return String.format(Locale.ROOT, "partition-%04d.%s", partition, ending);
    }

    /** How many of so many messages a partition has. */
    static long share(long messages, int partition, int partitions) {
        return messages / partitions + (partition < messages % partitions ? 1 : 0);
    }

    /**
     * Writes all files.
     *
     * @param from the position of each partition's first message
     * @param messages of all partitions together
     * @throws IOException where a file cannot be written
     */
    void write(long from, long messages, int threads, BooleanSupplier stopped) throws IOException {
        Files.createDirectories(folder.resolve("_faults"));
        int partitions = market.settings().partitions();
        ExecutorService pool = Executors.newFixedThreadPool(Math.min(threads, partitions));
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                int ofPartition = partition;
                parts.add(pool.submit(() -> {
                    write(ofPartition, from, share(messages, ofPartition, partitions), stopped);
                    return null;
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            pool.shutdownNow();
        }
    }

    private void write(int index, long from, long count, BooleanSupplier stopped) throws IOException {
        MarketPartition partition = market.partition(index);
        partition.seek(from);
        SimulatedEncoder encoder = SimulatedEncoder.of(format);
        SimulatedMessage message = new SimulatedMessage();
        ByteWriter messages = new ByteWriter(2 * BUFFER_BYTES);
        ByteWriter faults = new ByteWriter(2 * BUFFER_BYTES);
        Path faultsFile = folder.resolve("_faults").resolve(fileName(index, WireFormat.JSON));
        try (OutputStream messagesOut = Files.newOutputStream(folder.resolve(fileName(index, format)));
                OutputStream faultsOut = Files.newOutputStream(faultsFile)) {
            for (FaultSegment segment : partition.segments()) {
                FaultLabels.append(index, segment, faults);
                faults.put('\n');
            }
            for (long i = 0; i < count; i++) {
                partition.next(message);
                append(message, encoder, messages);
                if (message.isLabelled()) {
                    FaultLabels.append(message, faults);
                    faults.put('\n');
                    labels.incrementAndGet();
                }
                if ((i + 1) % STEP == 0) {
                    written.addAndGet(STEP);
                    flush(messages, messagesOut, BUFFER_BYTES);
                    flush(faults, faultsOut, BUFFER_BYTES);
                    if (stopped.getAsBoolean()) {
                        break;
                    }
                }
            }
            written.addAndGet(count % STEP);
            flush(messages, messagesOut, 1);
            flush(faults, faultsOut, 1);
        }
    }

    /** Writes a message as it stands in a file of its format. */
    private void append(SimulatedMessage message, SimulatedEncoder encoder, ByteWriter into) {
        switch (format) {
            case CSV, JSON -> {
                encoder.encode(message, into);
                into.put('\n');
            }
            case AVRO -> {
                int at = into.length();
                into.put(0).put(0).put(0).put(0);
                encoder.encode(message, into);
                int length = into.length() - at - AvroLayout.LENGTH_BYTES;
                for (int i = 0; i < AvroLayout.LENGTH_BYTES; i++) {
                    into.buffer()[at + i] = (byte) (length >>> 8 * i);
                }
            }
            case BINARY -> encoder.encode(message, into);
        }
    }

    private static void flush(ByteWriter bytes, OutputStream out, int least) throws IOException {
        if (bytes.length() >= least) {
            out.write(bytes.buffer(), 0, bytes.length());
            bytes.clear();
        }
    }
}

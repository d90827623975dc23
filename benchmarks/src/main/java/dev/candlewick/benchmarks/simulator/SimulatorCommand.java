package dev.candlewick.benchmarks.simulator;

import com.sun.management.ThreadMXBean;
import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.simulate.SimulatedEncoder;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Messages a second of the simulated market on some threads: made only, and made and written in each format, in turns in one
 * process; Kafka is not part of it.
 */
@Command(
        name = "simulator",
        description = "Messages a second of the simulated market: made, and written in each format.",
        footer =
                "%nRatios between rows of one invocation compare; absolute figures depend on the machine and on what else"
                        + " it does.")
public final class SimulatorCommand extends CandlewickCommand {

    @Option(names = "--messages", paramLabel = "N", description = "In a run (default: ${DEFAULT-VALUE}).")
    private long messages = 20_000_000;

    @Option(names = "--threads", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int threads = 2;

    @Option(names = "--runs", paramLabel = "N", description = "Of each; the median counts (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(names = "--symbols", paramLabel = "N", description = "On two venues (default: ${DEFAULT-VALUE}).")
    private int symbols = 500;

    @Option(names = "--faults", paramLabel = "RATES", description = "As for simulate (default: ${DEFAULT-VALUE}).")
    private String faults = "default";

    @Option(names = "--trades-only", description = "Without order messages.")
    private boolean tradesOnly;

    /** What one thread did. */
    private record Done(long bytes, long allocated) {}

    @Override
    protected ExitCode run() throws Exception {
        if (messages < 1 || threads < 1 || threads > symbols || runs < 1) {
            throw CommandFailure.usage(
                    "messages, threads and runs must be positive, was " + messages + ", " + threads + ", " + runs,
                    null,
                    "for example --messages 20000000 --threads 2");
        }
        MarketSettings settings = MarketSettings.of(1)
                .withPartitions(threads)
                .withInstruments(symbols, 2)
                .withMessagesPerSecond(1_000_000)
                .withFirehose(!tradesOnly);
        MarketSimulator market = new MarketSimulator(settings, FaultRates.parse(faults), Horizon.DEFAULT);
        Map<String, @Nullable WireFormat> contenders = new LinkedHashMap<>();
        contenders.put("made", null);
        for (WireFormat format : WireFormat.values()) {
            contenders.put(format.optionName(), format);
        }
        Map<String, List<Long>> rates = new LinkedHashMap<>();
        Map<String, BigDecimal> bytesEach = new LinkedHashMap<>();
        Map<String, BigDecimal> allocatedEach = new LinkedHashMap<>();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (Progress progress = progress("simulator", "runs", (long) runs * contenders.size())) {
            // The first turn warms up.
            for (int run = 0; run <= runs; run++) {
                for (Map.Entry<String, @Nullable WireFormat> contender : contenders.entrySet()) {
                    String name = contender.getKey();
                    long start = System.nanoTime();
                    List<Future<Done>> parts = new ArrayList<>();
                    for (int partition = 0; partition < threads; partition++) {
                        parts.add(pool.submit(part(market, partition, contender.getValue())));
                    }
                    long bytes = 0;
                    long allocated = 0;
                    for (Future<Done> part : parts) {
                        Done done = part.get();
                        bytes += done.bytes();
                        allocated += done.allocated();
                    }
                    long nanos = System.nanoTime() - start;
                    if (run > 0) {
                        rates.computeIfAbsent(name, key -> new ArrayList<>()).add((long) (messages / (nanos / 1e9)));
                        bytesEach.put(name, each(bytes));
                        allocatedEach.put(name, each(allocated));
                        progress.advance(1);
                    }
                }
            }
        } finally {
            pool.shutdownNow();
        }
        long binary = median(rates.getOrDefault("binary", List.of()));
        try (Output.Table table = output().table(
                        Column.text("what"),
                        Column.number("messages_per_second"),
                        Column.number("to_binary"),
                        Column.number("bytes_each"),
                        Column.number("allocated_bytes_each"))) {
            rates.forEach((name, all) -> table.row(
                    name,
                    median(all),
                    BigDecimal.valueOf(median(all)).divide(BigDecimal.valueOf(binary), 2, RoundingMode.HALF_EVEN),
                    bytesEach.get(name),
                    allocatedEach.get(name)));
        }
        return ExitCode.OK;
    }

    private Callable<Done> part(MarketSimulator market, int partition, @Nullable WireFormat format) {
        return () -> {
            ThreadMXBean threadsBean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            MarketPartition source = market.partition(partition);
            SimulatedMessage message = new SimulatedMessage();
            ByteWriter bytes = new ByteWriter(1 << 16);
            SimulatedEncoder encoder = format == null ? null : SimulatedEncoder.of(format);
            long before = threadsBean.getCurrentThreadAllocatedBytes();
            long total = 0;
            long count = messages / threads;
            for (long i = 0; i < count; i++) {
                source.next(message);
                if (encoder == null) {
                    total += message.trade.eventTimeNanos & 1;
                } else {
                    encoder.encode(message, bytes);
                    if (bytes.length() > 60_000) {
                        total += bytes.length();
                        bytes.clear();
                    }
                }
            }
            return new Done(total, threadsBean.getCurrentThreadAllocatedBytes() - before);
        };
    }

    private BigDecimal each(long total) {
        return BigDecimal.valueOf(total).divide(BigDecimal.valueOf(messages), 2, RoundingMode.HALF_EVEN);
    }

    private static long median(List<Long> values) {
        long[] sorted = values.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return sorted.length == 0 ? 1 : sorted[sorted.length / 2];
    }
}

package dev.candlewick.local.produce;

import dev.candlewick.local.cli.CommandFailure;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Simulated trades, the first of which happens when the stream starts; endless. */
public final class SimulatedStream implements TradeStream {

    private static final int RATE_MAX = 100_000;

    private final long seed;
    private final int perSecond;
    private final MessageTranscoder format;

    /**
     * A stream.
     *
     * @param seed the same seed gives the same trades, apart from when they start
     * @param perSecond how many trades happen in a second
     * @param format of the messages
     */
    public SimulatedStream(long seed, int perSecond, String format) {
        if (perSecond < 1 || perSecond > RATE_MAX) {
            throw CommandFailure.usage(
                    "rate must be in 1.." + RATE_MAX + ", was " + perSecond, "--rate", "for example 200");
        }
        this.seed = seed;
        this.perSecond = perSecond;
        this.format = Transcoders.byName(format, "--format");
    }

    @Override
    public void run(
            String topic, int partitions, Consumer<ProducerRecord<byte[], byte[]>> out, BooleanSupplier stopped) {
        SimulatedTrades trades = new SimulatedTrades(seed, perSecond);
        Instant now = Instant.now();
        long startNanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        long startTick = System.nanoTime();
        while (true) {
            SimulatedTrades.Message message = trades.next();
            Pace.sleepUntil(startTick + message.sendNanos(), stopped);
            if (stopped.getAsBoolean()) {
                return;
            }
            byte[] value = format.encode(message.fields(startNanos));
            // By turns and not by hash, so that no partition stays empty and holds back the windows of all others.
            int partition = message.symbolIndex() % partitions;
            byte[] key = message.symbol().getBytes(StandardCharsets.UTF_8);
            out.accept(new ProducerRecord<>(topic, partition, key, value));
        }
    }
}

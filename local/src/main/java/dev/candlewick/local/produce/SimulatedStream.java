package dev.candlewick.local.produce;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.simulate.FaultLabels;
import dev.candlewick.connectors.simulate.SimulatedEncoder;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.FaultSegment;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.local.cli.CommandFailure;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Messages of a simulated market in the order in which they are sent, each to its partition of the topic, and the labels of
 * faults to the topic beside it; endless unless bounded. Faults can be switched while it runs.
 */
public final class SimulatedStream implements TradeStream {

    private final Supplier<MarketSimulator> markets;
    private final WireFormat format;
    private final long from;
    private final long messages;
    /** How much faster than event time the clock runs is this many thousandths; 0 for no waiting. */
    private final long speedThousandths;

    private final AtomicReference<@Nullable FaultRates> wanted = new AtomicReference<>();
    private final AtomicLong labels = new AtomicLong();

    /** A partition with the message that it sends next. */
    private static final class Head implements Comparable<Head> {
        final MarketPartition partition;
        final SimulatedMessage message = new SimulatedMessage();
        long left;

        Head(MarketPartition partition, long left) {
            this.partition = partition;
            this.left = left;
        }

        @Override
        public int compareTo(Head other) {
            int byTime = Long.compare(message.sendNanos, other.message.sendNanos);
            return byTime != 0 ? byTime : Integer.compare(partition.partition(), other.partition.partition());
        }
    }

    /**
     * A stream.
     *
     * @param markets gives the market when the stream begins, so that it may begin at that time
     * @param from position of each partition's first message
     * @param messages how many in all, {@link Long#MAX_VALUE} without end
     * @param speed how much faster than event time the clock runs, as {@code 10x}, or {@code max}
     */
    public SimulatedStream(
            Supplier<MarketSimulator> markets, WireFormat format, long from, long messages, String speed) {
        this.markets = markets;
        this.format = format;
        this.from = from;
        this.messages = messages;
        speedThousandths = speed.equals("max") ? 0 : thousandths(speed);
    }

    private static long thousandths(String speed) {
        String number = speed.endsWith("x") || speed.endsWith("X") ? speed.substring(0, speed.length() - 1) : speed;
        long thousandths = 0;
        try {
            thousandths = new BigDecimal(number).movePointRight(3).longValue();
        } catch (NumberFormatException e) {
            // Told below, with an example.
        }
        if (thousandths < 1 || thousandths > 1_000_000_000L) {
            throw CommandFailure.usage(
                    "speed must be max or a factor from 0.001 to 1000000, was " + speed,
                    "--speed",
                    "for example 10x, or max");
        }
        return thousandths;
    }

    /** The topic of the labels. */
    public static String faultsTopic(String topic) {
        return topic + ".faults";
    }

    /** Labels sent so far. */
    public long labels() {
        return labels.get();
    }

    /** Lets faults occur at other rates from the next frame (64 trades) of each partition on; may be called by any thread. */
    public void switchFaults(FaultRates rates) {
        wanted.set(rates);
    }

    @Override
    public void run(
            String topic, int partitions, Consumer<ProducerRecord<byte[], byte[]>> out, BooleanSupplier stopped) {
        MarketSimulator market = markets.get();
        String faults = faultsTopic(topic);
        SimulatedEncoder encoder = SimulatedEncoder.of(format);
        ByteWriter bytes = new ByteWriter(512);
        int count = market.settings().partitions();
        PriorityQueue<Head> heads = new PriorityQueue<>(count);
        for (int i = 0; i < count; i++) {
            long share = messages == Long.MAX_VALUE ? messages : messages / count + (i < messages % count ? 1 : 0);
            Head head = new Head(market.partition(i), share);
            head.partition.seek(from);
            for (FaultSegment segment : head.partition.segments()) {
                label(faults, i, segment, bytes, out);
            }
            if (head.left > 0) {
                head.partition.next(head.message);
                heads.add(head);
            }
        }
        if (heads.isEmpty()) {
            return;
        }
        long firstNanos = heads.element().message.sendNanos;
        long startTick = System.nanoTime();
        while (!stopped.getAsBoolean()) {
            Head head = heads.poll();
            if (head == null) {
                return;
            }
            FaultRates rates = wanted.getAndSet(null);
            if (rates != null) {
                label(faults, head.partition.partition(), head.partition.switchRates(rates), bytes, out);
                for (Head other : heads) {
                    label(faults, other.partition.partition(), other.partition.switchRates(rates), bytes, out);
                }
            }
            SimulatedMessage message = head.message;
            if (speedThousandths > 0) {
                long delta = message.sendNanos - firstNanos;
                long passed = delta / speedThousandths * 1_000 + delta % speedThousandths * 1_000 / speedThousandths;
                Pace.sleepUntil(startTick + passed, stopped);
                if (stopped.getAsBoolean()) {
                    return;
                }
            }
            bytes.clear();
            encoder.encode(message, bytes);
            byte[] key = message.trade.instrument.symbolUtf8();
            out.accept(new ProducerRecord<>(topic, head.partition.partition(), key, bytes.toByteArray()));
            if (message.isLabelled()) {
                bytes.clear();
                FaultLabels.append(message, bytes);
                send(faults, head.partition.partition(), bytes, out);
            }
            if (--head.left > 0) {
                head.partition.next(message);
                heads.add(head);
            }
        }
    }

    private void label(
            String faults,
            int partition,
            FaultSegment segment,
            ByteWriter bytes,
            Consumer<ProducerRecord<byte[], byte[]>> out) {
        bytes.clear();
        FaultLabels.append(partition, segment, bytes);
        send(faults, partition, bytes, out);
    }

    private void send(String faults, int partition, ByteWriter bytes, Consumer<ProducerRecord<byte[], byte[]>> out) {
        labels.incrementAndGet();
        byte[] key = Integer.toString(partition).getBytes(StandardCharsets.US_ASCII);
        out.accept(new ProducerRecord<>(faults, 0, key, bytes.toByteArray()));
    }
}

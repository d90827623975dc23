package dev.candlewick.local.produce;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Trades as they would come live: each one when it is due. */
public interface TradeStream {

    /**
     * Hands out every record when it is due; returns when there are no more, or soon after it was told to stop.
     *
     * @param topic the topic of the records
     * @param partitions how many partitions the topic has
     * @param out receives the records; called by the calling thread
     * @throws dev.candlewick.local.cli.CommandFailure if an input cannot be read
     */
    void run(String topic, int partitions, Consumer<ProducerRecord<byte[], byte[]>> out, BooleanSupplier stopped);
}

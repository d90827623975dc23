package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.validate.FeedRules;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A simulated market as a source without a log: messages are made, written in a format and decoded as a reader of Kafka would,
 * as fast as they are taken.
 *
 * <p>Read source 0, read partition = the market's partition, read offset = position. Its state is one position for each
 * partition, so a restored job goes on at the exact message, at any parallelism. A reader sends the messages of its
 * partitions in the order of their times.
 *
 * @param settings the market
 * @param rates how often faults occur
 * @param horizon the job's settings for which labels of late trades hold
 * @param format in which messages are written before they are decoded
 * @param rules the feed's rules
 * @param messagesOfPartition how many messages each partition has; {@link Long#MAX_VALUE} without end
 */
public record SimulatedSource(
        MarketSettings settings,
        FaultRates rates,
        Horizon horizon,
        WireFormat format,
        FeedRules rules,
        long messagesOfPartition)
        implements Source<Decoded, SimulatedSplit, SimulatedSplit.Pending> {
    private static final long serialVersionUID = 1;

    @Override
    public Boundedness getBoundedness() {
        return messagesOfPartition == Long.MAX_VALUE ? Boundedness.CONTINUOUS_UNBOUNDED : Boundedness.BOUNDED;
    }

    @Override
    public SplitEnumerator<SimulatedSplit, SimulatedSplit.Pending> createEnumerator(
            SplitEnumeratorContext<SimulatedSplit> context) {
        List<SimulatedSplit> splits = new ArrayList<>();
        for (int partition = 0; partition < settings.partitions(); partition++) {
            splits.add(new SimulatedSplit(partition, 0));
        }
        return restoreEnumerator(context, new SimulatedSplit.Pending(splits));
    }

    @Override
    public SplitEnumerator<SimulatedSplit, SimulatedSplit.Pending> restoreEnumerator(
            SplitEnumeratorContext<SimulatedSplit> context, SimulatedSplit.Pending checkpoint) {
        return new SimulatedSplitEnumerator(context, getBoundedness() == Boundedness.BOUNDED, checkpoint.pending());
    }

    @Override
    public SourceReader<Decoded, SimulatedSplit> createReader(SourceReaderContext context) {
        return new SimulatedReader(
                context, new MarketSimulator(settings, rates, horizon), format, rules, messagesOfPartition);
    }

    @Override
    public SimpleVersionedSerializer<SimulatedSplit> getSplitSerializer() {
        return new CheckedVersionedSerializer<>(new SimulatedSplitSerializer(), "split of the simulated source");
    }

    @Override
    public SimpleVersionedSerializer<SimulatedSplit.Pending> getEnumeratorCheckpointSerializer() {
        return new CheckedVersionedSerializer<>(
                new SimulatedSplitSerializer.OfPending(), "splits of the simulated source");
    }
}

package dev.candlewick.connectors.simulate;

import java.util.List;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A partition of a simulated market and where to go on in it; immutable.
 *
 * @param partition the partition
 * @param position position of the next message
 */
public record SimulatedSplit(int partition, long position) implements SourceSplit {
    @Override
    public String splitId() {
        return Integer.toString(partition);
    }

    /**
     * What no reader has yet, as the enumerator's state.
     *
     * @param pending the splits
     */
    public record Pending(List<SimulatedSplit> pending) {
        /** Copies the list. */
        public Pending {
            pending = List.copyOf(pending);
        }
    }
}

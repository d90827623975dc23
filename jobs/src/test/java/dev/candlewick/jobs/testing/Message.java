package dev.candlewick.jobs.testing;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.oracle.OracleVerdict;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a partition as a decoder has to judge it: a trade, a rejected one, or one of another type.
 *
 * @param partition the partition as read
 * @param position the position as read
 * @param trade the record, null where the message is of another type
 * @param rejection why validation turns the record away, null where it is valid
 */
public record Message(
        int partition,
        long position,
        @Nullable OracleTrade trade,
        @Nullable Reason rejection) {
    private static final int FILTERED_EVERY = 29;

    /**
     * The messages of a history, with the verdicts of the oracle on what is invalid, and with a message of another type
     * behind every 29th record.
     */
    public static List<List<Message>> of(OracleResult result) {
        List<List<Message>> partitions = new ArrayList<>();
        for (int partition = 0; partition < result.verdicts().size(); partition++) {
            List<Message> messages = new ArrayList<>();
            for (OracleVerdict verdict : result.verdicts().get(partition)) {
                OracleTrade trade = verdict.trade();
                Reason rejection = verdict.reason() == null
                        ? null
                        : Reason.valueOf(verdict.reason().name());
                messages.add(new Message(partition, trade.readPosition(), trade, rejection));
                if (messages.size() % (FILTERED_EVERY + 1) == FILTERED_EVERY) {
                    messages.add(new Message(partition, trade.readPosition(), null, null));
                }
            }
            partitions.add(messages);
        }
        return partitions;
    }

    /** Whether the message is of another type. */
    public boolean isFiltered() {
        return trade == null;
    }

    /** Fills a carrier as a decoder would. */
    public Decoded decode(Decoded carrier, HistoryTrades trades) {
        if (trade == null) {
            return carrier.setFiltered(0, partition, position);
        }
        if (rejection != null) {
            return carrier.setRejected(new Rejected(
                    rejection,
                    "record must be valid, was " + rejection,
                    (partition + ":" + position).getBytes(StandardCharsets.UTF_8),
                    trade.eventTimeNanos(),
                    Trade.TIME_ABSENT,
                    Trade.TIME_ABSENT,
                    0,
                    partition,
                    position));
        }
        trades.fill(carrier.trade(), trade);
        return carrier.setTrade();
    }
}

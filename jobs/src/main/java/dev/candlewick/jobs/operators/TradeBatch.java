package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputDeserializer;

/**
 * Trades of one instrument in the order in which one subtask stamped them, in their serialized form; what the shuffle of a
 * streaming run moves, so that what Flink does for a record is done once for many trades.
 *
 * <p>The bytes are in the layout of {@link TradeLayout}. A batch that was just gathered shares its array with the gatherer
 * until the call that emits it returns; {@link #copy} makes one of its own.
 */
public final class TradeBatch {
    final Instrument instrument;
    final int trades;
    final byte[] bytes;
    final int length;

    /**
     * A batch over the first bytes of an array.
     *
     * @param trades how many, at least one
     * @param length how many bytes they take
     */
    TradeBatch(Instrument instrument, int trades, byte[] bytes, int length) {
        this.instrument = instrument;
        this.trades = trades;
        this.bytes = bytes;
        this.length = length;
    }

    TradeBatch copy() {
        return new TradeBatch(instrument, trades, Arrays.copyOf(bytes, length), length);
    }

    /** Reads batches trade by trade into one object that is used again; one thread. */
    static final class Reader {
        private static final byte[] NONE = new byte[0];

        private final DataInputDeserializer in = new DataInputDeserializer();
        private final Trade trade = new Trade();
        private int left;

        /** Begins with the first trade of a batch. */
        void open(TradeBatch batch) {
            in.setBuffer(batch.bytes, 0, batch.length);
            trade.instrument = batch.instrument;
            left = batch.trades;
        }

        /** Whether {@link #next} has another trade. */
        boolean hasNext() {
            return left > 0;
        }

        /** The next trade, valid until the next call. */
        Trade next() throws IOException {
            TradeLayout.read(trade, in);
            left--;
            return trade;
        }

        /**
         * Ends a batch that was read to its end.
         *
         * @throws IOException where the batch has bytes that no trade took
         */
        void close() throws IOException {
            if (in.available() != 0) {
                throw new IOException("a batch must end with its last trade, was " + in.available()
                        + " bytes longer (instrument=" + trade.instrument + ")");
            }
            in.setBuffer(NONE, 0, 0);
        }
    }
}

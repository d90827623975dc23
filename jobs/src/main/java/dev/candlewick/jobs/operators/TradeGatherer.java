package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Gathers stamped trades by instrument and passes them on as batches, those of an instrument in the order in which they
 * came; one thread.
 *
 * <p>Trades are serialized at once, one behind the other, and chained by instrument. So its memory is bounded by
 * {@value #TRADES_MAX} trades and {@value #BYTES_MAX} bytes, however many instruments there are, and nothing is allocated
 * for a trade.
 */
final class TradeGatherer {
    /** With so many trades at hand it is time to pass them on. */
    static final int TRADES_MAX = 1 << 16;

    /** With so many bytes as well: a trade may carry long texts. */
    static final int BYTES_MAX = 1 << 23;

    /** No more trades than these in one batch. */
    static final int BATCH_MAX = 256;

    /** A batch of more bytes has one trade: others fit into one of Flink's network buffers. */
    static final int BATCH_BYTES_MAX = 1 << 15;

    /** Trades of a {@link GatherWait#TICK_MILLIS tick} from which on their processing matters: 100,000 a second. */
    static final int MANY_TRADES = 2_000;

    /** With so many trades for each instrument, larger batches gain little. */
    static final int ENOUGH_PER_INSTRUMENT = 8;

    private static final int INSTRUMENTS_MAX = 1 << 18;

    /** The chain of one instrument's trades. */
    private static final class Chain {
        final Instrument instrument;
        int first;
        int last;
        boolean isEmpty = true;

        Chain(Instrument instrument) {
            this.instrument = instrument;
        }
    }

    private final Consumer<TradeBatch> output;
    private final Map<Instrument, Chain> chains = new HashMap<>();
    private final List<Chain> filled = new ArrayList<>();
    private final DataOutputSerializer serialized = new DataOutputSerializer(1 << 16);
    /** Where each trade ends; it begins where the one before it ends. */
    private final int[] ends = new int[TRADES_MAX];

    /** The instrument's next trade, −1 behind the last. */
    private final int[] next = new int[TRADES_MAX];

    private byte[] batch = new byte[1 << 12];
    private int trades;

    TradeGatherer(Consumer<TradeBatch> output) {
        this.output = output;
    }

    /** Adds a trade, whose object may be used again, and passes everything on where that is enough. */
    void add(Trade trade) {
        try {
            TradeLayout.write(trade, serialized);
        } catch (IOException e) {
            // It writes to memory.
            throw new UncheckedIOException(e);
        }
        int added = trades++;
        ends[added] = serialized.length();
        next[added] = -1;
        Chain chain = chain(trade.instrument);
        if (chain.isEmpty) {
            chain.isEmpty = false;
            chain.first = added;
            filled.add(chain);
        } else {
            next[chain.last] = added;
        }
        chain.last = added;
        if (trades == TRADES_MAX || serialized.length() >= BYTES_MAX) {
            flush();
        }
    }

    private Chain chain(Instrument instrument) {
        Chain chain = chains.get(instrument);
        if (chain == null) {
            chain = new Chain(instrument);
            chains.put(instrument, chain);
        }
        return chain;
    }

    /**
     * Whether batches would become larger by waiting, and are many enough for that to matter: what an instrument's state
     * costs to bring into the processor's caches is paid once for each batch.
     */
    boolean gainsByWaiting() {
        return trades >= MANY_TRADES && trades < ENOUGH_PER_INSTRUMENT * filled.size();
    }

    /** Passes on all trades; afterwards it holds none. */
    void flush() {
        byte[] from = serialized.getSharedBuffer();
        for (Chain chain : filled) {
            int length = 0;
            int count = 0;
            for (int i = chain.first; i >= 0; i = next[i]) {
                int start = i == 0 ? 0 : ends[i - 1];
                int bytes = ends[i] - start;
                if (count == BATCH_MAX || (count > 0 && length + bytes > BATCH_BYTES_MAX)) {
                    output.accept(new TradeBatch(chain.instrument, count, batch, length));
                    length = 0;
                    count = 0;
                }
                if (length + bytes > batch.length) {
                    batch = Arrays.copyOf(batch, Math.max(2 * batch.length, length + bytes));
                }
                System.arraycopy(from, start, batch, length, bytes);
                length += bytes;
                count++;
            }
            output.accept(new TradeBatch(chain.instrument, count, batch, length));
            chain.isEmpty = true;
        }
        filled.clear();
        serialized.clear();
        trades = 0;
        if (chains.size() > INSTRUMENTS_MAX) {
            chains.clear();
        }
    }
}

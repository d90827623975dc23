package dev.candlewick.batch.replay;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.TradeHash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/** Picks whole instruments by a fixed hash of the symbol, the same in every run and on every machine. */
final class SymbolSample {
    private SymbolSample() {}

    /** The given number of symbols with the smallest hashes. */
    static List<String> pick(Collection<String> symbols, int count) {
        List<String> sorted = new ArrayList<>(new HashSet<>(symbols));
        sorted.sort(Comparator.comparingLong(SymbolSample::hash).thenComparing(Comparator.naturalOrder()));
        return List.copyOf(sorted.subList(0, Math.min(count, sorted.size())));
    }

    private static long hash(String symbol) {
        long word = 0xcbf29ce484222325L;
        for (int i = 0; i < symbol.length(); i++) {
            word = (word ^ symbol.charAt(i)) * 0x100000001b3L;
        }
        return TradeHash.finalMix(word);
    }

    /** Passes on each symbol of valid trades once for each subtask. */
    static final class Distinct extends RichFlatMapFunction<Decoded, String> {
        private static final long serialVersionUID = 1L;

        private transient Set<String> seen;

        @SuppressWarnings("NullAway.Init") // Opened before the first element.
        Distinct() {}

        @Override
        public void open(OpenContext context) {
            seen = new HashSet<>();
        }

        @Override
        public void flatMap(Decoded decoded, Collector<String> out) {
            if (decoded.isTrade() && seen.add(decoded.trade().instrument.symbol())) {
                out.collect(decoded.trade().instrument.symbol());
            }
        }
    }
}

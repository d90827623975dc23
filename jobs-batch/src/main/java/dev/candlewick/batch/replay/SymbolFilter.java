package dev.candlewick.batch.replay;

import dev.candlewick.core.model.Decoded;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.api.common.functions.FilterFunction;

/** Lets through what is no trade of some symbols, as if the others were all there is. */
final class SymbolFilter implements FilterFunction<Decoded> {
    private static final long serialVersionUID = 1L;

    private final HashSet<String> without;

    SymbolFilter(Set<String> without) {
        this.without = new HashSet<>(without);
    }

    @Override
    public boolean filter(Decoded decoded) {
        return !decoded.isTrade()
                || !without.contains(decoded.trade().instrument.symbol());
    }
}

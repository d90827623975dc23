package dev.candlewick.core.reconcile;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.number.Int128;

/**
 * One archived copy of a trade as evidence: what it is, where the stream read it, and what the stamp said; immutable as
 * long as nobody changes the trade.
 *
 * @param source name of the source that it was read from: topic or relative path
 * @param trade the trade with its read position, ingest time and verdict; never changed
 * @param hash the identity's hash, a summand of digests
 */
public record ArchivedTrade(String source, Trade trade, Int128 hash) {
    /** A copy of an archived trade, with the hash that the run's digests are sums of. */
    public static ArchivedTrade of(String source, Trade trade, DedupKey dedupKey) {
        TradeHash hash = new TradeHash();
        if (dedupKey == DedupKey.FINGERPRINT) {
            hash.identityWithoutId(trade);
        } else {
            hash.identity(trade);
        }
        return new ArchivedTrade(source, trade.copy(), new Int128(hash.high(), hash.low()));
    }

    /** Whether the stamp found it late. */
    public boolean late() {
        return trade.late;
    }

    /** Whether the feed gave it an id, so that copies of it are known as such. */
    public boolean hasId() {
        return trade.idKind != Trade.ID_ABSENT;
    }

    /** The partition as read. */
    public String partition() {
        return source + '/' + trade.readPartition;
    }

    /** Where it was read: source, partition and offset. */
    public String position() {
        return partition() + '@' + trade.readOffset;
    }
}

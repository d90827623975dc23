package dev.candlewick.connectors.format.preset;

import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.core.validate.TradeValidator;
import java.util.Locale;

/** Whose trade messages are read, by the names that the option {@code preset} takes. */
public enum Preset {
    /** Messages with the canonical names. */
    NONE,
    /** Events {@code trade} and {@code aggTrade}, raw or of a combined stream; see {@link BinanceDecoder}. */
    BINANCE,
    /** Messages {@code match} and {@code last_match}, and the channel {@code market_trades}; see {@link CoinbaseDecoder}. */
    COINBASE,
    /** The channel {@code trade} of versions 2 and 1; see {@link KrakenDecoder}. */
    KRAKEN;

    /** The name in options, and the venue of the trades where no other is given. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * A decoder of JSON messages; for one thread.
     *
     * @param venue the venue of the trades, which these messages do not say
     * @throws IllegalStateException for {@link #NONE}
     */
    MessageDecoder newDecoder(TradeValidator validator, String venue) {
        return switch (this) {
            case NONE -> throw new IllegalStateException("preset must name a venue, was none");
            case BINANCE -> new BinanceDecoder(validator, venue);
            case COINBASE -> new CoinbaseDecoder(validator, venue);
            case KRAKEN -> new KrakenDecoder(validator, venue);
        };
    }
}

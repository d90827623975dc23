package dev.candlewick.connectors.format.preset;

import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.validate.TradeValidator;
import java.io.Serializable;
import java.util.Locale;

/**
 * How the trades of one source are written; immutable.
 *
 * @param wire the format of the bytes
 * @param preset whose names the messages use; other than none for json only
 * @param venue the venue of trades whose messages do not say it; empty for the preset's own name
 */
public record TradeFormat(WireFormat wire, Preset preset, String venue) implements Serializable {
    /** Checks that format and preset go together. */
    public TradeFormat {
        if (preset != Preset.NONE && wire != WireFormat.JSON) {
            throw new IllegalArgumentException(
                    "preset " + preset.optionName() + " must be used with the format json, was " + wire.optionName());
        }
    }

    /**
     * The format of options.
     *
     * @param format the name of a {@link WireFormat}, in any case
     * @param preset the name of a {@link Preset}, in any case
     * @param venue empty for the preset's own name
     */
    public static TradeFormat ofOptions(String format, String preset, String venue) {
        return new TradeFormat(
                WireFormat.ofOption(format.toLowerCase(Locale.ROOT)),
                Preset.valueOf(preset.toUpperCase(Locale.ROOT)),
                venue);
    }

    /** Messages with the canonical names. */
    public static TradeFormat of(WireFormat wire) {
        return new TradeFormat(wire, Preset.NONE, "");
    }

    /** Messages of a venue as it sends them. */
    public static TradeFormat of(Preset preset) {
        return new TradeFormat(WireFormat.JSON, preset, "");
    }

    /** A decoder over the validator; for one thread. */
    public MessageDecoder newDecoder(TradeValidator validator) {
        return preset == Preset.NONE
                ? wire.newDecoder(validator)
                : preset.newDecoder(validator, venue.isEmpty() ? preset.optionName() : venue);
    }
}

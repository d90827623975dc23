package dev.candlewick.local.produce;

import org.jspecify.annotations.Nullable;

/**
 * One record of an input file.
 *
 * @param raw its bytes, without the line end
 * @param fields its fields, or null if it could not be split into fields
 * @param transcodable false if it says more than the fields do, so that it must be sent as it is
 */
public record InputMessage(byte[] raw, @Nullable TradeFields fields, boolean transcodable) {

    /** A record that could not be split into fields. */
    public static InputMessage unreadable(byte[] raw) {
        return new InputMessage(raw, null, false);
    }
}

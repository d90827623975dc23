package dev.candlewick.core.simulate;

import java.util.Locale;

/** What a message of the market reports. */
public enum MessageType {
    /** A trade. */
    TRADE,
    /** An order entered the book. */
    ADD,
    /** An order that was added changed price or size. */
    MODIFY,
    /** An order that was added left the book. */
    CANCEL,
    /** An order that was added was matched; a trade follows. */
    EXECUTE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** The word of csv and json, as {@code add}. */
    public String word() {
        return word;
    }

    /** The message type of the binary format: 1 for a trade, 2 to 5 for orders. */
    public int code() {
        return ordinal() + 1;
    }
}

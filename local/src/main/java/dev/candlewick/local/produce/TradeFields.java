package dev.candlewick.local.produce;

import dev.candlewick.core.validate.TradeField;
import org.jspecify.annotations.Nullable;

/** The texts of one trade message by field, exactly as they were written and not judged; absent is the empty text. */
public final class TradeFields {

    private final @Nullable String[] texts = new @Nullable String[TradeField.COUNT];

    /** The field's text, empty if absent. */
    public String get(TradeField field) {
        String text = texts[field.ordinal()];
        return text == null ? "" : text;
    }

    /** Sets a field's text. */
    public void set(TradeField field, String text) {
        texts[field.ordinal()] = text;
    }

    /** The field as a whole number of plain digits that fits 64 bits, or null. */
    public @Nullable Long number(TradeField field) {
        String text = get(field);
        if (!isInteger(text)) {
            return null;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** True for what JSON, too, writes as a whole number: digits without leading zeros, perhaps with a minus sign. */
    static boolean isInteger(String text) {
        int from = text.startsWith("-") ? 1 : 0;
        if (text.length() == from || (text.charAt(from) == '0' && text.length() > from + 1)) {
            return false;
        }
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}

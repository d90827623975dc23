package dev.candlewick.connectors.format;

import dev.candlewick.core.validate.TradeValidator;
import java.util.Locale;

/** The formats of trade messages, by the names that the option {@code format} takes. */
public enum WireFormat {
    /** One line of the canonical columns; see {@link CsvLayout}. */
    CSV,
    /** One object with the canonical names; see {@link JsonDecoder}. */
    JSON,
    /** Avro's single-object encoding; see {@link AvroLayout}. */
    AVRO,
    /** The fixed layout; see {@link BinaryLayout}. */
    BINARY;

    /** The name in options. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A decoder of the canonical layout over the validator; for one thread. */
    public MessageDecoder newDecoder(TradeValidator validator) {
        return switch (this) {
            case CSV -> new CsvDecoder(validator);
            case JSON -> new JsonDecoder(validator);
            case AVRO -> new AvroDecoder(validator);
            case BINARY -> new BinaryDecoder(validator);
        };
    }

    /** An encoder; for one thread. */
    public MessageEncoder newEncoder() {
        return switch (this) {
            case CSV -> new CsvEncoder();
            case JSON -> new JsonEncoder();
            case AVRO -> new AvroEncoder();
            case BINARY -> new BinaryEncoder();
        };
    }

    /**
     * The format of an option's value.
     *
     * @throws IllegalArgumentException naming the values that exist
     */
    public static WireFormat ofOption(String value) {
        for (WireFormat format : values()) {
            if (format.optionName().equals(value)) {
                return format;
            }
        }
        throw new IllegalArgumentException("format must be csv, json, avro or binary, was " + value);
    }
}

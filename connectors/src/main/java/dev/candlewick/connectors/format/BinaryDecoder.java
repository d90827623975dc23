package dev.candlewick.connectors.format;

import static dev.candlewick.connectors.format.BinaryLayout.INT;
import static dev.candlewick.connectors.format.BinaryLayout.LONG;
import static dev.candlewick.connectors.format.BinaryLayout.SHORT;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.parse.Utf8;
import dev.candlewick.core.validate.RawTrade;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import org.jspecify.annotations.Nullable;

/** Decodes one message of {@link BinaryLayout}; the fastest format. */
public final class BinaryDecoder implements MessageDecoder {
    private static final long ID_NUMBER_MAX = 999_999_999_999_999_999L;
    private static final TradeField[] TEXTS = {
        TradeField.VENUE,
        TradeField.SYMBOL,
        TradeField.TRADE_ID,
        TradeField.SIDE,
        TradeField.CONDITIONS,
        TradeField.FLAGS
    };

    private final TradeValidator validator;
    private final RawTrade raw = new RawTrade();
    private final int messageBytesMax;

    /** A decoder over the validator. */
    public BinaryDecoder(TradeValidator validator) {
        this.validator = validator;
        messageBytesMax = validator.rules().messageBytesMax();
    }

    @Override
    public void decode(byte @Nullable [] buffer, int offset, int length, ReadContext context, Decoded out) {
        String problem = TextDecoder.earlyProblem(buffer, offset, length, messageBytesMax);
        if (problem == null && buffer != null) {
            if (!BinaryLayout.isHeader(buffer, offset, length)) {
                problem = "binary message must begin with bytes c5 01 and have at least 8, was "
                        + head(buffer, offset, length);
            } else if (buffer[offset + BinaryLayout.TYPE_AT] != BinaryLayout.TYPE_TRADE) {
                out.setFiltered(context.readSource, context.readPartition, context.readOffset);
                return;
            } else {
                problem = fill(buffer, offset, length);
                if (problem == null) {
                    validator.validate(raw, buffer, offset, length, context, out);
                    return;
                }
            }
        }
        validator.rejectUnparsable(problem == null ? "" : problem, buffer, offset, length, context, out);
    }

    private @Nullable String fill(byte[] buffer, int offset, int length) {
        int total = BinaryLayout.totalLength(buffer, offset);
        if (total != length || length < BinaryLayout.TEXTS_AT) {
            return "binary message must have the " + total + " bytes of its header and at least "
                    + BinaryLayout.TEXTS_AT + ", was " + length;
        }
        int flags = buffer[offset + BinaryLayout.FLAGS_AT];
        if ((flags & ~BinaryLayout.FLAGS_KNOWN) != 0) {
            return "binary flags must be 0 to " + BinaryLayout.FLAGS_KNOWN + ", was " + (flags & 0xff);
        }
        int priceScale = buffer[offset + BinaryLayout.PRICE_SCALE_AT];
        int sizeScale = buffer[offset + BinaryLayout.SIZE_SCALE_AT];
        if (priceScale < 0 || priceScale > Instrument.SCALE_MAX || sizeScale < 0 || sizeScale > Instrument.SCALE_MAX) {
            return "binary scales must lie in 0..18, was " + priceScale + " and " + sizeScale;
        }
        raw.reset(buffer);
        raw.setNumber(TradeField.EVENT_TIME_NS, (long) LONG.get(buffer, offset + BinaryLayout.EVENT_TIME_AT));
        if ((flags & BinaryLayout.FLAG_RECEIVE_TIME) != 0) {
            raw.setNumber(TradeField.RECV_TIME_NS, (long) LONG.get(buffer, offset + BinaryLayout.RECEIVE_TIME_AT));
        }
        raw.setDecimal(TradeField.PRICE, (long) LONG.get(buffer, offset + BinaryLayout.PRICE_AT), priceScale);
        raw.setDecimal(TradeField.SIZE, (long) LONG.get(buffer, offset + BinaryLayout.SIZE_AT), sizeScale);
        if ((flags & BinaryLayout.FLAG_PLACE) != 0) {
            raw.setNumber(TradeField.ROW, (long) LONG.get(buffer, offset + BinaryLayout.PLACE_POSITION_AT));
            int partition = (int) INT.get(buffer, offset + BinaryLayout.PLACE_PARTITION_AT);
            if (partition < 0) {
                return "binary place partition must not be negative, was " + partition;
            }
            raw.setPlacePartition(partition);
        }
        if ((flags & BinaryLayout.FLAG_SEQUENCE) != 0) {
            raw.setNumber(TradeField.SEQUENCE, (long) LONG.get(buffer, offset + BinaryLayout.SEQUENCE_AT));
        }
        int at = offset + BinaryLayout.TEXTS_AT;
        int end = offset + length;
        for (int i = 0; i < TEXTS.length; i++) {
            int textLength = (short) SHORT.get(buffer, offset + BinaryLayout.TEXT_LENGTHS_AT + 2 * i) & 0xffff;
            if (textLength == 0) {
                continue;
            }
            if (textLength > end - at) {
                return "binary texts must end with the message, was longer";
            }
            if (!Utf8.isValid(buffer, at, textLength)) {
                return "message must be valid UTF-8, was not in " + TEXTS[i].columnName();
            }
            raw.setText(TEXTS[i], at, textLength);
            at += textLength;
        }
        if (at != end) {
            return "binary texts must end with the message, was " + (end - at) + " bytes shorter";
        }
        if ((flags & BinaryLayout.FLAG_ID_NUMBER) != 0) {
            long id = (long) LONG.get(buffer, offset + BinaryLayout.ID_AT);
            if (raw.has(TradeField.TRADE_ID) || id < 0 || id > ID_NUMBER_MAX) {
                return "binary numeric id must lie in 0..10^18-1 and have no text, was " + id;
            }
            raw.setNumber(TradeField.TRADE_ID, id);
        }
        return null;
    }

    private static String head(byte[] buffer, int offset, int length) {
        StringBuilder head = new StringBuilder();
        for (int i = offset; i < offset + Math.min(length, 2); i++) {
            head.append(String.format("%02x ", buffer[i]));
        }
        return head.append("in ").append(length).append(" bytes").toString();
    }
}

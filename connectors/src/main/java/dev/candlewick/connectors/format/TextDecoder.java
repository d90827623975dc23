package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.parse.Utf8;
import dev.candlewick.core.validate.RawTrade;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import org.jspecify.annotations.Nullable;

/**
 * What the decoders of text formats share: the checks in front of scanning, and a scratch copy for unescaping.
 *
 * <p>Unescaping never makes a text longer, so it is done in place in a copy of the message; the copy is made at the first
 * escape, which most messages do not have.
 */
abstract class TextDecoder implements MessageDecoder {
    static final TradeField[] FIELDS = TradeField.values();

    final TradeValidator validator;
    final RawTrade raw = new RawTrade();
    private final int messageBytesMax;
    private byte[] scratch = new byte[1024];

    /** The message being scanned: the caller's buffer, or the scratch copy. */
    byte[] data = scratch;
    /** Index of the next byte. */
    int position;
    /** Index behind the last byte. */
    int end;

    private int dataFrom;
    private @Nullable String problem;

    TextDecoder(TradeValidator validator) {
        this.validator = validator;
        messageBytesMax = validator.rules().messageBytesMax();
    }

    @Override
    public final void decode(byte @Nullable [] buffer, int offset, int length, ReadContext context, Decoded out) {
        String early = earlyProblem(buffer, offset, length, messageBytesMax);
        if (early != null || buffer == null) {
            validator.rejectUnparsable(early == null ? "" : early, buffer, offset, length, context, out);
            return;
        }
        if (!Utf8.isValid(buffer, offset, length)) {
            validator.rejectUnparsable("message must be valid UTF-8, was not", buffer, offset, length, context, out);
            return;
        }
        data = buffer;
        dataFrom = offset;
        position = offset;
        end = offset + length;
        problem = null;
        raw.reset(buffer);
        if (!scan()) {
            validator.rejectUnparsable(
                    problem == null ? "message must be parsable, was not" : problem,
                    buffer,
                    offset,
                    length,
                    context,
                    out);
        } else if (isOtherType()) {
            out.setFiltered(context.readSource, context.readPartition, context.readOffset);
        } else {
            validator.validate(raw, buffer, offset, length, context, out);
        }
    }

    /** Finds the fields; false after {@link #fail}. */
    abstract boolean scan();

    /** Whether the scanned message is well formed but not about trades. */
    abstract boolean isOtherType();

    /** Notes what is wrong. */
    final boolean fail(String rule) {
        problem = rule;
        return false;
    }

    /** Goes on in a copy of the message that may be overwritten; positions and slices move along. */
    final void useScratch() {
        if (data == scratch) {
            return;
        }
        int length = end - dataFrom;
        if (scratch.length < length) {
            scratch = new byte[Math.max(length, 2 * scratch.length)];
        }
        System.arraycopy(data, dataFrom, scratch, 0, length);
        raw.rebase(scratch, -dataFrom);
        position -= dataFrom;
        end -= dataFrom;
        dataFrom = 0;
        data = scratch;
    }

    /** What is wrong with a message whatever its format, null for nothing. */
    static @Nullable String earlyProblem(byte @Nullable [] buffer, int offset, int length, int messageBytesMax) {
        if (buffer == null) {
            return "message must have a value, was null";
        }
        if (length == 0) {
            return "message must not be empty, was 0 bytes";
        }
        if (length > messageBytesMax) {
            return "message must have at most " + messageBytesMax + " bytes (message.max-bytes), was " + length;
        }
        if (length >= 2 && buffer[offset] == 0x1f && (buffer[offset + 1] & 0xff) == 0x8b) {
            return "message must be plain, was gzip";
        }
        return null;
    }
}

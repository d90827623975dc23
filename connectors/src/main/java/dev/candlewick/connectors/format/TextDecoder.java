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
public abstract class TextDecoder implements MessageDecoder {
    /** All fields, because {@code values()} copies. */
    static final TradeField[] FIELDS = TradeField.values();

    /** Judges what was read. */
    protected final TradeValidator validator;

    final RawTrade raw = new RawTrade();
    private final int messageBytesMax;
    private byte[] scratch = new byte[1024];

    /** The message being scanned: the caller's buffer, or the scratch copy. */
    protected byte[] data = scratch;
    /** Index of the next byte. */
    protected int position;
    /** Index behind the last byte. */
    protected int end;

    /** Where the message begins. */
    protected int dataFrom;

    private @Nullable String problem;

    /** A decoder over the validator. */
    protected TextDecoder(TradeValidator validator) {
        this.validator = validator;
        messageBytesMax = validator.rules().messageBytesMax();
    }

    @Override
    public final void decode(byte @Nullable [] buffer, int offset, int length, ReadContext context, Decoded out) {
        begin();
        String early = earlyProblem(buffer, offset, length, messageBytesMax);
        if (early != null || buffer == null) {
            validator.rejectUnparsable(early == null ? "" : early, buffer, offset, length, context, out);
            return;
        }
        if (isOtherTypeByHead(buffer, offset, length)) {
            out.setFiltered(context.readSource, context.readPartition, context.readOffset);
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
        reset(buffer);
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
            judge(buffer, offset, length, context, out);
        }
    }

    /** A message comes, which may be none that can be read. */
    protected void begin() {
        // Nothing is left of the message before.
    }

    /** Forgets the fields of the message before. */
    protected void reset(byte[] buffer) {
        raw.reset(buffer);
    }

    /** Judges what a scan has found and that is no other type. */
    protected void judge(byte[] message, int offset, int length, ReadContext context, Decoded out) {
        validator.validate(raw, message, offset, length, context, out);
    }

    /** Moves the fields found so far along with the message. */
    protected void rebase(byte[] newData, int shift) {
        raw.rebase(newData, shift);
    }

    /**
     * Whether the first bytes alone say that the message is of another type; asked before anything else is read.
     *
     * <p>Must be true only where the message names its type in full and seems to be whole, so that a trade with damaged
     * fields is never taken for something else.
     */
    protected boolean isOtherTypeByHead(byte[] buffer, int offset, int length) {
        return false;
    }

    /** Finds the fields; false after {@link #fail}. */
    protected abstract boolean scan();

    /** Whether the scanned message is well formed but not about trades. */
    protected abstract boolean isOtherType();

    /** Notes what is wrong. */
    protected final boolean fail(String rule) {
        problem = rule;
        return false;
    }

    /** Goes on in a copy of the message that may be overwritten; positions and slices move along. */
    protected final void useScratch() {
        useScratch(0);
    }

    /** The same with room for further bytes behind the message, from {@link #end} on. */
    protected final void useScratch(int more) {
        int length = end - dataFrom;
        boolean roomy = scratch.length >= length + more;
        if (data == scratch && roomy) {
            return;
        }
        if (!roomy) {
            scratch = new byte[Math.max(length + more, 2 * scratch.length)];
        }
        System.arraycopy(data, dataFrom, scratch, 0, length);
        rebase(scratch, -dataFrom);
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

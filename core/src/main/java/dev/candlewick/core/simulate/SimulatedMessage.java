package dev.candlewick.core.simulate;

import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import org.jspecify.annotations.Nullable;

/**
 * One message of a partition with what is to become of it; a mutable carrier that the generator fills again and again.
 *
 * <p>{@link #trade} holds the values of a message of any type: of an order, its price, size and side. An encoder writes it,
 * and then breaks the bytes where {@link FaultKind#breaksBytes()}. The label ({@link #fault}, {@link #expectation},
 * {@link #reason}, {@link #reference}) stays beside the message and never enters it. One thread.
 */
public final class SimulatedMessage {
    /** No message is referred to. */
    public static final long NO_REFERENCE = -1;

    /** What it reports. */
    public MessageType type = MessageType.TRADE;
    /** Its values; the place is the partition and the position. */
    public final Trade trade = new Trade();
    /** The order's number where it is not a trade; unique in the market. */
    public long orderId;
    /** Ordinal of its symbol in the market. */
    public int symbol;
    /** The partition's how manyeth message it is, from 0. */
    public long position;
    /** When it is sent, nanoseconds since the epoch; never before the message in front of it. */
    public long sendNanos;

    /** The fault that it is or that befell what stands for it, null for none. */
    public @Nullable FaultKind fault;
    /** What must become of it; of a trade that was not sent, {@link Expectation#NOT_SENT}. */
    public Expectation expectation = Expectation.FILTERED;
    /** Why it must be rejected, null where it must not. */
    public @Nullable Reason reason;
    /** Position of the message that it repeats or contradicts, else {@link #NO_REFERENCE}. */
    public long reference = NO_REFERENCE;
    /** The id that is missing where a trade was not sent. */
    public long missingId;
    /** Venue and symbol of what is missing or broken. */
    public String subjectVenue = "";
    /** See {@link #subjectVenue}. */
    public String subjectSymbol = "";
    /** For broken bytes: what chance decides about them. */
    public long mixed;

    /** Whether it carries a label. */
    public boolean isLabelled() {
        return fault != null;
    }
}

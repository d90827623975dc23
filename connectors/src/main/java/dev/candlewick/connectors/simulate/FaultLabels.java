package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.core.simulate.Expectation;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.FaultSegment;
import dev.candlewick.core.simulate.SimulatedMessage;
import java.util.Locale;

/**
 * The oracle beside the stream: one JSON object for each fault, and one for each change of rates; stateless.
 *
 * <p>{@code partition} and {@code position} say where in the simulated log the message stands (its place). A message without
 * a label is an order that must be filtered or a trade that must be accepted.
 */
public final class FaultLabels {
    private FaultLabels() {}

    /** Appends the label of a message without a line end; nothing where it carries none. */
    public static void append(SimulatedMessage message, ByteWriter into) {
        FaultKind fault = message.fault;
        if (fault == null) {
            return;
        }
        into.put("{\"partition\":").putNumber(message.trade.placePartition);
        into.put(",\"position\":").putNumber(message.position);
        into.put(",\"fault\":").putJsonText(fault.optionName());
        into.put(",\"expectation\":")
                .putJsonText(message.expectation.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (message.reason != null) {
            into.put(",\"reason\":").putJsonText(message.reason.name());
        }
        boolean missing = message.expectation == Expectation.NOT_SENT;
        if (missing || message.expectation == Expectation.REJECTED) {
            into.put(",\"venue\":").putJsonText(message.subjectVenue);
            into.put(",\"symbol\":").putJsonText(message.subjectSymbol);
        } else {
            into.put(",\"venue\":").putJsonText(message.trade.instrument.venueUtf8());
            into.put(",\"symbol\":").putJsonText(message.trade.instrument.symbolUtf8());
        }
        if (missing || message.reason == null) {
            into.put(",\"trade_id\":\"").putNumber(missing ? message.missingId : message.trade.idNumber);
            into.put("\"");
        }
        if (!missing && message.reason == null) {
            into.put(",\"event_time_ns\":").putNumber(message.trade.eventTimeNanos);
        }
        into.put(",\"sent_ns\":").putNumber(message.sendNanos);
        if (message.reference != SimulatedMessage.NO_REFERENCE) {
            into.put(",\"reference\":").putNumber(message.reference);
        }
        into.put('}');
    }

    /** Appends from which frame on which rates hold in a partition, without a line end. */
    public static void append(int partition, FaultSegment segment, ByteWriter into) {
        into.put("{\"partition\":").putNumber(partition);
        into.put(",\"from_frame\":").putNumber(segment.fromFrame());
        into.put(",\"faults\":").putJsonText(segment.rates().toString()).put('}');
    }
}

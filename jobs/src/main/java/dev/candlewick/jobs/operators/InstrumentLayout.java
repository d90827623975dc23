package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of an {@link Instrument} between operators; reading gives one object for equal instruments; one thread. */
final class InstrumentLayout {
    private static final int CONSOLIDATED = 1;
    private static final int FEED = 2;

    private final InstrumentInterner interner = new InstrumentInterner();
    private byte[] buffer = new byte[256];

    static void write(Instrument instrument, DataOutputView out) throws IOException {
        byte[] venue = instrument.venueUtf8();
        byte[] symbol = instrument.symbolUtf8();
        out.writeByte((instrument.isConsolidated() ? CONSOLIDATED : 0) | (instrument.feed() != 0 ? FEED : 0));
        out.writeShort(venue.length);
        out.writeShort(symbol.length);
        out.write(venue);
        out.write(symbol);
        out.writeByte(instrument.priceScale());
        out.writeByte(instrument.sizeScale());
        if (instrument.feed() != 0) {
            out.writeShort(instrument.feed());
        }
    }

    Instrument read(DataInputView in) throws IOException {
        int bits = in.readUnsignedByte();
        int venueLength = in.readUnsignedShort();
        int symbolLength = in.readUnsignedShort();
        if (buffer.length < venueLength + symbolLength) {
            buffer = new byte[venueLength + symbolLength];
        }
        in.readFully(buffer, 0, venueLength + symbolLength);
        int priceScale = in.readUnsignedByte();
        int sizeScale = in.readUnsignedByte();
        int feed = (bits & FEED) != 0 ? in.readUnsignedShort() : 0;
        return interner.intern(
                buffer, venueLength, symbolLength, (bits & CONSOLIDATED) != 0, priceScale, sizeScale, feed);
    }
}

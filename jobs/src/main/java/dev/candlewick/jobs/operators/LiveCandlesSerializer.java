package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.LiveCandles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of the open candles of an instrument between operators. */
public final class LiveCandlesSerializer extends RecordSerializer<LiveCandles> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(LiveCandles value, DataOutputView out) throws IOException {
        Texts.write(out, value.venue());
        Texts.write(out, value.symbol());
        out.writeInt(value.candles().size());
        for (Candle candle : value.candles()) {
            PublishedSerializer.writeCandle(candle, out);
        }
    }

    @Override
    public LiveCandles deserialize(DataInputView in) throws IOException {
        String venue = Texts.read(in);
        String symbol = Texts.read(in);
        int count = in.readInt();
        List<Candle> candles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            candles.add(PublishedSerializer.readCandle(in));
        }
        return new LiveCandles(venue, symbol, candles);
    }

    @Override
    public TypeSerializerSnapshot<LiveCandles> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<LiveCandles> {
        /** For Flink. */
        public Snapshot() {
            super(LiveCandlesSerializer::new);
        }
    }
}

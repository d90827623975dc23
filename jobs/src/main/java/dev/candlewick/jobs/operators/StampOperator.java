package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VenueSeconds;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractUdfStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Runs the {@link StampFunction} and sends its totals in front of each checkpoint barrier and at the end.
 *
 * @param <O> what goes to the keyed operator: trades, or batches of trades
 */
public abstract class StampOperator<O> extends AbstractUdfStreamOperator<O, StampFunction>
        implements OneInputStreamOperator<Decoded, O>, StampFunction.Output {
    private static final long serialVersionUID = 1L;

    /** Rejected messages. */
    public static final OutputTag<Rejected> REJECTED = new OutputTag<>("rejected", RecordType.REJECTED);

    /** Every valid trade with its stamp, late ones included, for the archive. */
    public static final OutputTag<Trade> ARCHIVE = new OutputTag<>("archive", RecordType.TRADE);

    /** Seconds in which venues had trades, for the silence operator. */
    public static final OutputTag<VenueSeconds> SECONDS = new OutputTag<>("seconds", RecordType.VENUE_SECONDS);

    /** Totals for the ledger. */
    public static final OutputTag<StageTotals> TOTALS = new OutputTag<>("totals", RecordType.TOTALS);

    private transient @Nullable StageTotals restored;

    /** The record that is processed; side outputs take its timestamp. */
    @SuppressWarnings("NullAway.Init") // Set before the function is called.
    private transient StreamRecord<Decoded> element;

    private StampOperator(StampFunction function) {
        super(function);
    }

    /** An operator that passes on each trade by itself; for BATCH, which sorts trades by key and time. */
    public static StampOperator<Trade> ofTrades(StampFunction function) {
        return new OfTrades(function);
    }

    /** An operator that passes on trades in batches of one instrument; for STREAMING. */
    public static StampOperator<TradeBatch> ofBatches(StampFunction function) {
        return new OfBatches(function);
    }

    @Override
    protected void setup(StreamTask<?, ?> task, StreamConfig config, Output<StreamRecord<O>> output) {
        super.setup(task, config, output);
        LoggedRun.enter(getRuntimeContext());
    }

    @Override
    public void open() throws Exception {
        super.open();
        restored = getUserFunction().isRestored() ? getUserFunction().totals(StageTotals.RESTORED) : null;
    }

    @Override
    public void processElement(StreamRecord<Decoded> record) throws Exception {
        element = record;
        getUserFunction().process(record.getValue(), this);
    }

    @Override
    public void rejected(Rejected rejected) {
        output.collect(REJECTED, timed(rejected));
    }

    @Override
    public void archive(Trade trade) {
        output.collect(ARCHIVE, timed(trade));
    }

    @Override
    public void seconds(VenueSeconds seen) {
        output.collect(SECONDS, new StreamRecord<>(seen));
    }

    private <T> StreamRecord<T> timed(T value) {
        return element.hasTimestamp() ? new StreamRecord<>(value, element.getTimestamp()) : new StreamRecord<>(value);
    }

    /** Passes on what was held back: nothing may overtake it. */
    abstract void passOn();

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        drain();
        super.processWatermark(mark);
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        // Time may go on without this subtask as soon as it is idle.
        passOn();
        super.processWatermarkStatus(status);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        drain();
        sendTotals(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        drain();
        sendTotals(StageTotals.END);
    }

    private void drain() {
        passOn();
        getUserFunction().drainSeconds(this);
    }

    private void sendTotals(long checkpointId) {
        if (restored != null) {
            output.collect(TOTALS, new StreamRecord<>(restored));
            restored = null;
        }
        output.collect(TOTALS, new StreamRecord<>(getUserFunction().totals(checkpointId)));
    }

    private static final class OfTrades extends StampOperator<Trade> {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("NullAway.Init") // Opened before the first element.
        private transient TimestampedCollector<Trade> collector;

        OfTrades(StampFunction function) {
            super(function);
        }

        @Override
        public void open() throws Exception {
            super.open();
            collector = new TimestampedCollector<>(output);
        }

        @Override
        public void processElement(StreamRecord<Decoded> record) throws Exception {
            collector.setTimestamp(record);
            super.processElement(record);
        }

        @Override
        public void trade(Trade trade) {
            collector.collect(trade);
        }

        @Override
        void passOn() {}
    }

    private static final class OfBatches extends StampOperator<TradeBatch> {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("NullAway.Init") // Opened before the first element.
        private transient TradeGatherer gatherer;

        @SuppressWarnings("NullAway.Init")
        private transient Counter recordsOut;

        OfBatches(StampFunction function) {
            super(function);
        }

        @Override
        public void open() throws Exception {
            super.open();
            recordsOut = getMetricGroup().getIOMetricGroup().getNumRecordsOutCounter();
            gatherer = new TradeGatherer(this::emit);
            GatherWait wait = new GatherWait(gatherer);
            GatherWait.start(getProcessingTimeService(), () -> {
                wait.tick();
                getUserFunction().endRun();
            });
        }

        private void emit(TradeBatch batch) {
            // Flink counts the batch as one record; people count trades.
            recordsOut.inc(batch.trades - 1L);
            output.collect(new StreamRecord<>(batch));
        }

        @Override
        public void trade(Trade trade) {
            gatherer.add(trade);
        }

        @Override
        void passOn() {
            gatherer.flush();
        }
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.parse.TextEscapes;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractUdfStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Runs the {@link MarketDataFunction}: binds it to its keys, timers and state backend, lets the live tap out, and in front
 * of each checkpoint barrier writes cached states back and sends the totals, trades in open candles summed from keyed
 * state.
 *
 * @param <I> what comes from the stamp: trades, or batches of trades of one key
 */
public abstract class MarketDataOperator<I> extends AbstractUdfStreamOperator<Published, MarketDataFunction>
        implements OneInputStreamOperator<I, Published>, Triggerable<String, VoidNamespace> {
    private static final long serialVersionUID = 1L;

    /** Totals for the ledger. */
    public static final OutputTag<StageTotals> TOTALS = new OutputTag<>("totals", RecordType.TOTALS);

    /** Open candles. */
    public static final OutputTag<LiveCandles> LIVE = new OutputTag<>("live", RecordType.LIVE);

    /** Names the timers in every snapshot; it is the name that Flink gives those of a process function. */
    private static final String TIMERS = "user-timers";

    private static final String HEAP = "hashmap";
    private static final String BATCH = "batch";

    private final LiveSettings liveSettings;

    private transient boolean batch;
    private transient @Nullable InstrumentReports reports;
    private transient @Nullable StageTotals restored;
    private transient @Nullable StageTotals restoredInstruments;

    @SuppressWarnings("NullAway.Init") // Opened before the first element.
    private transient InternalTimerService<VoidNamespace> timers;

    @SuppressWarnings("NullAway.Init")
    private transient TimestampedCollector<Published> collector;

    private MarketDataOperator(MarketDataFunction function, LiveSettings liveSettings) {
        super(function);
        this.liveSettings = liveSettings;
    }

    /** An operator behind a shuffle of single trades; for BATCH, which sorts trades by key and time. */
    public static MarketDataOperator<Trade> ofTrades(MarketDataFunction function, LiveSettings liveSettings) {
        return new OfTrades(function, liveSettings);
    }

    /** An operator behind a shuffle of batches; for STREAMING. */
    public static MarketDataOperator<TradeBatch> ofBatches(MarketDataFunction function, LiveSettings liveSettings) {
        return new OfBatches(function, liveSettings);
    }

    private MarketDataFunction function() {
        return getUserFunction();
    }

    @Override
    protected void setup(StreamTask<?, ?> task, StreamConfig config, Output<StreamRecord<Published>> output) {
        super.setup(task, config, output);
        LoggedRun.enter(getRuntimeContext());
    }

    @Override
    public void open() throws Exception {
        super.open();
        collector = new TimestampedCollector<>(output);
        timers = getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
        String backend = getKeyedStateBackend().getBackendTypeIdentifier();
        batch = backend.equals(BATCH);
        InstrumentStates states = batch || backend.equals(HEAP)
                ? new InstrumentStates.Direct(function().state())
                : new InstrumentStates.WriteBack(function().state(), this::setCurrentKey);
        List<String> known = batch ? List.of() : keys();
        LiveTap tap = null;
        if (liveSettings.enabled() && !batch) {
            int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
            tap = new LiveTap(getProcessingTimeService(), (double) liveSettings.maxRate() / subtasks, this::emitLive);
            tap.start();
        }
        function().bind(states, batch, tap, known.size());
        long[] open = new long[function().intervalCount()];
        if (!known.isEmpty()) {
            checkRestored(known, open);
        }
        if (function().isRestored()) {
            restored = function().totals(StageTotals.RESTORED, open);
            restoredInstruments = new StageTotals(
                    StageTotals.Stage.INSTRUMENTS,
                    getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                    StageTotals.RESTORED,
                    Map.of(),
                    new long[] {known.size()});
        }
        reports = new InstrumentReports(
                getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks(),
                function().instrumentsMax());
    }

    /**
     * Reads everything that was restored once, as the first checkpoint would: what is damaged, or of another configuration,
     * must stop the job before it publishes.
     */
    private void checkRestored(List<String> keys, long[] open) throws Exception {
        long expected = 0;
        MarketDataFunction.Held all = function().nothingHeld();
        for (String key : keys) {
            setCurrentKey(key);
            if (function().checkRestored(key) != Long.MAX_VALUE) {
                expected++;
            }
            function().look(key, open, all);
        }
        function().tell(all);
        long[] found = new long[1];
        timers.forEachEventTimeTimer((namespace, timestamp) -> {
            found[0]++;
            function().checkRestoredTimer((String) getCurrentKey(), timestamp);
        });
        if (found[0] != expected) {
            throw new IllegalStateException("timers must number one for each instrument that waits for one, was "
                    + found[0] + " for " + expected + " instruments; the checkpoint is damaged");
        }
    }

    /** Tells the ledger how many instruments there are, where that is due. */
    final void reportInstruments() {
        InstrumentReports opened = reports;
        if (opened != null && opened.isDue(function().instruments())) {
            sendInstruments(opened, StageTotals.BETWEEN);
        }
    }

    @Override
    public void onEventTime(InternalTimer<String, VoidNamespace> timer) throws Exception {
        collector.setAbsoluteTimestamp(timer.getTimestamp());
        function().onTimer(timer.getKey(), timers, collector);
    }

    @Override
    public void onProcessingTime(InternalTimer<String, VoidNamespace> timer) {
        throw new IllegalStateException("timers must be of event time, was one of processing time (instrument="
                + TextEscapes.value(timer.getKey()) + ")");
    }

    private void sendInstruments(InstrumentReports opened, long checkpointId) {
        output.collect(TOTALS, new StreamRecord<>(opened.totals(function().instruments(), checkpointId)));
    }

    private List<String> keys() {
        KeyedStateBackend<String> backend = getKeyedStateBackend();
        try (Stream<String> keys = backend.getKeys(States.INSTRUMENT.getName(), VoidNamespace.INSTANCE)) {
            return keys.toList();
        }
    }

    private void emitLive(String key) throws Exception {
        setCurrentKey(key);
        @Nullable LiveCandles open = function().openCandles(key);
        if (open != null) {
            output.collect(LIVE, new StreamRecord<>(open));
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        function().flush();
        sendTotals(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        function().flush();
        sendTotals(StageTotals.END);
    }

    private void sendRestored() {
        StageTotals totals = restored;
        StageTotals instruments = restoredInstruments;
        if (totals != null && instruments != null) {
            output.collect(TOTALS, new StreamRecord<>(totals));
            output.collect(TOTALS, new StreamRecord<>(instruments));
            restored = null;
            restoredInstruments = null;
        }
    }

    private void sendTotals(long checkpointId) throws Exception {
        long[] open = new long[function().intervalCount()];
        if (!batch) {
            // In BATCH no key outlives its own end; what it had not published then shows as a residual.
            MarketDataFunction.Held all = function().nothingHeld();
            for (String key : keys()) {
                setCurrentKey(key);
                function().look(key, open, all);
            }
            function().tell(all);
        }
        sendRestored();
        output.collect(TOTALS, new StreamRecord<>(function().totals(checkpointId, open)));
        InstrumentReports opened = reports;
        if (opened != null) {
            sendInstruments(opened, checkpointId);
        }
    }

    private static final class OfTrades extends MarketDataOperator<Trade> {
        private static final long serialVersionUID = 1L;

        OfTrades(MarketDataFunction function, LiveSettings liveSettings) {
            super(function, liveSettings);
        }

        @Override
        public void processElement(StreamRecord<Trade> element) throws Exception {
            super.collector.setTimestamp(element);
            getUserFunction().process(element.getValue(), super.timers, super.collector);
            reportInstruments();
        }
    }

    private static final class OfBatches extends MarketDataOperator<TradeBatch> {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("NullAway.Init") // Opened before the first element.
        private transient TradeBatch.Reader reader;

        @SuppressWarnings("NullAway.Init")
        private transient Counter recordsIn;

        OfBatches(MarketDataFunction function, LiveSettings liveSettings) {
            super(function, liveSettings);
        }

        @Override
        public void open() throws Exception {
            super.open();
            if (super.batch) {
                throw new IllegalStateException("trades must come one by one in BATCH, was a shuffle of batches");
            }
            reader = new TradeBatch.Reader();
            recordsIn = getMetricGroup().getIOMetricGroup().getNumRecordsInCounter();
        }

        @Override
        public void processElement(StreamRecord<TradeBatch> element) throws Exception {
            TradeBatch batch = element.getValue();
            // Flink counts the batch as one record; people count trades.
            recordsIn.inc(batch.trades - 1L);
            super.collector.eraseTimestamp();
            reader.open(batch);
            getUserFunction().process(reader, batch.instrument, super.timers, super.collector);
            reader.close();
            reportInstruments();
        }
    }
}

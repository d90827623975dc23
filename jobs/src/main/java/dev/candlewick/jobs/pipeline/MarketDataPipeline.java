package dev.candlewick.jobs.pipeline;

import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Arrival;
import dev.candlewick.jobs.operators.HealedUntil;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.operators.LedgerOperator;
import dev.candlewick.jobs.operators.LiveSettings;
import dev.candlewick.jobs.operators.MarketDataFunction;
import dev.candlewick.jobs.operators.MarketDataOperator;
import dev.candlewick.jobs.operators.OutletFunction;
import dev.candlewick.jobs.operators.OutletOperator;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.SilenceFunction;
import dev.candlewick.jobs.operators.SilenceOperator;
import dev.candlewick.jobs.operators.SourceNames;
import dev.candlewick.jobs.operators.StampFunction;
import dev.candlewick.jobs.operators.StampOperator;
import dev.candlewick.jobs.operators.States;
import dev.candlewick.jobs.operators.TradeBatch;
import dev.candlewick.jobs.operators.Uids;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/**
 * Builds the graph: stamp → one shuffle by instrument → market data → outlet, and silence and ledger beside them.
 *
 * <p>Stamp is chained to the source, outlet to the keyed operator. Silence and ledger are fed with counts, never with
 * trades.
 */
public final class MarketDataPipeline {
    private MarketDataPipeline() {}

    /** How many subtasks of one stamp the ledger can tell apart. */
    private static final int STAMP_SUBTASKS_MAX = 1 << 15;

    /**
     * One source of the graph.
     *
     * @param name from which the uids of its operators are made; unique
     * @param decoded decoded messages with event-time timestamps and one watermark for each partition as read
     * @param outOfOrdernessNanos how far behind its partition's mark a trade may come without being disordered
     * @param allowedLatenessNanos how long after its end a window takes trades of it; that of its feed
     */
    public record Input(
            String name, DataStream<Decoded> decoded, long outOfOrdernessNanos, long allowedLatenessNanos) {}

    /**
     * Builds the graph behind a source of decoded messages.
     *
     * @param decoded decoded messages with event-time timestamps and one watermark for each partition as read
     */
    public static PipelineOutputs build(DataStream<Decoded> decoded, PipelineSettings settings) {
        return build(
                List.of(new Input(
                        Uids.DEFAULT_SOURCE,
                        decoded,
                        settings.outOfOrdernessNanos(),
                        settings.engine().allowedLatenessNanos())),
                settings);
    }

    /**
     * Builds the graph behind several sources, each with a stamp of its own.
     *
     * @param inputs at least one, in an order that does not matter
     */
    public static PipelineOutputs build(List<Input> inputs, PipelineSettings settings) {
        ReadableConfig run = inputs.get(0).decoded().getExecutionEnvironment().getConfiguration();
        return run.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH
                ? build(inputs, settings, Shuffle.OF_TRADES)
                : build(inputs, settings, Shuffle.OF_BATCHES);
    }

    /**
     * What goes from stamp to market data. BATCH sorts trades by key and time, so they come one by one; else they come in
     * batches, which cost Flink less.
     */
    private record Shuffle<T>(
            RecordType<T> type,
            Function<StampFunction, StampOperator<T>> stamp,
            KeySelector<T, String> key,
            BiFunction<MarketDataFunction, LiveSettings, MarketDataOperator<T>> market) {
        static final Shuffle<Trade> OF_TRADES = new Shuffle<>(
                RecordType.TRADE, StampOperator::ofTrades, States.INSTRUMENT_KEY, MarketDataOperator::ofTrades);
        static final Shuffle<TradeBatch> OF_BATCHES = new Shuffle<>(
                RecordType.TRADE_BATCH, StampOperator::ofBatches, States.BATCH_KEY, MarketDataOperator::ofBatches);
    }

    private static <T> PipelineOutputs build(List<Input> inputs, PipelineSettings settings, Shuffle<T> shuffle) {
        SourceNames sources = new SourceNames(settings.sources());
        List<SingleOutputStreamOperator<T>> stamps = new ArrayList<>();
        for (Input input : inputs) {
            stamps.add(stamp(
                    input,
                    shuffle,
                    sources,
                    stamps.size() * STAMP_SUBTASKS_MAX,
                    settings,
                    // The marks of one source of several say nothing about instruments of the others.
                    inputs.size() == 1 ? settings.healed() : HealedUntil.NONE));
        }
        DataStream<T> stamped = union(stamps);

        SingleOutputStreamOperator<Published> market = stamped.keyBy(shuffle.key(), Types.STRING)
                .transform(
                        "market-data",
                        RecordType.PUBLISHED,
                        shuffle.market()
                                .apply(
                                        new MarketDataFunction(
                                                        settings.feeds(),
                                                        sources,
                                                        settings.instrumentsMax(),
                                                        settings.arrival())
                                                .withHealed(settings.healed()),
                                        settings.live()))
                .uid(Uids.MARKET_DATA)
                .name("market-data")
                .setDescription("market-data: dedup → quality → candles "
                        + settings.engine().intervals() + " → rolling VWAP, one" + " state object for each instrument")
                .setMaxParallelism(settings.maxParallelism());

        SingleOutputStreamOperator<Published> outlet = market.transform(
                        "outlet",
                        RecordType.PUBLISHED,
                        new OutletOperator(new OutletFunction(settings.engine().intervals())))
                .uid(Uids.OUTLET)
                .name("outlet")
                .setDescription("outlet: counts the trades that published candles hold")
                .setMaxParallelism(settings.maxParallelism());

        SingleOutputStreamOperator<Published> silence = union(sideOutputs(stamps, StampOperator.SECONDS))
                .transform(
                        "silence",
                        RecordType.PUBLISHED,
                        new SilenceOperator(
                                new SilenceFunction(
                                        settings.engine().quality(),
                                        settings.engine().intervals().finest(),
                                        settings.allowedLatenessMaxNanos()),
                                settings.engine().late() == LatePolicy.ACCEPT
                                        && settings.arrival() != Arrival.ARCHIVED_IN_ORDER))
                .uid(Uids.SILENCE)
                .name("silence")
                .setDescription("silence: venues without a trade while others have some, by seconds of event time")
                // Chained to a source of parallelism 1 it would make a task's name too long for Flink's metrics.
                .startNewChain()
                .setParallelism(1)
                .setMaxParallelism(settings.maxParallelism());

        DataStream<StageTotals> totals = union(sideOutputs(stamps, StampOperator.TOTALS))
                .union(market.getSideOutput(MarketDataOperator.TOTALS), outlet.getSideOutput(OutletOperator.TOTALS));
        SingleOutputStreamOperator<LedgerRow> ledger = totals.transform(
                        "ledger",
                        RecordType.LEDGER_ROW,
                        new LedgerOperator(
                                new LedgerFunction(settings.engine().intervals(), settings.instrumentsMax())))
                .uid(Uids.LEDGER)
                .name("ledger")
                .setDescription("ledger: balances the double entry at every checkpoint and at the end")
                .setParallelism(1)
                .setMaxParallelism(settings.maxParallelism());

        return new PipelineOutputs(
                outlet.union(silence),
                outlet,
                silence,
                market.getSideOutput(MarketDataOperator.LIVE),
                union(sideOutputs(stamps, StampOperator.REJECTED)),
                union(sideOutputs(stamps, StampOperator.ARCHIVE)),
                ledger);
    }

    private static <T> SingleOutputStreamOperator<T> stamp(
            Input input,
            Shuffle<T> shuffle,
            SourceNames sources,
            int subtaskFrom,
            PipelineSettings settings,
            HealedUntil healed) {
        String name = Uids.stamp(input.name());
        return input.decoded()
                .transform(
                        name,
                        shuffle.type(),
                        shuffle.stamp()
                                .apply(new StampFunction(
                                                settings.engine().intervals().finest(),
                                                input.outOfOrdernessNanos(),
                                                input.allowedLatenessNanos(),
                                                settings.engine().late(),
                                                settings.archive(),
                                                settings.engine().quality().enabled(),
                                                sources,
                                                subtaskFrom,
                                                settings.arrival())
                                        .withHealed(healed)))
                .uid(name)
                .name(name)
                .setDescription("stamp: place, lateness by each partition's high-water mark, disorder; counts what was"
                        + " read, filtered, rejected and late")
                .setParallelism(input.decoded().getParallelism())
                .setMaxParallelism(settings.maxParallelism());
    }

    private static <T, S> List<DataStream<S>> sideOutputs(
            List<SingleOutputStreamOperator<T>> stamps, OutputTag<S> tag) {
        return stamps.stream()
                .<DataStream<S>>map(stamp -> stamp.getSideOutput(tag))
                .toList();
    }

    @SuppressWarnings("unchecked")
    private static <T> DataStream<T> union(List<? extends DataStream<T>> streams) {
        DataStream<T> first = streams.get(0);
        return streams.size() == 1
                ? first
                : first.union(streams.subList(1, streams.size()).toArray(DataStream[]::new));
    }
}

package dev.candlewick.jobs.pipeline;

import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.operators.LedgerOperator;
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
import dev.candlewick.jobs.operators.Uids;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Builds the graph: stamp → one shuffle by instrument → market data → outlet, and silence and ledger beside them.
 *
 * <p>Stamp is chained to the source, outlet to the keyed operator. Silence and ledger are fed with counts, never with
 * trades.
 */
public final class MarketDataPipeline {
    private MarketDataPipeline() {}

    /**
     * Builds the graph behind a source of decoded messages.
     *
     * @param decoded decoded messages with event-time timestamps and one watermark for each partition as read
     */
    public static PipelineOutputs build(DataStream<Decoded> decoded, PipelineSettings settings) {
        SourceNames sources = new SourceNames(settings.sources());
        SingleOutputStreamOperator<Trade> stamped = decoded.transform(
                        "stamp",
                        RecordType.TRADE,
                        new StampOperator(new StampFunction(
                                settings.engine().intervals().finest(),
                                settings.outOfOrdernessNanos(),
                                settings.engine().allowedLatenessNanos(),
                                settings.engine().late(),
                                settings.archive(),
                                settings.engine().quality().enabled(),
                                sources)))
                .uid(Uids.STAMP)
                .name("stamp")
                .setDescription("stamp: place, lateness by each partition's high-water mark, disorder; counts what was"
                        + " read, filtered, rejected and late")
                .setParallelism(decoded.getParallelism())
                .setMaxParallelism(settings.maxParallelism());

        SingleOutputStreamOperator<Published> market = stamped.keyBy(States.INSTRUMENT_KEY, Types.STRING)
                .transform(
                        "market-data",
                        RecordType.PUBLISHED,
                        new MarketDataOperator(
                                new MarketDataFunction(settings.engine(), sources, settings.instrumentsMax()),
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

        SingleOutputStreamOperator<Published> silence = stamped.getSideOutput(StampFunction.SECONDS)
                .transform(
                        "silence",
                        RecordType.PUBLISHED,
                        new SilenceOperator(
                                new SilenceFunction(
                                        settings.engine().quality(),
                                        settings.engine().intervals().finest(),
                                        settings.engine().allowedLatenessNanos()),
                                settings.engine().late() == LatePolicy.ACCEPT))
                .uid(Uids.SILENCE)
                .name("silence")
                .setDescription("silence: venues without a trade while others have some, by seconds of event time")
                .setParallelism(1)
                .setMaxParallelism(settings.maxParallelism());

        DataStream<StageTotals> totals = stamped.getSideOutput(StampOperator.TOTALS)
                .union(market.getSideOutput(MarketDataOperator.TOTALS), outlet.getSideOutput(OutletOperator.TOTALS));
        SingleOutputStreamOperator<LedgerRow> ledger = totals.transform(
                        "ledger",
                        RecordType.LEDGER_ROW,
                        new LedgerOperator(new LedgerFunction(settings.engine().intervals())))
                .uid(Uids.LEDGER)
                .name("ledger")
                .setDescription("ledger: balances the double entry at every checkpoint and at the end")
                .setParallelism(1)
                .setMaxParallelism(settings.maxParallelism());

        return new PipelineOutputs(
                outlet.union(silence),
                market.getSideOutput(MarketDataOperator.LIVE),
                stamped.getSideOutput(StampFunction.REJECTED),
                stamped.getSideOutput(StampFunction.ARCHIVE),
                ledger);
    }
}

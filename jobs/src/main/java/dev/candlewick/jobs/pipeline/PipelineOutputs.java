package dev.candlewick.jobs.pipeline;

import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The named streams that leave the graph; the mains connect sinks to them.
 *
 * @param published candles and VWAP rows with their revisions, quality events and reports
 * @param ofInstruments of those, what the keyed operator publishes: all but quality events about whole venues. A consumer of
 *     the same parallelism is chained to it, which saves bulk runs a network hop for each row
 * @param ofVenues of those, the quality events about whole venues
 * @param live open candles; empty where the live tap is off
 * @param rejected rejected messages
 * @param archive every valid trade with its stamp; empty where the archive is off. A trade is a reused carrier: a consumer
 *     that is chained must not keep it
 * @param ledger lines of the double entry at the end of the input
 */
public record PipelineOutputs(
        DataStream<Published> published,
        DataStream<Published> ofInstruments,
        DataStream<Published> ofVenues,
        DataStream<LiveCandles> live,
        DataStream<Rejected> rejected,
        DataStream<Trade> archive,
        DataStream<LedgerRow> ledger) {}

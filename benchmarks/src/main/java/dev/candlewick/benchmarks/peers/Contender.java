package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunClock;
import dev.candlewick.benchmarks.run.RunRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What can be measured, by the names of the table. */
public enum Contender {
    /** A consumer that polls and throws away. */
    RAW("raw", "consumer loop, poll only"),
    /** A consumer that decodes and validates. */
    RAW_DECODE("raw-decode", "consumer loop that decodes"),
    /** The usual job. */
    TEXTBOOK("textbook", "Flink job: MapState dedup, a window operator for each interval"),
    /** Candlewick. */
    CANDLEWICK("candlewick", "the whole job, profile candles"),
    /** The same work as the peers' and no more. */
    CANDLEWICK_EQUAL(
            "candlewick-equal",
            "the whole job without what no peer makes: quality, live candles, rolling VWAP",
            "quality=off",
            "live=off",
            "vwap.emit=off"),
    /** The same with everything on; writes a lake below the run's directory. */
    CANDLEWICK_FULL("candlewick-full", "the whole job, profile full", "quality=full", "archive=on"),
    /** The same computation in SQL. */
    FLINK_SQL("flink-sql", "Flink SQL: ROW_NUMBER dedup, TUMBLE windows over the trades"),
    /** The same computation in SQL, coarser windows from finer ones. */
    FLINK_SQL_CASCADE("flink-sql-cascade", "Flink SQL: the same, coarser windows from finer ones"),
    /** The same computation without a cluster. */
    KAFKA_STREAMS("kafka-streams", "Kafka Streams: window store dedup, windows, suppress; changelogs"),
    /** The same without fault tolerance. */
    KAFKA_STREAMS_UNLOGGED("kafka-streams-unlogged", "Kafka Streams: the same without changelogs"),
    /** The limit. */
    LOOP("loop", "plain Java loop over decoded trades: no framework, no fault tolerance"),
    /** Candlewick without quality rules. */
    QUALITY_OFF("quality-off", "the same without quality rules", "quality=off"),
    /** Candlewick with outliers by the medians around each trade. */
    QUALITY_FULL("quality-full", "the same with outliers, per trade", "quality=full"),
    /** Candlewick with outliers by the medians around each quarter second. */
    QUALITY_PANE("quality-pane", "the same with outliers, per quarter second", "quality=full", "outlier.scope=pane"),
    /** Candlewick with outliers by the rolling mean. */
    QUALITY_MEAN("quality-mean", "the same with outliers, rolling mean", "quality=full", "outlier.rule=mean");

    private final String title;
    private final String description;
    private final List<String> settings;

    Contender(String title, String description, String... settings) {
        this.title = title;
        this.description = description;
        this.settings = List.of(settings);
    }

    /** The name in tables and arguments. */
    public String title() {
        return title;
    }

    /** A few words for the reader of a table. */
    public String description() {
        return description;
    }

    /** Whether it is Candlewick's job, with whatever settings. */
    public boolean isCandlewick() {
        return this == CANDLEWICK || !settings.isEmpty();
    }

    /** The contender of a name. */
    public static Contender ofTitle(String title) {
        return Arrays.stream(values())
                .filter(contender -> contender.title.equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("contender must be one of "
                        + Arrays.stream(values()).map(Contender::title).toList() + ", was " + title));
    }

    /** Whether it publishes candles that can be compared. */
    public boolean publishes() {
        return this != RAW && this != RAW_DECODE;
    }

    private void run(RunRequest request) throws Exception {
        switch (this) {
            case RAW -> RawConsumer.run(request, false);
            case RAW_DECODE -> RawConsumer.run(request, true);
            case TEXTBOOK -> TextbookJob.run(request);
            case LOOP -> PlainLoop.run(request);
            case FLINK_SQL -> FlinkSqlJob.run(request, false);
            case FLINK_SQL_CASCADE -> FlinkSqlJob.run(request, true);
            case KAFKA_STREAMS -> KafkaStreamsApp.run(request, true);
            case KAFKA_STREAMS_UNLOGGED -> KafkaStreamsApp.run(request, false);
            case CANDLEWICK_FULL -> {
                List<String> own = new ArrayList<>(settings);
                own.add("output.lake=" + request.directory().resolve("lake"));
                CandlewickJob.run(request, own);
            }
            case CANDLEWICK, CANDLEWICK_EQUAL, QUALITY_OFF, QUALITY_FULL, QUALITY_PANE, QUALITY_MEAN ->
                CandlewickJob.run(request, settings);
        }
    }

    /** The main of a run's process; arguments as {@link RunRequest} writes them. */
    public static final class Main {
        private Main() {}

        /** Runs and ends the process. */
        public static void main(String[] arguments) {
            int code = 1;
            try {
                RunRequest request = RunRequest.parse(arguments);
                RunClock.prepare(request);
                ofTitle(request.contender()).run(request);
                RunClock.writeResult();
                code = 0;
            } catch (Throwable e) {
                // The parent reads the log; threads of Flink must not keep the process alive.
                e.printStackTrace();
            }
            System.exit(code);
        }
    }
}

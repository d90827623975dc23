package dev.candlewick.core.metric;

import java.util.List;
import java.util.Locale;

/**
 * Every metric of the streaming job, beside those that Flink has by itself; names and labels never change.
 *
 * <p>Labels come from closed lists and never from the data: a symbol in a label would be as many series as there are symbols
 * (failure modes 11.2).
 */
public enum JobMetric {
    /** Messages read. */
    READ("read", Operator.STAMP, Kept.IN_STATE, "messages read"),
    /** Messages that are no trades of this run. */
    FILTERED(
            "filtered",
            Operator.STAMP,
            Kept.IN_STATE,
            "messages of another type, or of an instrument that this run does not take"),
    /** Messages that broke a rule. */
    REJECTED("rejected", Operator.STAMP, Kept.IN_STATE, "messages that broke a rule, by the rule", Label.REASON),
    /** Trades turned away. */
    LATE(
            "late",
            Operator.STAMP_AND_MARKET_DATA,
            Kept.IN_STATE,
            "trades turned away as late: by the partition's own log, or behind a mark that went on without an idle or a new"
                    + " partition",
            Label.CAUSE),
    /** From event to receipt. */
    EVENT_TO_RECEIVE_MILLIS(
            "eventToReceiveMillis",
            Operator.STAMP,
            Kept.SAMPLE,
            "from the event of a trade to its receipt by the recorder, or to the broker where none is told; one trade in 64,"
                    + " the last 1,024 of them"),
    /** Trades in candles. */
    ACCEPTED("accepted", Operator.MARKET_DATA, Kept.IN_STATE, "trades taken into candles"),
    /** Copies left out. */
    DUPLICATE("duplicate", Operator.MARKET_DATA, Kept.IN_STATE, "further copies of accepted trades"),
    /** Ids with two contents. */
    ID_CONFLICT(
            "idConflict",
            Operator.MARKET_DATA,
            Kept.IN_STATE,
            "pairs of accepted trades with one id and two contents within the conflict horizon"),
    /** Instruments of a subtask. */
    INSTRUMENTS("instruments", Operator.MARKET_DATA, Kept.IN_STATE, "instruments that a subtask holds"),
    /** Windows that stand. */
    OPEN_WINDOWS(
            "openWindows",
            Operator.MARKET_DATA,
            Kept.AT_CHECKPOINT,
            "windows that stand, open or still open to late trades, as of the last checkpoint",
            Label.INTERVAL),
    /** Ids remembered. */
    DEDUP_IDS(
            "dedupIds",
            Operator.MARKET_DATA,
            Kept.AT_CHECKPOINT,
            "ids and fingerprints remembered, as of the last checkpoint"),
    /** Live updates held back. */
    LIVE_SUPPRESSED(
            "liveSuppressed",
            Operator.MARKET_DATA,
            Kept.SINCE_START,
            "updates of live candles held back by their limits; a later one carries what they would have said"),
    /** Rows published. */
    PUBLISHED(
            "published",
            Operator.OUTLET,
            Kept.IN_STATE,
            "candles published, by interval, and VWAP rows, by the interval that they roll over (`vwap_5m`), each by the reason"
                    + " of the revision",
            Label.INTERVAL,
            Label.REASON),
    /** Trades in published candles. */
    PUBLISHED_TRADES(
            "publishedTrades",
            Operator.OUTLET,
            Kept.IN_STATE,
            "trades in the last revisions of all published candles",
            Label.INTERVAL),
    /** Quality events. */
    QUALITY_EVENTS(
            "qualityEvents",
            Operator.OUTLET_AND_SILENCE,
            Kept.IN_STATE,
            "quality events published, by kind",
            Label.KIND),
    /** From the end of a window to its candle. */
    CLOSE_DELAY_MILLIS(
            "closeDelayMillis",
            Operator.OUTLET,
            Kept.SAMPLE,
            "from the end of a window to its first final candle, by the clock of the machine; the last 1,024 candles"),
    /** The double entry's difference. */
    LEDGER_RESIDUAL(
            "ledgerResidual",
            Operator.LEDGER,
            Kept.IN_STATE,
            "what the double entry does not account for, as of the last checkpoint; 0, or trades were lost or doubled"),
    /** Balances made. */
    LEDGER_CUTS("ledgerCuts", Operator.LEDGER, Kept.SINCE_START, "checkpoints at which the double entry was balanced"),
    /** Instruments of the job. */
    INSTRUMENTS_TOTAL("instrumentsTotal", Operator.LEDGER, Kept.IN_STATE, "instruments of the whole job"),
    /** Whether instruments are near their limit. */
    INSTRUMENTS_ALARM(
            "instrumentsAlarm", Operator.LEDGER, Kept.IN_STATE, "1 from 80 % of `instruments.max` on, else 0"),
    /** Transactions lost. */
    LOST_TRANSACTIONS(
            "lostTransactions",
            Operator.FINAL_TOPICS,
            Kept.SINCE_START,
            "transactions that the broker had given up when they were to be committed: their candles are missing"),
    /** Transactions that were committed before. */
    COMMITTED_BEFORE(
            "committedBefore",
            Operator.FINAL_TOPICS,
            Kept.SINCE_START,
            "transactions that had been committed before a restore; nothing is lost"),
    /** Files of the lake. */
    LAKE_FILES("lakeFiles", Operator.LAKE, Kept.SINCE_START, "files committed to the lake, by table"),
    /** Last commit to the lake. */
    LAKE_LAST_COMMIT_MILLIS(
            "lakeLastCommitMillis",
            Operator.LAKE,
            Kept.SINCE_START,
            "when files were last committed to the lake, in milliseconds since 1970; 0 before the first");

    /** The group that stands in front of every name. */
    public static final String GROUP = "candlewick";

    private static final String PROMETHEUS_PREFIX = "flink_taskmanager_job_task_operator_";

    /** Which operators have a metric. */
    public enum Operator {
        /** Behind each source. */
        STAMP,
        /** The keyed operator. */
        MARKET_DATA,
        /** Both. */
        STAMP_AND_MARKET_DATA,
        /** In front of the sinks. */
        OUTLET,
        /** Both that publish quality events. */
        OUTLET_AND_SILENCE,
        /** The double entry. */
        LEDGER,
        /** The committer of the exactly-once topics. */
        FINAL_TOPICS,
        /** The committer of each table of the lake. */
        LAKE;

        /** The name for people. */
        public String title() {
            return name().toLowerCase(Locale.ROOT).replace("_and_", ", ").replace('_', '-');
        }
    }

    /** How far back a value reaches. */
    public enum Kept {
        /** Rebuilt from state: a restart does not set it back. */
        IN_STATE("state"),
        /** Made of state at each checkpoint. */
        AT_CHECKPOINT("last checkpoint"),
        /** Counted since the operator started: a restart sets it to 0. */
        SINCE_START("since the start"),
        /** A distribution over what was seen last. */
        SAMPLE("sample");

        private final String title;

        Kept(String title) {
            this.title = title;
        }

        /** The name for people. */
        public String title() {
            return title;
        }
    }

    /** The labels that metrics have, each with a closed list of values. */
    public enum Label {
        /** A code of why a message was rejected, or of why a revision came out. */
        REASON,
        /** Why a trade was late. */
        CAUSE,
        /** An interval. */
        INTERVAL,
        /** A kind of quality event. */
        KIND;

        /** The label's name. */
        public String labelName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String metricName;
    private final Operator operator;
    private final Kept kept;
    private final String meaning;
    private final List<Label> labels;

    JobMetric(String metricName, Operator operator, Kept kept, String meaning, Label... labels) {
        this.metricName = metricName;
        this.operator = operator;
        this.kept = kept;
        this.meaning = meaning;
        this.labels = List.of(labels);
    }

    /** The name in Flink, behind the group {@value #GROUP}. */
    public String metricName() {
        return metricName;
    }

    /** Which operators have it. */
    public Operator operator() {
        return operator;
    }

    /** How far back it reaches. */
    public Kept kept() {
        return kept;
    }

    /** What it counts, for people. */
    public String meaning() {
        return meaning;
    }

    /** Its labels, in the order in which they are groups around {@value #GROUP}. */
    public List<Label> labels() {
        return labels;
    }

    /** The name that Flink's Prometheus reporter gives it. */
    public String prometheusName() {
        StringBuilder name = new StringBuilder(PROMETHEUS_PREFIX);
        labels.forEach(label -> name.append(label.labelName()).append('_'));
        return name.append(GROUP).append('_').append(metricName).toString();
    }
}

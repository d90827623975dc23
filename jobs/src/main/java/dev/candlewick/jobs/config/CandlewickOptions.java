package dev.candlewick.jobs.config;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.quality.GapSequence;
import dev.candlewick.core.quality.OutlierRule;
import dev.candlewick.core.quality.OutlierScope;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.FeedRules.Scope;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.core.vwap.VwapEmit;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;
import org.jspecify.annotations.Nullable;

/**
 * Every option that exists, with type, default, description and a valid example.
 *
 * <p>The same names serve on the command line, in files and, in capitals, as environment variables. Defaults are those of
 * crypto feeds; a feed profile may set the options whose {@link Setting#ofFeed()} is true.
 */
public final class CandlewickOptions {
    private static final Duration NO_TIME = Duration.ZERO;
    private static final Duration ONE_MILLISECOND = Duration.ofMillis(1);
    private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

    // Input and feed

    /** The feed profile. */
    public static final Setting<String> FEED = Setting.of(
                    SettingGroup.INPUT,
                    "feed",
                    OptionTypes.text(
                            "name or path",
                            "be the name of a feed profile, or a path with a / in it or .yaml at its end",
                            Pattern.compile("[^\\x00-\\x1f]+")))
            .defaultValue("crypto")
            .describe(
                    "The feed profile: crypto, futures, us-equities, or the path of a YAML file of one's own (a value with"
                            + " / in it or .yaml at its end).",
                    "us-equities");
    /** Batch or streaming. */
    public static final Setting<RunMode> MODE = Setting.of(SettingGroup.INPUT, "mode", OptionTypes.oneOf(RunMode.class))
            .defaultValue(RunMode.STREAMING)
            .describe("Flink's runtime mode. The results are the same; batch needs a bounded input.", "batch");
    /** The file or folder of a bounded run. */
    public static final Setting<String> INPUT = Setting.of(SettingGroup.INPUT, "input", OptionTypes.path())
            .describe(
                    "File or folder that a bounded run reads; without it the job reads the source topics.",
                    "trades.csv.gz");
    /** How trades are written. */
    public static final Setting<InputFormat> FORMAT = Setting.of(
                    SettingGroup.INPUT, "format", OptionTypes.oneOf(InputFormat.class))
            .defaultValue(InputFormat.JSON)
            .ofFeed()
            .describe("How trades are written in the input. parquet is for files and lakes only.", "csv");
    /** Whose messages. */
    public static final Setting<MessagePreset> PRESET = Setting.of(
                    SettingGroup.INPUT, "preset", OptionTypes.oneOf(MessagePreset.class))
            .defaultValue(MessagePreset.NONE)
            .ofFeed()
            .describe(
                    "Read the public trade messages of a venue as its web socket sends them; for format=json. none: messages"
                            + " with the canonical names.",
                    "binance");
    /** The venue of a preset. */
    public static final Setting<String> PRESET_VENUE = Setting.of(
                    SettingGroup.INPUT,
                    "preset.venue",
                    OptionTypes.text(
                            "text", "be a text of at most 100 characters", Pattern.compile("[^\\x00-\\x1f]{1,100}")))
            .ofFeed()
            .describe(
                    "The venue of trades read with a preset, whose messages do not say it. Unset: the preset's name.",
                    "binance-us");
    /** Topics with trades. */
    public static final Setting<List<String>> SOURCE_TOPIC = Setting.of(
                    SettingGroup.INPUT,
                    "source.topic",
                    OptionTypes.list(
                            "list of topics",
                            "list topics, separated by commas: letters, digits, dots, dashes and underscores",
                            TOPIC))
            .defaultValue(List.of("trades"))
            .describe(
                    "Topics with trades, by their full names: topic.prefix is not put before them.",
                    "trades.eu,trades.us");
    /** Where reading starts. */
    public static final Setting<SourceOffsets> SOURCE_START_OFFSETS = Setting.of(
                    SettingGroup.INPUT, "source.start-offsets", OptionTypes.startOffsets())
            .defaultValue(SourceOffsets.EARLIEST)
            .describe(
                    "Where a job without state starts to read: at the topic's earliest or latest record, at the first"
                            + " record with this broker time or a later one, or at offsets. A restored job goes on where"
                            + " its state says.",
                    "2024-03-01T09:30:00Z");
    /** Where reading ends. */
    public static final Setting<SourceOffsets> SOURCE_UNTIL = Setting.of(
                    SettingGroup.INPUT, "source.until", OptionTypes.until())
            .defaultValue(SourceOffsets.NEVER)
            .describe(
                    "Where the job stops reading the source topics, which makes the run bounded: never, at the latest record"
                            + " as it is at the start, or before these offsets. Every open window is published then.",
                    "0:1500,1:1498");
    /** After which silence a partition no longer holds event time back. */
    public static final Setting<IdleTimeout> SOURCE_IDLE_TIMEOUT = Setting.of(
                    SettingGroup.INPUT, "source.idle-timeout", OptionTypes.idleTimeout())
            .derivedDefault("30s (off in bounded runs)")
            .describe(
                    "After this time without a record a partition no longer holds event time back. Always off in bounded"
                            + " runs.",
                    "2m");
    /** The instruments that exist. */
    public static final Setting<List<String>> INSTRUMENTS = Setting.of(
                    SettingGroup.INPUT, "instruments", OptionTypes.symbols())
            .defaultValue(List.of())
            .ofFeed()
            .stamped()
            .describe(
                    "The symbols of the feed; trades of others are rejected as UNKNOWN_INSTRUMENT. Empty: any symbol.",
                    "BTC-USD,ETH-USD");
    /** The instruments of this run. */
    public static final Setting<List<String>> SYMBOLS = Setting.of(SettingGroup.INPUT, "symbols", OptionTypes.symbols())
            .defaultValue(List.of())
            .describe("The symbols that this run takes; trades of others are filtered. Empty: all.", "BTC-USD");
    /** Where a bounded run over an archive begins to publish. */
    public static final Setting<Long> FROM = Setting.of(SettingGroup.INPUT, "from", OptionTypes.time())
            .describe(
                    "Publish only windows that begin at this time or later: a UTC date or instant. Only with"
                            + " format=parquet. Unset: from the first trade on.",
                    "2024-03-04");
    /** Where a bounded run over an archive ends to publish. */
    public static final Setting<Long> TO = Setting.of(SettingGroup.INPUT, "to", OptionTypes.timeEnd())
            .describe(
                    "Publish only windows that end by the end of this UTC date, or by this instant, which is itself not in"
                            + " the range. Only with format=parquet. Unset: to the last trade.",
                    "2024-03-04");
    /** How much more is read. */
    public static final Setting<Duration> LEAD_IN = Setting.of(
                    SettingGroup.INPUT, "lead-in", OptionTypes.duration(NO_TIME, Duration.ofDays(366)))
            .defaultValue(Duration.ofHours(1))
            .describe(
                    "With from or to: how much before and behind the range is read as well, so that what is published in it"
                            + " knows what was before: previous closes, rolling sums, gaps, runs of equal prices. Never"
                            + " less than what lateness, conflicts and the rolling VWAP need.",
                    "6h");
    /** How many instruments to take. */
    public static final Setting<Integer> SAMPLE = Setting.of(
                    SettingGroup.INPUT, "sample", OptionTypes.integer(1, Integer.MAX_VALUE))
            .describe("Take this many whole instruments, chosen by a fixed hash of the symbol. Unset: all.", "10");
    /** The most instruments. */
    public static final Setting<Integer> INSTRUMENTS_MAX = Setting.of(
                    SettingGroup.INPUT, "instruments.max", OptionTypes.integer(1, Integer.MAX_VALUE))
            .defaultValue(100_000)
            .describe(
                    "The most instruments that the job holds; one more stops it with a message, because dropping single"
                            + " symbols would depend on arrival. An alarm goes out at 80 %.",
                    "5000");

    // Validation

    /** Decimals of prices. */
    public static final Setting<ScaleRules> PRICE_SCALE = Setting.of(
                    SettingGroup.VALIDATION, "price.scale", OptionTypes.scales())
            .defaultValue(ScaleRules.of(12))
            .ofFeed()
            .stamped()
            .describe(
                    "Decimals of prices, 0 to 18: one number, or pattern=decimals by symbol, where * stands for any text,"
                            + " the first match counts and the pattern * alone is for all others; in YAML also a mapping."
                            + " Without an entry for * the default stays. More significant decimals are rejected as PRECISION.",
                    "JPY*=3,*=9");
    /** Decimals of sizes. */
    public static final Setting<ScaleRules> SIZE_SCALE = Setting.of(
                    SettingGroup.VALIDATION, "size.scale", OptionTypes.scales())
            .defaultValue(ScaleRules.of(8))
            .ofFeed()
            .stamped()
            .describe(
                    "Decimals of sizes, like price.scale. With P the largest price scale, at least 12, and Q the largest size"
                            + " scale, at least 8, P + Q is at most 30.",
                    "0");
    /** Zero sizes. */
    public static final Setting<Boolean> SIZE_ZERO = Setting.of(
                    SettingGroup.VALIDATION, "size.zero", OptionTypes.trueOrFalse())
            .defaultValue(false)
            .ofFeed()
            .stamped()
            .describe(
                    "Whether a trade may have size 0: futures print them, and they set prices. Else it is rejected as"
                            + " SIZE_NOT_POSITIVE.",
                    "true");
    /** The first event time. */
    public static final Setting<Long> EVENT_TIME_MIN = Setting.of(
                    SettingGroup.VALIDATION, "event.time.min", OptionTypes.time())
            .defaultValue(FeedRules.EVENT_TIME_MIN_NANOS)
            .ofFeed()
            .stamped()
            .describe(
                    "The first event time that is accepted; earlier ones are rejected as TIME_RANGE, which catches"
                            + " milliseconds declared as nanoseconds.",
                    "2010-01-01");
    /** The last event time. */
    public static final Setting<Long> EVENT_TIME_MAX = Setting.of(
                    SettingGroup.VALIDATION, "event.time.max", OptionTypes.time())
            .defaultValue(FeedRules.EVENT_TIME_MAX_NANOS)
            .ofFeed()
            .stamped()
            .describe(
                    "The last event time that is accepted; later ones are rejected as TIME_RANGE.",
                    "2050-01-01T12:00:00Z");
    /** How far an event time may lie in the future. */
    public static final Setting<Duration> FUTURE_TOLERANCE = Setting.of(
                    SettingGroup.VALIDATION, "future.tolerance", OptionTypes.duration(NO_TIME))
            .defaultValue(Duration.ofNanos(FeedRules.FUTURE_TOLERANCE_NANOS))
            .ofFeed()
            .stamped()
            .describe(
                    "How far an event time may lie after the receive time, else after the record's Kafka time; beyond it the"
                            + " trade is rejected as TIME_FUTURE.",
                    "500ms");
    /** How far event time may jump. */
    public static final Setting<Duration> TIME_JUMP = Setting.of(
                    SettingGroup.VALIDATION, "time.jump", OptionTypes.duration(ONE_MILLISECOND))
            .defaultValue(Duration.ofNanos(FeedRules.TIME_JUMP_NANOS))
            .ofFeed()
            .stamped()
            .describe(
                    "Where a file has no receive time: how far an event time may lie after the largest one before it; beyond"
                            + " it the trade is rejected as TIME_JUMP.",
                    "7d");
    /** The most bytes of one message. */
    public static final Setting<Integer> MESSAGE_MAX_BYTES = Setting.of(
                    SettingGroup.VALIDATION, "message.max-bytes", OptionTypes.integer(1024, 1 << 28))
            .defaultValue(FeedRules.MESSAGE_BYTES_MAX)
            .ofFeed()
            .stamped()
            .describe("The most bytes of one message; a longer one is rejected as UNPARSABLE.", "65536");
    /** Sale conditions. */
    public static final Setting<Conditions> CONDITIONS = Setting.of(
                    SettingGroup.VALIDATION, "conditions", OptionTypes.oneOf(Conditions.class))
            .defaultValue(Conditions.NONE)
            .ofFeed()
            .stamped()
            .describe(
                    "Which rules on sale conditions apply; none is the only one that exists: every trade counts in full.",
                    "none");

    // Event time and lateness

    /** Out-of-orderness. */
    public static final Setting<Duration> OUT_OF_ORDERNESS = Setting.of(
                    SettingGroup.LATENESS, "out-of-orderness", OptionTypes.duration(NO_TIME))
            .defaultValue(Duration.ofSeconds(1))
            .ofFeed()
            .stamped()
            .describe(
                    "How far behind the largest event time of its partition a trade may come in the normal course: the"
                            + " watermark stays this far behind. Candles close this much later.",
                    "2500ms");
    /** Allowed lateness. */
    public static final Setting<Duration> ALLOWED_LATENESS = Setting.of(
                    SettingGroup.LATENESS, "allowed-lateness", OptionTypes.duration(NO_TIME))
            .defaultValue(Duration.ofSeconds(10))
            .ofFeed()
            .stamped()
            .describe(
                    "How long after its end, in event time, a window still takes trades and its candle is revised.",
                    "1m");
    /** What late does. */
    public static final Setting<LatePolicy> LATE = Setting.of(
                    SettingGroup.LATENESS, "late", OptionTypes.oneOf(LatePolicy.class))
            .derivedDefault("apply (accept with mode=batch)")
            .describe(
                    "What happens to trades beyond the allowed lateness: apply turns them away, counted and archived; accept"
                            + " takes them and records the verdict only. accept is for bounded runs.",
                    "accept");

    // Candles and VWAP

    /** Whose candles. */
    public static final Setting<Scope> SCOPE = Setting.of(SettingGroup.CANDLES, "scope", OptionTypes.oneOf(Scope.class))
            .defaultValue(Scope.VENUE)
            .ofFeed()
            .stamped()
            .describe(
                    "Candles for each venue and symbol, or consolidated over all venues of a symbol.", "consolidated");
    /** The intervals. */
    public static final Setting<Intervals> INTERVALS = Setting.of(
                    SettingGroup.CANDLES, "intervals", OptionTypes.intervals())
            .defaultValue(Intervals.DEFAULT)
            .stamped()
            .describe(
                    "The candle intervals: multiples of the finest one and of 1 ms. Their names are topic suffixes and lake"
                            + " partitions. Only the finest one is part of the profile stamp.",
                    "1s,1m,1h");
    /** Empty windows. */
    public static final Setting<FillPolicy> FILL = Setting.of(
                    SettingGroup.CANDLES, "fill", OptionTypes.oneOf(FillPolicy.class))
            .defaultValue(FillPolicy.OMIT)
            .stamped()
            .describe(
                    "Windows without a trade: omit publishes nothing, carry a flat candle at the previous close, with volume 0"
                            + " and the flag SYNTHETIC.",
                    "carry");
    /** The longest fill. */
    public static final Setting<Integer> FILL_MAX = Setting.of(
                    SettingGroup.CANDLES, "fill.max", OptionTypes.integer(1, Integer.MAX_VALUE))
            .defaultValue(100_000)
            .stamped()
            .describe(
                    "With fill=carry: how many windows of one gap are filled at most; the next real candle is flagged"
                            + " FILL_TRUNCATED.",
                    "1440");
    /** VWAP rows. */
    public static final Setting<VwapEmit> VWAP_EMIT = Setting.of(
                    SettingGroup.CANDLES, "vwap.emit", OptionTypes.oneOf(VwapEmit.class))
            .defaultValue(VwapEmit.ACTIVE)
            .describe(
                    "Rolling 5-minute VWAP: active gives a row for each second with a trade, every-second also while older"
                            + " trades remain, off none.",
                    "every-second");
    /** Identity of trades. */
    public static final Setting<DedupKey> DEDUP_KEY = Setting.of(
                    SettingGroup.CANDLES, "dedup.key", OptionTypes.oneOf(DedupKey.class))
            .defaultValue(DedupKey.TRADE_ID)
            .ofFeed()
            .stamped()
            .describe(
                    "What makes two trades copies: trade-id (venue, symbol, id, event time, price and size; rows without an id"
                            + " are suspects, never copies), fingerprint (venue, symbol, event time, price, size, side and"
                            + " conditions) or none.",
                    "fingerprint");
    /** Conflict horizon. */
    public static final Setting<Duration> CONFLICT_HORIZON = Setting.of(
                    SettingGroup.CANDLES, "conflict.horizon", OptionTypes.duration(NO_TIME, Duration.ofDays(1)))
            .defaultValue(Duration.ofSeconds(10))
            .ofFeed()
            .stamped()
            .describe(
                    "How far apart in event time one id with two payloads is a conflict (ID_CONFLICT); beyond it the id is"
                            + " reused. Ids are remembered this long.",
                    "1m");

    // Quality

    /** Quality rules. */
    public static final Setting<QualityLevel> QUALITY = Setting.of(
                    SettingGroup.QUALITY, "quality", OptionTypes.oneOf(QualityLevel.class))
            .defaultValue(QualityLevel.DEFAULT)
            .stamped()
            .describe(
                    "Quality rules: off, default (all but outliers) or full. Only whether and how outliers are looked for is"
                            + " part of the profile stamp.",
                    "full");
    /** Contiguous numbers. */
    public static final Setting<GapSequence> GAP_SEQUENCE = Setting.of(
                    SettingGroup.QUALITY, "gap.sequence", OptionTypes.oneOf(GapSequence.class))
            .defaultValue(GapSequence.TRADE_ID)
            .ofFeed()
            .describe(
                    "Which numbers are contiguous for each venue and instrument, so that a hole means missing trades.",
                    "sequence");
    /** Silence. */
    public static final Setting<Duration> SILENCE = Setting.of(
                    SettingGroup.QUALITY, "silence", OptionTypes.duration(Duration.ofSeconds(1)))
            .defaultValue(Duration.ofSeconds(10))
            .ofFeed()
            .describe(
                    "A venue without a valid trade for this long in event time, while another has some in each of those"
                            + " seconds, is silent; whole seconds. The same for all sources of a job.",
                    "30s");

    /** Rules that look for outliers. */
    public static final Setting<OutlierRule> OUTLIER_RULE = Setting.of(
                    SettingGroup.QUALITY, "outlier.rule", OptionTypes.oneOf(OutlierRule.class))
            .defaultValue(OutlierRule.HAMPEL)
            .ofFeed()
            .describe(
                    "With quality=full: hampel compares with the medians before, around and after, mean with the rolling"
                            + " mean before, both does both.",
                    "both");
    /** What the outlier rules run over. */
    public static final Setting<OutlierScope> OUTLIER_SCOPE = Setting.of(
                    SettingGroup.QUALITY, "outlier.scope", OptionTypes.oneOf(OutlierScope.class))
            .defaultValue(OutlierScope.TRADE)
            .ofFeed()
            .describe(
                    "With quality=full: trade looks at each trade, pane at the highest and lowest price of each quarter"
                            + " second.",
                    "pane");
    /** Robust deviations of an outlier. */
    public static final Setting<Integer> OUTLIER_THRESHOLD = Setting.of(
                    SettingGroup.QUALITY, "outlier.threshold", OptionTypes.integer(1, 1_000))
            .defaultValue(5)
            .ofFeed()
            .describe("From how many robust deviations (1.4826 · MAD) on a price is an outlier.", "10");
    /** Trades of a stale run. */
    public static final Setting<Integer> STALE_TRADES = Setting.of(
                    SettingGroup.QUALITY, "stale.trades", OptionTypes.integer(2, Integer.MAX_VALUE))
            .defaultValue(100)
            .ofFeed()
            .describe("From how many trades at one price on a run of them is stale, if it also lasts.", "20");
    /** Length of a stale run. */
    public static final Setting<Duration> STALE_DURATION = Setting.of(
                    SettingGroup.QUALITY, "stale.duration", OptionTypes.duration(Duration.ofMillis(1)))
            .defaultValue(Duration.ofMinutes(1))
            .ofFeed()
            .describe("From how long a run of trades at one price on, in event time, it is stale.", "10m");

    // Output

    /** The lake of a bounded run. */
    public static final Setting<String> OUTPUT = Setting.of(SettingGroup.OUTPUT, "output", OptionTypes.path())
            .describe("The lake that a bounded run writes: missing, empty, or with a lake in it.", "lake");
    /** The lake of the streaming job. */
    public static final Setting<String> OUTPUT_LAKE = Setting.of(
                    SettingGroup.OUTPUT, "output.lake", OptionTypes.mountedPath())
            .describe("The lake that the streaming job writes beside its topics. Unset: none.", "/data/lake");
    /** Whether trades are archived. */
    public static final Setting<Boolean> ARCHIVE = Setting.of(SettingGroup.OUTPUT, "archive", OptionTypes.onOrOff())
            .defaultValue(true)
            .describe("Whether every valid trade is written to the lake, where the run has one.", "off");
    /** Whether a bounded run publishes. */
    public static final Setting<Boolean> PUBLISH = Setting.of(SettingGroup.OUTPUT, "publish", OptionTypes.trueOrFalse())
            .defaultValue(false)
            .describe(
                    "Whether a bounded run publishes to the candle topics too; then only windows wholly inside the input are"
                            + " published.",
                    "true");
    /** Whether live candles go out. */
    public static final Setting<Boolean> LIVE = Setting.of(SettingGroup.OUTPUT, "live", OptionTypes.onOrOff())
            .derivedDefault("on (off in bounded runs)")
            .describe("Whether open candles go to candles.live while they change. Always off in bounded runs.", "off");
    /** The most live candles. */
    public static final Setting<Integer> LIVE_MAX_RATE = Setting.of(
                    SettingGroup.OUTPUT, "live.max-rate", OptionTypes.rate())
            .defaultValue(5_000)
            .describe("The most records a second on candles.live, over all instruments.", "500/s");
    /** Prefix of topics. */
    public static final Setting<String> TOPIC_PREFIX = Setting.of(
                    SettingGroup.OUTPUT,
                    "topic.prefix",
                    OptionTypes.text(
                            "text",
                            "be at most 200 letters, digits, dots, dashes and underscores",
                            Pattern.compile("[A-Za-z0-9._-]{0,200}")))
            .defaultValue("")
            .describe("Stands before the names of all topics that are written.", "blue.");

    // Kafka

    /** The brokers. */
    public static final Setting<String> KAFKA_BOOTSTRAP_SERVERS = Setting.of(
                    SettingGroup.KAFKA,
                    "kafka.bootstrap.servers",
                    OptionTypes.text(
                            "host:port list",
                            "list brokers as host:port, separated by commas",
                            Pattern.compile("[^\\s,:/]+:[0-9]{1,5}(,[^\\s,:/]+:[0-9]{1,5})*"
                                    + "|\\[[0-9a-fA-F:.]+]:[0-9]{1,5}(,\\[[0-9a-fA-F:.]+]:[0-9]{1,5})*")))
            .describe("The brokers to start from.", "broker-1:9092,broker-2:9092");
    /** The consumer group. */
    public static final Setting<String> KAFKA_GROUP_ID = Setting.of(
                    SettingGroup.KAFKA,
                    "kafka.group.id",
                    OptionTypes.text(
                            "text",
                            "be 1 to 200 letters, digits, dots, dashes and underscores",
                            Pattern.compile("[A-Za-z0-9._-]{1,200}")))
            .defaultValue("candlewick")
            .describe(
                    "The consumer group under which progress is shown. The job never starts from its offsets.",
                    "candlewick-blue");
    /** Transactional ids. */
    public static final Setting<String> KAFKA_TRANSACTIONAL_ID_PREFIX = Setting.of(
                    SettingGroup.KAFKA,
                    "kafka.transactional-id-prefix",
                    OptionTypes.text(
                            "text", "be 1 to 220 visible ASCII characters", Pattern.compile("[\\x21-\\x7e]{1,220}")))
            .derivedDefault("cw.<kafka.group.id>~")
            .describe(
                    "Stands before the transactional ids of the exactly-once sink. Two jobs must never have equal prefixes, nor"
                            + " one that the other begins with: they would end each other's transactions.",
                    "cw.prod.candlewick.1~");
    /** Transaction timeout. */
    public static final Setting<Duration> KAFKA_TRANSACTION_TIMEOUT = Setting.of(
                    SettingGroup.KAFKA,
                    "kafka.transaction.timeout",
                    OptionTypes.duration(Duration.ofSeconds(1), Duration.ofDays(7)))
            .defaultValue(Duration.ofMinutes(15))
            .describe(
                    "After this time without a commit the broker discards candles that were written. At most the broker's"
                            + " transaction.max.timeout.ms (15 minutes unless changed), and at least"
                            + " (checkpoint.tolerable-failures + 1) × (checkpoint.interval + checkpoint.timeout) + 1 minute"
                            + " for a restart.",
                    "12m");

    // Runtime

    /** Parallelism. */
    public static final Setting<Integer> PARALLELISM = Setting.of(
                    SettingGroup.RUNTIME, "parallelism", OptionTypes.integer(1, 1 << 15))
            .derivedDefault("the number of cores")
            .describe("Parallelism of the job; at most max-parallelism. Results do not depend on it.", "8");
    /** Maximum parallelism. */
    public static final Setting<Integer> MAX_PARALLELISM = Setting.of(
                    SettingGroup.RUNTIME, "max-parallelism", OptionTypes.integer(1, 1 << 15))
            .defaultValue(128)
            .describe("The number of key groups of the state: it cannot change while the state lives.", "1024");
    /** Checkpoint interval. */
    public static final Setting<Duration> CHECKPOINT_INTERVAL = Setting.of(
                    SettingGroup.RUNTIME, "checkpoint.interval", OptionTypes.duration(Duration.ofMillis(10)))
            .defaultValue(Duration.ofSeconds(10))
            .describe("Time between checkpoints. Closed candles become visible to readers with the next one.", "2s");
    /** Checkpoint timeout. */
    public static final Setting<Duration> CHECKPOINT_TIMEOUT = Setting.of(
                    SettingGroup.RUNTIME, "checkpoint.timeout", OptionTypes.duration(Duration.ofMillis(10)))
            .defaultValue(Duration.ofMinutes(2))
            .describe("A checkpoint that takes longer is given up.", "1m");
    /** Watermark interval. */
    public static final Setting<Duration> WATERMARK_INTERVAL = Setting.of(
                    SettingGroup.RUNTIME, "watermark.interval", OptionTypes.duration(Duration.ofMillis(1)))
            .defaultValue(Duration.ofMillis(50))
            .describe(
                    "How often watermarks are sent: a candle closes up to this much later than its log allows. No value"
                            + " depends on it.",
                    "200ms");
    /** Buffer timeout. */
    public static final Setting<Duration> BUFFER_TIMEOUT = Setting.of(
                    SettingGroup.RUNTIME, "buffer.timeout", OptionTypes.duration(Duration.ofMillis(1)))
            .defaultValue(Duration.ofMillis(10))
            .describe(
                    "How long a network buffer that is not full waits for more before it is sent: every value comes up to"
                            + " this much later, twice on its way from the input to a topic. No value depends on it.",
                    "100ms");
    /** Tolerable failures. */
    public static final Setting<Integer> CHECKPOINT_TOLERABLE_FAILURES = Setting.of(
                    SettingGroup.RUNTIME, "checkpoint.tolerable-failures", OptionTypes.integer(0, 1_000))
            .defaultValue(3)
            .describe("How many checkpoints in a row may fail before the job restarts.", "0");
    /** Where checkpoints go. */
    public static final Setting<String> CHECKPOINT_DIR = Setting.of(
                    SettingGroup.RUNTIME, "checkpoint.dir", OptionTypes.path())
            .describe(
                    "Where checkpoints go. Unset: what the cluster's execution.checkpointing.dir says.",
                    "s3://bucket/checkpoints");
    /** Restarts. */
    public static final Setting<Integer> RESTART_ATTEMPTS = Setting.of(
                    SettingGroup.RUNTIME, "restart.attempts", OptionTypes.integer(0, Integer.MAX_VALUE))
            .defaultValue(10)
            .describe("How often the job restarts after a failure before it fails for good.", "3");
    /** State backend. */
    public static final Setting<StateBackendType> STATE_BACKEND = Setting.of(
                    SettingGroup.RUNTIME, "state.backend", OptionTypes.oneOf(StateBackendType.class))
            .defaultValue(StateBackendType.HASHMAP)
            .describe(
                    "Where keyed state lives: on the heap, or in RocksDB where it does not fit there. Where it is not set,"
                            + " what a cluster's state.backend.type says is stronger.",
                    "rocksdb");
    /** Start without state. */
    public static final Setting<Boolean> FRESH = Setting.of(SettingGroup.RUNTIME, "fresh", OptionTypes.trueOrFalse())
            .defaultValue(false)
            .describe("Start without state although a checkpoint exists.", "true");
    /** Publish healed values again. */
    public static final Setting<Boolean> REPUBLISH = Setting.of(
                    SettingGroup.RUNTIME, "republish", OptionTypes.trueOrFalse())
            .defaultValue(false)
            .describe(
                    "Start from state that is older than the newest heal: healed values come again without what was healed,"
                            + " until the next heal.",
                    "true");

    /** Keys that begin with this are handed to the Kafka clients, without it. */
    public static final String KAFKA_PROPERTIES_PREFIX = "kafka.properties.";

    /** What {@link #KAFKA_PROPERTIES_PREFIX} does, for the reference. */
    static final String KAFKA_PROPERTIES_DESCRIPTION = "Any property of the Kafka clients, such as security.protocol or"
            + " sasl.jaas.config. Properties that the job sets itself are refused. Secrets are never shown, and refused as"
            + " arguments: name where they are, as ${dir:/run/secrets:kafka-password} (a file) or ${env:KAFKA_PASSWORD}.";

    private static final List<Setting<?>> ALL = List.of(
            FEED,
            MODE,
            INPUT,
            FORMAT,
            PRESET,
            PRESET_VENUE,
            SOURCE_TOPIC,
            SOURCE_START_OFFSETS,
            SOURCE_UNTIL,
            SOURCE_IDLE_TIMEOUT,
            INSTRUMENTS,
            INSTRUMENTS_MAX,
            SYMBOLS,
            FROM,
            TO,
            LEAD_IN,
            SAMPLE,
            PRICE_SCALE,
            SIZE_SCALE,
            SIZE_ZERO,
            EVENT_TIME_MIN,
            EVENT_TIME_MAX,
            FUTURE_TOLERANCE,
            TIME_JUMP,
            MESSAGE_MAX_BYTES,
            CONDITIONS,
            OUT_OF_ORDERNESS,
            ALLOWED_LATENESS,
            LATE,
            SCOPE,
            INTERVALS,
            FILL,
            FILL_MAX,
            VWAP_EMIT,
            DEDUP_KEY,
            CONFLICT_HORIZON,
            QUALITY,
            GAP_SEQUENCE,
            SILENCE,
            OUTLIER_RULE,
            OUTLIER_SCOPE,
            OUTLIER_THRESHOLD,
            STALE_TRADES,
            STALE_DURATION,
            OUTPUT,
            OUTPUT_LAKE,
            ARCHIVE,
            PUBLISH,
            LIVE,
            LIVE_MAX_RATE,
            TOPIC_PREFIX,
            KAFKA_BOOTSTRAP_SERVERS,
            KAFKA_GROUP_ID,
            KAFKA_TRANSACTIONAL_ID_PREFIX,
            KAFKA_TRANSACTION_TIMEOUT,
            PARALLELISM,
            MAX_PARALLELISM,
            CHECKPOINT_INTERVAL,
            CHECKPOINT_TIMEOUT,
            WATERMARK_INTERVAL,
            BUFFER_TIMEOUT,
            CHECKPOINT_TOLERABLE_FAILURES,
            CHECKPOINT_DIR,
            RESTART_ATTEMPTS,
            STATE_BACKEND,
            FRESH,
            REPUBLISH);

    private static final Map<String, Setting<?>> BY_KEY = byKey();

    private CandlewickOptions() {}

    /** Every option, in the order of the reference. */
    public static List<Setting<?>> all() {
        return ALL;
    }

    /** The option of a key; null where there is none. */
    public static @Nullable Setting<?> find(String key) {
        return BY_KEY.get(key);
    }

    /** The keys of all options, in the order of the reference. */
    public static List<String> keys() {
        return List.copyOf(BY_KEY.keySet());
    }

    /** Every option as Flink knows options. */
    public static List<ConfigOption<?>> flinkOptions() {
        return ALL.stream().<ConfigOption<?>>map(Setting::option).toList();
    }

    private static Map<String, Setting<?>> byKey() {
        Map<String, Setting<?>> byKey = new LinkedHashMap<>();
        for (Setting<?> setting : ALL) {
            if (byKey.put(setting.key(), setting) != null) {
                throw new IllegalStateException("option must be defined once, was twice (key=" + setting.key() + ")");
            }
        }
        return Collections.unmodifiableMap(byKey);
    }
}

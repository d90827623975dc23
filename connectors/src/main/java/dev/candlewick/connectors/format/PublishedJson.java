package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one canonical JSON form of each published value: fields in the order of design section 3, decimals as strings
 * without trailing zeros, times and counts as numbers, absent values as null; one thread.
 *
 * <p>Equal values give equal bytes, so runs can be compared byte by byte. When a value became known is not part of it.
 */
public final class PublishedJson {
    /** What a rejected message is never longer than, in bytes: 4 MiB, to which its topic and producer are set. */
    public static final int REJECTED_BYTES_MAX = 4 << 20;

    private static final int RAW_BYTES_MAX = 3_000_000;
    private static final int RAW_TEXT_BYTES_MAX = 64 << 10;

    // Names with all that stands around them, encoded once: a value has twenty.
    private static final byte[] VENUE = utf8("{\"venue\":");
    private static final byte[] SYMBOL = utf8(",\"symbol\":");
    private static final byte[] INTERVAL = utf8(",\"interval\":\"");
    private static final byte[] START = utf8("\",\"start_ns\":");
    private static final byte[] END = utf8(",\"end_ns\":");
    private static final byte[] OPEN = utf8(",\"open\":\"");
    private static final byte[] HIGH = utf8("\",\"high\":\"");
    private static final byte[] LOW = utf8("\",\"low\":\"");
    private static final byte[] CLOSE = utf8("\",\"close\":\"");
    private static final byte[] VOLUME = utf8(",\"volume\":");
    private static final byte[] NOTIONAL = utf8(",\"notional\":");
    private static final byte[] VWAP = utf8(",\"vwap\":");
    private static final byte[] TRADES = utf8(",\"trades\":");
    private static final byte[] FIRST_TRADE = utf8(",\"first_trade_ns\":");
    private static final byte[] LAST_TRADE = utf8(",\"last_trade_ns\":");
    private static final byte[] REVISION = utf8(",\"revision\":");
    private static final byte[] REASON = utf8(",\"reason\":\"");
    private static final byte[] FINAL = utf8("\",\"final\":true,\"digest\":\"");
    private static final byte[] NOT_FINAL = utf8("\",\"final\":false,\"digest\":\"");
    private static final byte[] FLAGS = utf8("\",\"flags\":[");
    private static final byte[] CANDLE_PROFILE = utf8("],\"profile\":");
    private static final byte[] ROW_PROFILE = utf8("\",\"profile\":");
    private static final byte[] AT = utf8(",\"at_ns\":");
    private static final byte[] EVENT_TIME = utf8(",\"event_time_ns\":");
    private static final byte[] EVENT_START = utf8(",\"start_ns\":");
    private static final byte[] EVENT_END = utf8(",\"end_ns\":");
    private static final byte[] NULL = utf8("null");

    private final ByteWriter writer = new ByteWriter(512);
    private final byte[] quotedProfile;

    /** A writer that stamps values with {@code <feed profile>@<hash of its resolved settings>}. */
    public PublishedJson(String profile) {
        quotedProfile = new ByteWriter(64).putJsonText(profile).toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The value of a record in {@code candles.<interval>}. */
    public byte[] candle(Candle candle) {
        writer.clear();
        put(candle);
        return writer.toByteArray();
    }

    /** The value of a record in {@code candles.live}. */
    public byte[] live(LiveCandles live) {
        writer.clear();
        writer.put(VENUE).putJsonText(live.venue());
        writer.put(SYMBOL).putJsonText(live.symbol());
        writer.put(",\"candles\":[");
        for (int i = 0; i < live.candles().size(); i++) {
            if (i > 0) {
                writer.put(',');
            }
            put(live.candles().get(i));
        }
        return writer.put("]}").toByteArray();
    }

    /** The value of a record in {@code vwap.5m}. */
    public byte[] vwap(VwapRow row) {
        writer.clear();
        writer.put(VENUE).putJsonText(row.venue());
        writer.put(SYMBOL).putJsonText(row.symbol());
        writer.put(AT).putNumber(row.atNanos());
        decimal(VWAP, row.vwapScaled(), Decimals.vwapScale(row.priceScale()));
        decimal(VOLUME, row.volume(), row.sizeScale());
        decimal(NOTIONAL, row.notional(), row.notionalScale());
        writer.put(TRADES).putNumber(row.trades());
        writer.put(REVISION).putNumber(row.revision());
        writer.put(REASON).put(row.reason().name());
        return writer.put(ROW_PROFILE).put(quotedProfile).put('}').toByteArray();
    }

    /** The value of a record in {@code quality.events}; {@code detail} is an object or null. */
    public byte[] event(QualityEvent event) {
        writer.clear();
        writer.put("{\"kind\":\"").put(event.kind().name());
        writer.put("\",\"venue\":").putJsonText(event.venue());
        writer.put(SYMBOL);
        if (event.symbol() == null) {
            writer.put(NULL);
        } else {
            writer.putJsonText(event.symbol());
        }
        time(EVENT_TIME, event.eventTimeNanos());
        time(EVENT_START, event.startNanos());
        time(EVENT_END, event.endNanos());
        writer.put(",\"count\":").putNumber(event.count());
        writer.put(",\"detail\":").put(event.detail() == null ? "null" : event.detail());
        return writer.put(",\"profile\":").put(quotedProfile).put('}').toByteArray();
    }

    /** The value of a record in {@code quality.reports}. */
    public byte[] report(MinuteReport report) {
        writer.clear();
        writer.put(VENUE).putJsonText(report.venue());
        writer.put(SYMBOL).putJsonText(report.symbol());
        count(",\"start_ns\":", report.startNanos());
        count(",\"end_ns\":", report.endNanos());
        count(",\"trades\":", report.trades());
        count(",\"duplicates\":", report.duplicates());
        count(",\"conflicts\":", report.conflicts());
        count(",\"suspects\":", report.suspects());
        count(",\"outliers\":", report.outliers());
        count(",\"zero_sizes\":", report.zeroSizes());
        count(",\"stale_runs\":", report.staleRuns());
        count(",\"gaps_500ms\":", report.gaps500Millis());
        count(",\"gaps_5s\":", report.gaps5Seconds());
        count(",\"gaps_30s\":", report.gaps30Seconds());
        count(",\"missing_sequences\":", report.missingSequences());
        count(",\"latency_count\":", report.latencyCount());
        count(",\"latency_min_ns\":", report.latencyMinNanos());
        count(",\"latency_p50_ns\":", report.latencyP50Nanos());
        count(",\"latency_p90_ns\":", report.latencyP90Nanos());
        count(",\"latency_p99_ns\":", report.latencyP99Nanos());
        count(",\"latency_max_ns\":", report.latencyMaxNanos());
        count(",\"largest_gap_ns\":", report.largestGapNanos());
        count(",\"largest_gap_start_ns\":", report.largestGapStartNanos());
        count(",\"largest_hole\":", report.largestHole());
        count(",\"worst_outlier_bps\":", report.worstOutlierBasisPoints());
        return writer.put(",\"profile\":").put(quotedProfile).put('}').toByteArray();
    }

    /** A number, null where it is {@link MinuteReport#ABSENT}. */
    private void count(String name, long value) {
        writer.put(name);
        number(value);
    }

    /**
     * The value of a record in {@code trades.rejected}: reason, message, position, and the original bytes, as
     * {@code raw_base64} always and as {@code raw} where they are text of at most {@value #RAW_TEXT_BYTES_MAX} bytes.
     *
     * <p>It is never longer than {@value #REJECTED_BYTES_MAX} bytes: a value that the topic cannot take would stop the job at
     * the same message again and again. Of longer messages {@code raw_base64} has the first {@value #RAW_BYTES_MAX} bytes,
     * and {@code message} says so; the lake has them all.
     */
    public byte[] rejected(Rejected rejected, String sourceName) {
        writer.clear();
        writer.put("{\"reason\":\"").put(rejected.reason().name());
        byte[] raw = rejected.raw();
        boolean isCut = raw.length > RAW_BYTES_MAX;
        writer.put("\",\"message\":")
                .putJsonText(
                        isCut
                                ? rejected.message() + " (the first " + RAW_BYTES_MAX + " of " + raw.length + " bytes)"
                                : rejected.message());
        time(utf8(",\"event_time_ns\":"), rejected.eventTimeNanos());
        time(utf8(",\"recv_time_ns\":"), rejected.receiveTimeNanos());
        time(utf8(",\"ingest_time_ns\":"), rejected.ingestTimeNanos());
        writer.put(",\"read_source\":").putJsonText(sourceName);
        writer.put(",\"read_partition\":").putNumber(rejected.readPartition());
        writer.put(",\"read_offset\":").putNumber(rejected.readOffset());
        writer.put(",\"raw\":");
        if (raw.length <= RAW_TEXT_BYTES_MAX && isUtf8(raw)) {
            writer.putJsonText(raw);
        } else {
            writer.put("null");
        }
        writer.put(",\"raw_base64\":\"")
                .put(Base64.getEncoder().encode(isCut ? Arrays.copyOf(raw, RAW_BYTES_MAX) : raw));
        return writer.put("\"}").toByteArray();
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private void put(Candle candle) {
        int priceScale = candle.priceScale();
        writer.put(VENUE).putJsonText(candle.venue());
        writer.put(SYMBOL).putJsonText(candle.symbol());
        writer.put(INTERVAL).put(candle.interval().name());
        writer.put(START).putNumber(candle.startNanos());
        writer.put(END).putNumber(candle.endNanos());
        writer.put(OPEN).putDecimal(candle.openScaled(), priceScale);
        writer.put(HIGH).putDecimal(candle.highScaled(), priceScale);
        writer.put(LOW).putDecimal(candle.lowScaled(), priceScale);
        writer.put(CLOSE).putDecimal(candle.closeScaled(), priceScale).put('"');
        decimal(VOLUME, candle.volume(), candle.sizeScale());
        decimal(NOTIONAL, candle.notional(), candle.notionalScale());
        decimal(VWAP, candle.vwapScaled(), Decimals.vwapScale(priceScale));
        writer.put(TRADES).putNumber(candle.trades());
        time(FIRST_TRADE, candle.firstTradeNanos());
        time(LAST_TRADE, candle.lastTradeNanos());
        writer.put(REVISION).putNumber(candle.revision());
        writer.put(REASON).put(candle.reason().name());
        writer.put(candle.isFinal() ? FINAL : NOT_FINAL);
        writer.put(candle.digest().toHex());
        writer.put(FLAGS);
        List<String> flags = CandleFlag.names(candle.flags());
        for (int i = 0; i < flags.size(); i++) {
            writer.put(i > 0 ? ",\"" : "\"").put(flags.get(i)).put('"');
        }
        writer.put(CANDLE_PROFILE).put(quotedProfile).put('}');
    }

    private void decimal(byte[] name, @Nullable Int128 unscaled, int scale) {
        writer.put(name);
        if (unscaled == null) {
            writer.put(NULL);
            return;
        }
        writer.put('"');
        writer.putDecimal(unscaled, scale);
        writer.put('"');
    }

    private void time(byte[] name, long nanos) {
        writer.put(name);
        number(nanos);
    }

    private void number(long value) {
        if (value == Trade.TIME_ABSENT) {
            writer.put(NULL);
        } else {
            writer.putNumber(value);
        }
    }
}

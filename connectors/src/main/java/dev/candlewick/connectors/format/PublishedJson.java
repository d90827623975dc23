package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
    private final ByteWriter writer = new ByteWriter(512);
    private final byte[] profile;

    /** A writer that stamps values with {@code <feed profile>@<hash of its resolved settings>}. */
    public PublishedJson(String profile) {
        this.profile = profile.getBytes(StandardCharsets.UTF_8);
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
        writer.put("{\"venue\":").putJsonText(live.venue());
        writer.put(",\"symbol\":").putJsonText(live.symbol());
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
        writer.put("{\"venue\":").putJsonText(row.venue());
        writer.put(",\"symbol\":").putJsonText(row.symbol());
        writer.put(",\"at_ns\":").putNumber(row.atNanos());
        decimal("vwap", row.vwapScaled(), Decimals.vwapScale(row.priceScale()));
        decimal("volume", row.volume(), row.sizeScale());
        decimal("notional", row.notional(), row.notionalScale());
        writer.put(",\"trades\":").putNumber(row.trades());
        writer.put(",\"revision\":").putNumber(row.revision());
        writer.put(",\"reason\":\"").put(row.reason().name());
        return writer.put("\",\"profile\":").putJsonText(profile).put('}').toByteArray();
    }

    /**
     * The value of a record in {@code trades.rejected}: reason, message, position, and the original bytes, as
     * {@code raw_base64} always and as {@code raw} where they are text.
     */
    public byte[] rejected(Rejected rejected, String sourceName) {
        writer.clear();
        writer.put("{\"reason\":\"").put(rejected.reason().name());
        writer.put("\",\"message\":").putJsonText(rejected.message());
        time("event_time_ns", rejected.eventTimeNanos());
        time("recv_time_ns", rejected.receiveTimeNanos());
        time("ingest_time_ns", rejected.ingestTimeNanos());
        writer.put(",\"read_source\":").putJsonText(sourceName);
        writer.put(",\"read_partition\":").putNumber(rejected.readPartition());
        writer.put(",\"read_offset\":").putNumber(rejected.readOffset());
        writer.put(",\"raw\":");
        if (isUtf8(rejected.raw())) {
            writer.putJsonText(rejected.raw());
        } else {
            writer.put("null");
        }
        writer.put(",\"raw_base64\":\"").put(Base64.getEncoder().encode(rejected.raw()));
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
        writer.put("{\"venue\":").putJsonText(candle.venue());
        writer.put(",\"symbol\":").putJsonText(candle.symbol());
        writer.put(",\"interval\":\"").put(candle.interval().name());
        writer.put("\",\"start_ns\":").putNumber(candle.startNanos());
        writer.put(",\"end_ns\":").putNumber(candle.endNanos());
        writer.put(",\"open\":\"").putDecimal(candle.openScaled(), priceScale);
        writer.put("\",\"high\":\"").putDecimal(candle.highScaled(), priceScale);
        writer.put("\",\"low\":\"").putDecimal(candle.lowScaled(), priceScale);
        writer.put("\",\"close\":\"")
                .putDecimal(candle.closeScaled(), priceScale)
                .put('"');
        decimal("volume", candle.volume(), candle.sizeScale());
        decimal("notional", candle.notional(), candle.notionalScale());
        decimal("vwap", candle.vwapScaled(), Decimals.vwapScale(priceScale));
        writer.put(",\"trades\":").putNumber(candle.trades());
        time("first_trade_ns", candle.firstTradeNanos());
        time("last_trade_ns", candle.lastTradeNanos());
        writer.put(",\"revision\":").putNumber(candle.revision());
        writer.put(",\"reason\":\"").put(candle.reason().name());
        writer.put("\",\"final\":").put(candle.isFinal() ? "true" : "false");
        writer.put(",\"digest\":\"").put(candle.digest().toHex());
        writer.put("\",\"flags\":[");
        List<String> flags = CandleFlag.names(candle.flags());
        for (int i = 0; i < flags.size(); i++) {
            writer.put(i > 0 ? ",\"" : "\"").put(flags.get(i)).put('"');
        }
        writer.put("],\"profile\":").putJsonText(profile).put('}');
    }

    private void decimal(String name, @Nullable Int128 unscaled, int scale) {
        writer.put(",\"").put(name).put("\":");
        if (unscaled == null) {
            writer.put("null");
            return;
        }
        writer.put('"');
        if (unscaled.isLong()) {
            writer.putDecimal(unscaled.low(), scale);
        } else {
            writer.put(Decimals.format(unscaled, scale));
        }
        writer.put('"');
    }

    private void time(String name, long nanos) {
        writer.put(",\"").put(name).put("\":");
        if (nanos == Trade.TIME_ABSENT) {
            writer.put("null");
        } else {
            writer.putNumber(nanos);
        }
    }
}

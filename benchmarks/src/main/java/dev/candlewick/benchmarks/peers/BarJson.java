package dev.candlewick.benchmarks.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** Writes bars of all peers as the JSON of a candle topic; stateless. */
final class BarJson {
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final JsonFactory JSON = new JsonFactory();

    private BarJson() {}

    /** The key of a bar's record. */
    static byte[] key(Bar bar) {
        return (bar.venue + "|" + bar.symbol + "|" + bar.startMillis * NANOS_PER_MILLI)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The value of a bar's record; the VWAP is rounded half even at the scale of prices. */
    static byte[] value(Bar bar) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(320);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("venue", bar.venue);
            json.writeStringField("symbol", bar.symbol);
            json.writeStringField("interval", bar.interval);
            json.writeNumberField("start_ns", bar.startMillis * NANOS_PER_MILLI);
            json.writeNumberField("end_ns", bar.endMillis * NANOS_PER_MILLI);
            json.writeStringField("open", decimal(bar.open, bar.priceScale));
            json.writeStringField("high", decimal(bar.high, bar.priceScale));
            json.writeStringField("low", decimal(bar.low, bar.priceScale));
            json.writeStringField("close", decimal(bar.close, bar.priceScale));
            json.writeStringField("volume", bar.volume.stripTrailingZeros().toPlainString());
            json.writeStringField("notional", bar.notional.stripTrailingZeros().toPlainString());
            json.writeStringField(
                    "vwap",
                    bar.notional
                            .divide(bar.volume, bar.priceScale, RoundingMode.HALF_EVEN)
                            .stripTrailingZeros()
                            .toPlainString());
            json.writeNumberField("trades", bar.trades);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory must succeed, did not", e);
        }
        return bytes.toByteArray();
    }

    private static String decimal(long scaled, int scale) {
        return BigDecimal.valueOf(scaled, scale).stripTrailingZeros().toPlainString();
    }
}

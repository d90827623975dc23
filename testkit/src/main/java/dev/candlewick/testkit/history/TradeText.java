package dev.candlewick.testkit.history;

import dev.candlewick.testkit.oracle.OracleTrade;
import org.jspecify.annotations.Nullable;

/** Trades as text of the canonical input formats, written by hand so that no code is shared with the readers. */
final class TradeText {
    static final String CSV_HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side," + "conditions,flags,sequence";

    private TradeText() {}

    static String csvLine(OracleTrade trade) {
        return String.join(
                ",",
                Long.toString(trade.placePosition()),
                csvField(trade.receiveTimeNanos()),
                Long.toString(trade.eventTimeNanos()),
                csvField(trade.venue()),
                csvField(trade.symbol()),
                csvField(trade.id()),
                trade.price().toPlainString(),
                trade.size().toPlainString(),
                csvField(trade.side()),
                csvField(trade.conditions()),
                "",
                csvField(trade.sequence()));
    }

    private static String csvField(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        String text = value.toString();
        boolean quoted = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return quoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    static String json(OracleTrade trade) {
        StringBuilder json =
                new StringBuilder(256).append("{\"event_time_ns\":").append(trade.eventTimeNanos());
        if (trade.receiveTimeNanos() != null) {
            json.append(",\"recv_time_ns\":").append(trade.receiveTimeNanos());
        }
        text(json, "venue", trade.venue());
        text(json, "symbol", trade.symbol());
        text(json, "trade_id", trade.id());
        if (trade.sequence() != null) {
            json.append(",\"sequence\":").append(trade.sequence());
        }
        text(json, "price", trade.price().toPlainString());
        text(json, "size", trade.size().toPlainString());
        text(json, "side", trade.side());
        text(json, "conditions", trade.conditions());
        return json.append('}').toString();
    }

    private static void text(StringBuilder json, String name, @Nullable String value) {
        if (value == null) {
            return;
        }
        json.append(",\"").append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}

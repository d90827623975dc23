package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.testkit.hostile.HostileMessage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Measures how long the decoders take for hostile messages; it asserts nothing.
 *
 * <p>{@code -Dtest=HostileDecodeTimes -Dcandlewick.measure=true} prints the slowest messages of the golden tables, and
 * messages of the largest size that are accepted as such, made to be slow.
 */
@EnabledIfSystemProperty(named = "candlewick.measure", matches = "true")
class HostileDecodeTimes {
    private static final int ROUNDS = 2_000;
    private static final int LARGE = FeedRules.MESSAGE_BYTES_MAX - 100;

    @Test
    void print() {
        for (WireFormat format : new WireFormat[] {WireFormat.CSV, WireFormat.JSON, WireFormat.BINARY}) {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            for (HostileMessage row : HostileMessage.table(format.optionName())) {
                if (row.message() != null) {
                    messages.put(row.name(), row.message());
                }
            }
            for (String unit : new String[] {
                ",",
                "\"\"",
                "\"",
                "{\"a\":",
                "[",
                "\\u0041",
                "\\\\",
                "9",
                " ",
                "{\"a\":1,",
                "\"a\":1,",
                "\u00e9",
                "\ud83d\ude00"
            }) {
                String many = unit.repeat(LARGE / unit.getBytes(StandardCharsets.UTF_8).length);
                messages.put("1 MB of " + unit, many.getBytes(StandardCharsets.UTF_8));
                messages.put(
                        "1 MB of " + unit + " in a JSON string",
                        ("{\"symbol\":\"" + many + "\"}").getBytes(StandardCharsets.UTF_8));
                messages.put(
                        "1 MB of " + unit + " in CSV quotes", ("\"" + many + "\",").getBytes(StandardCharsets.UTF_8));
            }
            MessageDecoder decoder =
                    format.newDecoder(new TradeValidator(FeedRules.builder().build()));
            Decoded out = new Decoded();
            ReadContext context = new ReadContext();
            long[] all = new long[messages.size() * ROUNDS];
            int filled = 0;
            String slowest = "";
            long slowestNanos = 0;
            long smallNanos = 0;
            for (Map.Entry<String, byte[]> entry : messages.entrySet()) {
                byte[] message = entry.getValue();
                long[] times = new long[ROUNDS];
                for (int round = -ROUNDS / 4; round < ROUNDS; round++) {
                    long before = System.nanoTime();
                    decoder.decode(message, 0, message.length, context, out);
                    if (round >= 0) {
                        times[round] = System.nanoTime() - before;
                    }
                }
                System.arraycopy(times, 0, all, filled, ROUNDS);
                filled += ROUNDS;
                Arrays.sort(times);
                long median = times[ROUNDS / 2];
                if (message.length < 2_000) {
                    smallNanos = Math.max(smallNanos, median);
                }
                if (median > slowestNanos) {
                    slowestNanos = median;
                    slowest = entry.getKey();
                }
            }
            Arrays.sort(all);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d messages, %d times each: median %,d ns, p99 %,d ns, p99.9 %,d ns; slowest message by its median"
                            + " %,d ns (%s); slowest below 2 KB %,d ns%n",
                    format,
                    messages.size(),
                    ROUNDS,
                    all[all.length / 2],
                    all[(int) (all.length * 0.99)],
                    all[(int) (all.length * 0.999)],
                    slowestNanos,
                    slowest,
                    smallNanos);
        }
    }
}

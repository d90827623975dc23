package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class RejectionLogTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<String> lines = new ArrayList<>();
    private final List<Map<String, String>> fields = new ArrayList<>();
    private final AbstractAppender appender =
            new AbstractAppender("rejections", null, null, true, Property.EMPTY_ARRAY) {
                @Override
                public void append(LogEvent event) {
                    lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
                    fields.add(Map.copyOf(event.getContextData().toMap()));
                }
            };
    private long now = -7 * SECOND;
    private final RejectionLog log = new RejectionLog("Source: trades", "crypto", () -> now);

    @BeforeEach
    void capture() {
        appender.start();
        ((Logger) LogManager.getLogger(RejectionLog.class)).addAppender(appender);
    }

    @AfterEach
    void release() {
        ((Logger) LogManager.getLogger(RejectionLog.class)).removeAppender(appender);
        appender.stop();
    }

    private void reject(String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        Decoded out = new Decoded();
        WireFormat.JSON
                .newDecoder(new TradeValidator(FeedRules.builder().build()))
                .decode(bytes, 0, bytes.length, new ReadContext().readFromLog(0, 3, 4411), out);
        log.add(out.rejected(), "trades\n\u001b[31m");
    }

    @Test
    void tellsOfEachReasonOnceAMinute() {
        for (int i = 0; i < 1_000; i++) {
            reject("x");
            reject("{}");
            now += SECOND / 10;
        }
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .startsWith(
                        "WARN messages must be valid trades, was UNPARSABLE since the last line: 1, for example JSON"
                                + " must be one object, was something else (partition=3, offset=4411); it reads 'x'");
        assertThat(lines.get(1)).contains("was MISSING_FIELD since the last line: 1");
        assertThat(lines.get(2)).contains("was UNPARSABLE since the last line: 600");
        assertThat(lines.get(3)).contains("was MISSING_FIELD since the last line: 600");
    }

    @Test
    void theLineAndNoOtherSaysWhereItsExampleStood() {
        MDC.put("flink-job-id", "7");
        MDC.put("run", "live");
        try {
            reject("x");
            assertThat(fields)
                    .containsExactly(Map.of(
                            "flink-job-id",
                            "7",
                            "run",
                            "live",
                            "operator",
                            "Source: trades",
                            "feed",
                            "crypto",
                            "source",
                            "trades\\u000a\\u001b[31m",
                            "partition",
                            "3",
                            "offset",
                            "4411"));
            assertThat(MDC.getCopyOfContextMap()).isEqualTo(Map.of("flink-job-id", "7", "run", "live"));
        } finally {
            MDC.clear();
        }
    }

    @Test
    void showsNothingOfAMessageAsItIs() {
        reject(
                "{\"event_time_ns\":\"1\",\"venue\":\"V\u202e\",\"symbol\":\"\\n\\u001b[2J${jndi:x}\",\"price\":1,\"size\":1,"
                        + "\"flags\":\"" + "y".repeat(10_000) + "\"}\n\u0007");
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).hasSizeLessThan(700).contains("trades\\u000a\\u001b[31m", "\\u202e", "...");
        assertThat(lines.get(0).codePoints())
                .noneMatch(point -> Character.isISOControl(point) || Character.getType(point) == Character.FORMAT);
    }
}

package dev.candlewick.core.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Instrument;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RulesTest {
    @Test
    void patternsMatchLikeTheirRegularExpression() {
        for (long seed = 0; seed < 50_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String pattern = text(random, "ab*.");
            String symbol = text(random, "ab.");
            StringBuilder regex = new StringBuilder();
            for (char c : pattern.toCharArray()) {
                regex.append(c == '*' ? ".*" : Pattern.quote(String.valueOf(c)));
            }
            assertThat(ScaleRules.matches(pattern, symbol))
                    .as("seed " + seed + ", " + pattern + ", " + symbol)
                    .isEqualTo(symbol.matches(regex.toString()));
        }
    }

    private static String text(SplittableRandom random, String alphabet) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    @Test
    void theFirstPatternThatMatchesDecides() {
        ScaleRules rules = new ScaleRules(
                List.of(
                        new ScaleRules.Entry("BTC-USD", 2),
                        new ScaleRules.Entry("BTC-*", 4),
                        new ScaleRules.Entry("*-USD", 6)),
                12);
        assertThat(rules.scaleOf("BTC-USD")).isEqualTo(2);
        assertThat(rules.scaleOf("BTC-EUR")).isEqualTo(4);
        assertThat(rules.scaleOf("ETH-USD")).isEqualTo(6);
        assertThat(rules.scaleOf("eth-usd")).isEqualTo(12);
        assertThatThrownBy(() -> ScaleRules.of(19)).hasMessageContaining("0..18");
        assertThatThrownBy(() -> new ScaleRules.Entry("X*", -1)).hasMessageContaining("X*");
    }

    @Test
    void rulesNameEveryProblemAtOnceAndSurviveSerialization() throws Exception {
        assertThatThrownBy(() -> FeedRules.builder()
                        .eventTimeRange(2, 1)
                        .futureToleranceNanos(-1)
                        .timeJumpNanos(0)
                        .messageBytesMax(1)
                        .build())
                .hasMessageContaining("event.time.min")
                .hasMessageContaining("future.tolerance")
                .hasMessageContaining("time.jump")
                .hasMessageContaining("message.max-bytes");
        FeedRules rules = FeedRules.builder()
                .priceScales(new ScaleRules(List.of(new ScaleRules.Entry("A*", 3)), 5))
                .knownSymbols(Set.of("A1"))
                .selectedSymbols(List.of("A1", "A1"))
                .build();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(rules);
        }
        FeedRules read = (FeedRules) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertThat(read.priceScales()).isEqualTo(rules.priceScales());
        assertThat(read.knownSymbols()).containsExactly("A1");
        assertThat(read.selectedSymbols()).containsExactly("A1");
    }

    @Test
    void theDirectoryKeepsOneInstrumentForEachPair() {
        InstrumentDirectory directory =
                new InstrumentDirectory(FeedRules.builder().build());
        Map<String, Instrument> expected = new HashMap<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            String venue = "v" + random.nextInt(30);
            String symbol = "é" + random.nextInt(300);
            byte[] buffer = ("#" + venue + symbol + "#").getBytes(StandardCharsets.UTF_8);
            int symbolLength = symbol.getBytes(StandardCharsets.UTF_8).length;
            Instrument found = directory.find(buffer, 1, venue.length(), 1 + venue.length(), symbolLength);
            Instrument known = expected.get(venue + "|" + symbol);
            assertThat(found).isSameAs(known);
            Instrument made = random.nextBoolean()
                    ? directory.intern(venue, symbol)
                    : directory.intern(buffer, 1, venue.length(), 1 + venue.length(), symbolLength);
            assertThat(made.venue()).isEqualTo(venue);
            assertThat(made.symbol()).isEqualTo(symbol);
            if (known != null) {
                assertThat(made).isSameAs(known);
            }
            expected.put(venue + "|" + symbol, made);
        }
        assertThat(directory.size()).isEqualTo(expected.size());
        // The border between venue and symbol counts.
        assertThat(directory.intern("ab", "c")).isNotEqualTo(directory.intern("a", "bc"));
    }

    @Test
    void thePoolGivesTheTextWhateverFellIntoItsSlotBefore() {
        TextPool pool = new TextPool();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 5000; i++) {
                byte[] bytes = ("x" + i).getBytes(StandardCharsets.UTF_8);
                assertThat(pool.string(bytes, 0, bytes.length)).isEqualTo("x" + i);
            }
        }
        byte[] buy = "buy".getBytes(StandardCharsets.UTF_8);
        assertThat(pool.string(buy, 0, 3)).isSameAs(pool.string(buy, 0, 3));
        byte[] again = "y".repeat(1000).getBytes(StandardCharsets.UTF_8);
        assertThat(pool.string(again, 0, 1000)).hasSize(1000);
    }

    @Test
    void setsTellMembersFromOthers() {
        TextSet set = new TextSet(List.of("A", "B", "é", "A"));
        assertThat(set.contains("xéx".getBytes(StandardCharsets.UTF_8), 1, 2)).isTrue();
        assertThat(set.contains("AB".getBytes(StandardCharsets.UTF_8), 0, 1)).isTrue();
        assertThat(set.contains("AB".getBytes(StandardCharsets.UTF_8), 0, 2)).isFalse();
        assertThat(new TextSet(List.of()).contains(new byte[0], 0, 0)).isFalse();
    }
}

package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.ShellBlock;
import dev.candlewick.local.testing.TestKafka;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The guide to a feed of one's own does what it says, command by command. */
@ExtendWith(KafkaExtension.class)
final class FeedsDocumentTest {
    private static final Pattern STEP =
            Pattern.compile("(?ms)^cat > (\\S+) <<'EOF'\n(.*?)^EOF$|^\\./candlewick ([^\n]*)$");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    @TempDir
    private Path directory;

    @Test
    @Timeout(240)
    void theCommandsOfTheGuideWork(TestKafka kafka) throws Exception {
        Cli cli = new Cli(directory, kafka)
                .with("CANDLEWICK_HOME", directory.resolve("home").toString());
        List<String> outputs = new ArrayList<>();
        for (ShellBlock block : ShellBlock.ranBy("docs/feeds.md", "FeedsDocumentTest.theCommandsOfTheGuideWork")) {
            Matcher step = STEP.matcher(block.text());
            while (step.find()) {
                if (step.group(1) != null) {
                    Files.writeString(directory.resolve(step.group(1)), step.group(2));
                } else if (!step.group(3).startsWith("kafka ")) {
                    Cli.Result result = cli.run(words(step.group(3)));
                    assertThat(result.code())
                            .as(step.group(3) + "\n" + result.err())
                            .isEqualTo(0);
                    outputs.add(result.out());
                }
            }
        }
        assertThat(outputs).hasSize(10);
        // The double entry of the replay, the trades, the profile, and the candles of both jobs
        assertThat(outputs.get(0)).containsPattern("binance.jsonl/0\\s+4\\s+1\\s+0\\s+0\\s+0\\s+3");
        assertThat(outputs.get(1)).contains("61994.01", "buy", "sell", "ETHUSDT", "1320440013");
        assertThat(outputs.get(2)).contains("preset", "binance", "500ms");
        assertThat(outputs.get(4)).contains("trades.binance.spot/0");
        assertThat(outputs.get(5)).contains("BTCUSDT", "ETHUSDT", "61994.01").doesNotContain("BTC-USD");
        assertThat(outputs.get(7)).contains("sources.1.topic", "trades.binance.*");
        assertThat(outputs.get(8)).contains("trades.binance.spot/0", "trades.own/0");
        assertThat(outputs.get(9)).contains("BTCUSDT", "ETHUSDT", "BTC-USD");
    }

    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words.toArray(String[]::new);
    }
}

package dev.candlewick.core.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Utf8Test {
    @Test
    void agreesWithTheStrictDecoderOfTheJdk() {
        byte[][] parts = {
            "abcdefgh".getBytes(StandardCharsets.UTF_8),
            "é".getBytes(StandardCharsets.UTF_8),
            "€".getBytes(StandardCharsets.UTF_8),
            "😀".getBytes(StandardCharsets.UTF_8),
            {(byte) 0xc0, (byte) 0x80},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
            {(byte) 0xe0, (byte) 0x80, (byte) 0xaf},
            {(byte) 0xff},
            {(byte) 0x80},
        };
        int invalid = 0;
        for (long seed = 0; seed < 100_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ByteBuffer bytes = ByteBuffer.allocate(64);
            for (int i = random.nextInt(6); i >= 0; i--) {
                bytes.put(parts[random.nextInt(random.nextInt(3) == 0 ? parts.length : 4)]);
            }
            int length = bytes.position();
            if (random.nextInt(4) == 0) {
                length -= random.nextInt(Math.min(3, length));
            }
            boolean expected;
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.array(), 0, length));
                expected = true;
            } catch (CharacterCodingException e) {
                expected = false;
                invalid++;
            }
            assertThat(Utf8.isValid(bytes.array(), 0, length))
                    .as("seed " + seed)
                    .isEqualTo(expected);
        }
        assertThat(invalid).isBetween(10_000, 90_000);
    }

    @Test
    void escapesWhatCouldMislead() {
        assertThat(TextEscapes.value("a\u202eb\n\u001b[31m\\")).isEqualTo("a\\u202eb\\u000a\\u001b[31m\\\\");
        assertThat(TextEscapes.value("x".repeat(1000))).isEqualTo("x".repeat(120) + "...");
        assertThat(TextEscapes.value("x".repeat(120))).isEqualTo("x".repeat(120));
        assertThat(TextEscapes.value("BTC-é😀")).isEqualTo("BTC-é😀");
    }
}

package dev.candlewick.connectors.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.AvroLayout;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScannerTest {
    /** Gives the bytes in pieces of random size, as a network file system may. */
    private static InputStream pieces(byte[] bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(50)));
            }
        };
    }

    private static List<String> lines(String text, boolean quotes, int recordBytesMax) throws IOException {
        List<String> first = null;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (long seed = 0; seed < 20; seed++) {
            List<String> records = new ArrayList<>();
            try (LineScanner scanner = new LineScanner(pieces(bytes, seed), 0, recordBytesMax, quotes)) {
                long position = 0;
                while (scanner.advance()) {
                    records.add(new String(scanner.record(), scanner.from(), scanner.length(), StandardCharsets.UTF_8));
                    assertThat(scanner.position()).isGreaterThan(position);
                    position = scanner.position();
                }
                assertThat(position).isEqualTo(bytes.length);
            }
            if (first != null) {
                assertThat(records).as("seed " + seed).isEqualTo(first);
            }
            first = records;
        }
        return first;
    }

    @Test
    void cutsLines() throws IOException {
        assertThat(lines("", true, 1024)).isEmpty();
        assertThat(lines("a", true, 1024)).containsExactly("a");
        assertThat(lines("a\n", true, 1024)).containsExactly("a");
        assertThat(lines("a\r\n\nb", true, 1024)).containsExactly("a\r", "", "b");
    }

    @Test
    void keepsLineEndsInsideOfQuotes() throws IOException {
        assertThat(lines("a,\"x\ny\",b\nc\n", true, 1024)).containsExactly("a,\"x\ny\",b", "c");
        assertThat(lines("\"x\"\"\ny\"\nc\n", true, 1024)).containsExactly("\"x\"\"\ny\"", "c");
        assertThat(lines("a,\"x\ny\",b\nc\n", false, 1024)).containsExactly("a,\"x", "y\",b", "c");
        // A quote inside of an unquoted field opens nothing.
        assertThat(lines("a,x\"\nb\n", true, 1024)).containsExactly("a,x\"", "b");
    }

    @Test
    void anUnpairedQuoteCostsItsOwnLineOnly() throws IOException {
        assertThat(lines("a,\"x\nb\nc", true, 1024)).containsExactly("a,\"x", "b", "c");
        String rest = "b\n".repeat(1000);
        List<String> records = lines("a,\"x\n" + rest, true, 1024);
        assertThat(records).hasSize(1001).startsWith("a,\"x", "b");
    }

    @Test
    void cutsAndSkipsLinesBeyondTheLimit() throws IOException {
        List<String> records =
                lines("a\n" + "x".repeat(500_000) + "\nb\n" + "y".repeat(1025) + "\n" + "z".repeat(5000), true, 1024);
        assertThat(records).containsExactly("a", "x".repeat(1025), "b", "y".repeat(1025), "z".repeat(1025));
        assertThat(lines("y".repeat(1024) + "\nb", true, 1024)).containsExactly("y".repeat(1024), "b");
    }

    @Test
    void randomLinesAreFoundWhateverThePieces() throws IOException {
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<String> expected = new ArrayList<>();
            for (int i = random.nextInt(30); i >= 0; i--) {
                expected.add(
                        random.nextInt(5) == 0
                                ? "q,\"" + "\n".repeat(random.nextInt(4)) + "\"\"\""
                                : "v".repeat(random.nextInt(90)));
            }
            String text = String.join("\n", expected) + "\n";
            assertThat(lines(text, true, 1024)).as("seed " + seed).isEqualTo(expected);
        }
    }

    @Test
    void binaryDamageCostsTheDamagedMessagesOnly() throws IOException {
        TradeValidator validator = new TradeValidator(FeedRules.builder().build());
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        List<Integer> begins = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Trade trade = new Trade();
            trade.instrument = validator.directory().intern("v", "s" + i);
            trade.eventTimeNanos = FeedRules.EVENT_TIME_MIN_NANOS + i;
            trade.priceScaled = 1;
            trade.sizeScaled = 1;
            begins.add(file.size());
            file.write(WireFormat.BINARY.newEncoder().encode(trade));
        }
        byte[] bytes = file.toByteArray();
        assertThat(messages(bytes)).hasSize(50);
        byte[] cut = Arrays.copyOf(bytes, bytes.length - 3);
        assertThat(messages(cut)).hasSize(50);
        byte[] stub = Arrays.copyOf(bytes, begins.get(49) + 5);
        assertThat(messages(stub)).hasSize(50);
        // Message 7 loses its header: one record of garbage in its place, the others as before.
        byte[] damaged = bytes.clone();
        damaged[begins.get(7)] = 0;
        List<Integer> lengths = messages(damaged);
        assertThat(lengths).isEqualTo(messages(bytes));
        // Garbage in front.
        byte[] shifted = new byte[bytes.length + 11];
        System.arraycopy(bytes, 0, shifted, 11, bytes.length);
        assertThat(messages(shifted)).hasSize(51).startsWith(11);
        // A length beyond the limit is no beginning.
        byte[] huge = bytes.clone();
        huge[begins.get(3) + 7] = 0x7f;
        assertThat(messages(huge)).isEqualTo(messages(bytes));
    }

    @Test
    void avroDamageCostsTheDamagedMessagesOnly() throws IOException {
        TradeValidator validator = new TradeValidator(FeedRules.builder().build());
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        List<Integer> begins = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Trade trade = new Trade();
            trade.instrument = validator.directory().intern("v", "s" + i);
            trade.eventTimeNanos = FeedRules.EVENT_TIME_MIN_NANOS + i;
            trade.priceScaled = 1;
            trade.sizeScaled = 1;
            begins.add(file.size());
            file.write(AvroLayout.framed(WireFormat.AVRO.newEncoder().encode(trade)));
        }
        byte[] bytes = file.toByteArray();
        assertThat(avroVerdicts(bytes)).isEqualTo("T".repeat(50));
        assertThat(avroVerdicts(Arrays.copyOf(bytes, bytes.length - 3))).isEqualTo("T".repeat(49) + "R");
        assertThat(avroVerdicts(Arrays.copyOf(bytes, begins.get(49) + 5))).isEqualTo("T".repeat(49) + "R");
        byte[] damaged = bytes.clone();
        damaged[begins.get(7) + 4] = 0;
        assertThat(avroVerdicts(damaged)).isEqualTo("T".repeat(7) + "R" + "T".repeat(42));
        byte[] huge = bytes.clone();
        huge[begins.get(3) + 3] = 0x7f;
        assertThat(avroVerdicts(huge)).isEqualTo("TTTR" + "T".repeat(46));
        byte[] shifted = new byte[bytes.length + 11];
        System.arraycopy(bytes, 0, shifted, 11, bytes.length);
        assertThat(avroVerdicts(shifted)).isEqualTo("R" + "T".repeat(50));
    }

    /** T for a trade, R for a rejected message, F for a filtered one. */
    private static String avroVerdicts(byte[] bytes) throws IOException {
        MessageDecoder decoder = WireFormat.AVRO.newDecoder(
                new TradeValidator(FeedRules.builder().build()));
        String first = null;
        for (long seed = 0; seed < 10; seed++) {
            StringBuilder verdicts = new StringBuilder();
            Decoded out = new Decoded();
            try (AvroScanner scanner = new AvroScanner(pieces(bytes, seed), 0, 1 << 16)) {
                while (scanner.advance()) {
                    decoder.decode(scanner.record(), scanner.from(), scanner.length(), new ReadContext(), out);
                    verdicts.append(out.kind().name().charAt(0));
                }
                assertThat(scanner.position()).isEqualTo(bytes.length);
            }
            if (first != null) {
                assertThat(verdicts).hasToString(first);
            }
            first = verdicts.toString();
        }
        return first;
    }

    private static List<Integer> messages(byte[] bytes) throws IOException {
        List<Integer> first = null;
        for (long seed = 0; seed < 10; seed++) {
            List<Integer> lengths = new ArrayList<>();
            try (BinaryScanner scanner = new BinaryScanner(pieces(bytes, seed), 0, 1 << 16)) {
                while (scanner.advance()) {
                    lengths.add(scanner.length());
                }
                assertThat(scanner.position()).isEqualTo(bytes.length);
            }
            assertThat(lengths.stream().mapToInt(Integer::intValue).sum()).isEqualTo(bytes.length);
            if (first != null) {
                assertThat(lengths).isEqualTo(first);
            }
            first = lengths;
        }
        return first;
    }
}

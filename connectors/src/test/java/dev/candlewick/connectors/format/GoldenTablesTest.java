package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.testkit.hostile.HostileMessage;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the golden tables of malformed messages, with its code and its text, at any place of the buffer. */
class GoldenTablesTest {
    static Stream<Arguments> rows() {
        return Stream.of(WireFormat.CSV, WireFormat.JSON, WireFormat.BINARY)
                .flatMap(format -> HostileMessage.table(name(format)).stream().map(row -> Arguments.of(format, row)));
    }

    private static String name(WireFormat format) {
        return format.name().toLowerCase(Locale.ROOT);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("rows")
    void decidesEachRow(WireFormat format, HostileMessage row) {
        FeedRules.Builder rules = FeedRules.builder();
        ReadContext context = new ReadContext().readFromLog(0, 3, 4411);
        row.context().forEach((key, value) -> {
            switch (key) {
                case "append", "create" -> {
                    context.ingestTimeNanos = Long.parseLong(value);
                    context.logAppendTime = key.equals("append");
                }
                case "mark" -> context.partitionMarkNanos = Long.parseLong(value);
                case "known" -> rules.knownSymbols(Set.of(value));
                case "zero-size" -> rules.zeroSizeAllowed(true);
                default -> throw new IllegalArgumentException("context must be known, was " + key);
            }
        });
        Decoded out = decode(format.newDecoder(new TradeValidator(rules.build())), row.message(), context);
        switch (row.outcome()) {
            case "FILTERED" -> assertThat(out.kind()).isEqualTo(Decoded.Kind.FILTERED);
            case "ACCEPTED" -> {
                assertThat(out.isTrade())
                        .as(() -> out.rejected().reason() + " " + out.rejected().message())
                        .isTrue();
                if (row.part().startsWith("id=")) {
                    assertThat(out.trade().id()).isEqualTo(row.part().substring(3));
                } else if (!row.part().isEmpty()) {
                    assertThat(out.trade().priceScaled).isEqualTo(Long.parseLong(row.part()));
                }
            }
            default -> {
                assertThat(out.kind()).isEqualTo(Decoded.Kind.REJECTED);
                assertThat(out.rejected().reason())
                        .as(out.rejected().message())
                        .isEqualTo(Reason.valueOf(row.outcome()));
                assertThat(out.rejected().message())
                        .contains(row.part())
                        .contains(" must ")
                        .contains(", was ")
                        .endsWith("partition=3, offset=4411)")
                        .hasSizeLessThan(500)
                        .matches(text -> text.codePoints().noneMatch(GoldenTablesTest::isUnsafe), "is safe to show");
                assertThat(out.rejected().raw())
                        .as("the original bytes")
                        .isEqualTo(row.message() == null ? new byte[0] : row.message());
            }
        }
        assertThat(out.readPartition()).isEqualTo(3);
        assertThat(out.readOffset()).isEqualTo(4411);
    }

    private static boolean isUnsafe(int point) {
        int type = Character.getType(point);
        return type == Character.CONTROL || type == Character.FORMAT || type == Character.LINE_SEPARATOR;
    }

    /** In the middle of a larger buffer, which a decoder must neither read nor change. */
    private static Decoded decode(MessageDecoder decoder, byte[] message, ReadContext context) {
        Decoded out = new Decoded();
        if (message == null) {
            decoder.decode(null, 0, 0, context, out);
            return out;
        }
        byte[] buffer = new byte[message.length + 20];
        Arrays.fill(buffer, (byte) '9');
        System.arraycopy(message, 0, buffer, 11, message.length);
        byte[] before = buffer.clone();
        decoder.decode(buffer, 11, message.length, context, out);
        assertThat(buffer).as("the caller's buffer is not changed").isEqualTo(before);
        return out;
    }

    @Test
    void holdsEveryCodeAndAtLeastSixtyKindsForEachFormat() {
        for (WireFormat format : new WireFormat[] {WireFormat.CSV, WireFormat.JSON, WireFormat.BINARY}) {
            var table = HostileMessage.table(name(format));
            Set<String> outcomes =
                    table.stream().map(HostileMessage::outcome).collect(Collectors.toCollection(TreeSet::new));
            assertThat(outcomes)
                    .containsAll(Arrays.stream(Reason.values()).map(Enum::name).toList());
            assertThat(table.stream().map(HostileMessage::name).distinct())
                    .hasSameSizeAs(table)
                    .hasSizeGreaterThan(60);
        }
    }
}

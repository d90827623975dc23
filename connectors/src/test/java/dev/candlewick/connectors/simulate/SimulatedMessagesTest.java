package dev.candlewick.connectors.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.simulate.Expectation;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.testkit.oracle.Oracle;
import dev.candlewick.testkit.oracle.OracleIdConflict;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.oracle.OracleVerdict;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedMessagesTest {
    private static final FaultRates MANY = FaultRates.parse("50%,silence=30%,clock-skew=100%");

    private static MarketSimulator market(long seed, boolean firehose, long rate, FaultRates rates) {
        return new MarketSimulator(
                MarketSettings.of(seed).withPartitions(3).withFirehose(firehose).withMessagesPerSecond(rate),
                rates,
                Horizon.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void decodersSayWhatTheLabelsSay(WireFormat format) {
        for (long seed = 1; seed <= 3; seed++) {
            MarketPartition partition = market(seed, true, 20_000, MANY).partition(1);
            SimulatedEncoder encoder = SimulatedEncoder.of(format);
            MessageDecoder decoder =
                    format.newDecoder(new TradeValidator(FeedRules.builder().build()));
            SimulatedMessage message = new SimulatedMessage();
            ByteWriter bytes = new ByteWriter(256);
            ReadContext context = new ReadContext();
            Decoded decoded = new Decoded();
            Map<FaultKind, Integer> rejected = new EnumMap<>(FaultKind.class);
            for (int i = 0; i < 100_000; i++) {
                partition.next(message);
                bytes.clear();
                encoder.encode(message, bytes);
                String text = "seed " + seed + " position " + i + " " + message.fault + " "
                        + new String(bytes.buffer(), 0, bytes.length(), StandardCharsets.ISO_8859_1);
                context.readFromLog(0, 1, i);
                decoder.decode(bytes.buffer(), 0, bytes.length(), context, decoded);
                switch (message.expectation) {
                    case FILTERED, NOT_SENT ->
                        assertThat(decoded.kind()).as(text).isEqualTo(Decoded.Kind.FILTERED);
                    case REJECTED -> {
                        assertThat(decoded.kind()).as(text).isEqualTo(Decoded.Kind.REJECTED);
                        assertThat(decoded.rejected().reason()).as(text).isEqualTo(message.reason);
                        rejected.merge(message.fault, 1, Integer::sum);
                    }
                    default -> {
                        assertThat(decoded.kind()).as(text).isEqualTo(Decoded.Kind.TRADE);
                        Trade read = decoded.trade();
                        Trade made = message.trade;
                        assertThat(read.instrument.key()).isEqualTo(made.instrument.key());
                        assertThat(read.eventTimeNanos).isEqualTo(made.eventTimeNanos);
                        assertThat(read.receiveTimeNanos).isEqualTo(made.receiveTimeNanos);
                        assertThat(read.idNumber).isEqualTo(made.idNumber);
                        assertThat(read.side).isEqualTo(made.side);
                        assertThat(read.placePosition).isEqualTo(message.position);
                        assertThat(price(read)).as(text).isEqualByComparingTo(price(made));
                        assertThat(size(read)).as(text).isEqualByComparingTo(size(made));
                    }
                }
            }
            for (FaultKind kind : FaultKind.values()) {
                assertThat(rejected.containsKey(kind)).as("%s", kind).isEqualTo(kind.reason() != null);
            }
        }
    }

    private static BigDecimal price(Trade trade) {
        return BigDecimal.valueOf(trade.priceScaled, trade.instrument.priceScale());
    }

    private static BigDecimal size(Trade trade) {
        return BigDecimal.valueOf(trade.sizeScaled, trade.instrument.sizeScale());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theOracleOfTheRulesAgreesWithEveryLabel(long seed) {
        MarketSimulator market = market(seed, false, 300, MANY);
        List<List<OracleTrade>> partitions = new ArrayList<>();
        List<List<Expectation>> expected = new ArrayList<>();
        Set<String> conflicting = new HashSet<>();
        SimulatedMessage message = new SimulatedMessage();
        for (int p = 0; p < 3; p++) {
            MarketPartition partition = market.partition(p);
            List<OracleTrade> trades = new ArrayList<>();
            List<Expectation> expectations = new ArrayList<>();
            for (int i = 0; i < 12_000; i++) {
                partition.next(message);
                if (message.type != MessageType.TRADE || message.expectation == Expectation.REJECTED) {
                    continue;
                }
                Trade trade = message.trade;
                trades.add(new OracleTrade(
                        trade.instrument.venue(),
                        trade.instrument.symbol(),
                        trade.id(),
                        trade.eventTimeNanos,
                        trade.receiveTimeNanos,
                        price(trade),
                        size(trade),
                        trade.side,
                        null,
                        null,
                        p,
                        message.position,
                        p,
                        message.position));
                expectations.add(message.expectation);
                if (message.fault == FaultKind.ID_CONFLICT && message.expectation == Expectation.ACCEPTED) {
                    conflicting.add(trade.instrument.key() + " " + trade.id());
                }
            }
            partitions.add(trades);
            expected.add(expectations);
        }
        OracleResult result = Oracle.run(partitions, OracleSettings.crypto());
        for (int p = 0; p < 3; p++) {
            List<OracleVerdict> verdicts = result.verdicts().get(p);
            for (int i = 0; i < verdicts.size(); i++) {
                assertThat(verdicts.get(i).kind().name())
                        .as("seed %s %s", seed, verdicts.get(i))
                        .isEqualTo(expected.get(p).get(i).name());
            }
        }
        Set<String> found = new HashSet<>();
        for (OracleIdConflict conflict : result.idConflicts()) {
            found.add(conflict.venue() + "|" + conflict.symbol() + " " + conflict.id());
        }
        assertThat(found).isEqualTo(conflicting).isNotEmpty();
    }

    @Test
    void labelsStandBesideTheStreamAsJson() {
        MarketPartition partition = market(1, false, 300, MANY).partition(2);
        SimulatedMessage message = new SimulatedMessage();
        ByteWriter label = new ByteWriter(256);
        Map<FaultKind, String> samples = new EnumMap<>(FaultKind.class);
        for (int i = 0; i < 20_000; i++) {
            partition.next(message);
            label.clear();
            FaultLabels.append(message, label);
            assertThat(label.length() > 0).isEqualTo(message.isLabelled());
            if (message.fault != null) {
                samples.putIfAbsent(message.fault, new String(label.toByteArray(), StandardCharsets.UTF_8));
            }
        }
        assertThat(samples.get(FaultKind.GAP))
                .matches("\\{\"partition\":2,\"position\":[0-9]+,\"fault\":\"gap\",\"expectation\":\"not-sent\","
                        + "\"venue\":\"(ALPHA|BETA)\",\"symbol\":\"[A-Z]+/[A-Z]+\",\"trade_id\":\"[0-9]+\","
                        + "\"sent_ns\":[0-9]+}");
        assertThat(samples.get(FaultKind.GARBAGE))
                .matches("\\{\"partition\":2,\"position\":[0-9]+,\"fault\":\"garbage\",\"expectation\":\"rejected\","
                        + "\"reason\":\"UNPARSABLE\",\"venue\":.*,\"reference\":[0-9]+}");
    }
}

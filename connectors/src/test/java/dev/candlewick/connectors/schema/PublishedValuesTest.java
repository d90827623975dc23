package dev.candlewick.connectors.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.quality.InstrumentProfile;
import dev.candlewick.core.quality.OutlierRule;
import dev.candlewick.core.quality.OutlierScope;
import dev.candlewick.core.quality.QualityOutput;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.quality.QualityStage;
import dev.candlewick.core.quality.SilenceDetector;
import dev.candlewick.core.time.Interval;
import dev.candlewick.testkit.hostile.HostileMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

/** What the writers write is what the schemas say, and nothing else is. */
class PublishedValuesTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void everyValueOfEveryTopicIsValidAndGoesThroughAvro() throws Exception {
        Map<String, List<byte[]>> values = Samples.values();
        assertThat(values.keySet())
                .containsExactlyElementsOf(
                        Published.topics().stream().map(Definition::folder).toList());
        for (Map.Entry<String, List<byte[]>> topic : values.entrySet()) {
            Validation schemas = Validation.today(topic.getKey());
            assertThat(topic.getValue()).isNotEmpty();
            for (byte[] bytes : topic.getValue()) {
                check(schemas, Validation.parse(bytes), topic.getKey());
            }
        }
    }

    private static void check(Validation schemas, JsonNode value, String what) throws Exception {
        assertThat(schemas.problems(value)).as("%s %s", what, value).isEmpty();
        if (schemas.hasAvro()) {
            GenericRecord record = schemas.record(value);
            assertThat(AvroRecords.says(record, value))
                    .as("%s %s as %s", what, value, record)
                    .isTrue();
        }
    }

    /** The kinds as the stage itself writes them, so that their details are the real ones. */
    @Test
    void theOutputOfTheQualityStageIsValid() throws Exception {
        Validation events = Validation.today("topics/quality.events");
        Validation reports = Validation.today("topics/quality.reports");
        PublishedJson json = new PublishedJson(Samples.PROFILE);
        Found found = qualityOfOneHour();
        Set<QualityKind> kinds = EnumSet.noneOf(QualityKind.class);
        for (QualityEvent event : found.events) {
            kinds.add(event.kind());
            check(events, Validation.parse(json.event(event)), event.kind().name());
        }
        assertThat(kinds).as("kinds that the stage gave").isEqualTo(EnumSet.allOf(QualityKind.class));
        for (MinuteReport report : found.reports) {
            check(reports, Validation.parse(json.report(report)), "report");
        }
        assertThat(found.reports).extracting(MinuteReport::latencyCount).contains(0L, 1L);
    }

    private record Found(List<QualityEvent> events, List<MinuteReport> reports) implements QualityOutput {
        @Override
        public void event(QualityEvent event) {
            events.add(event);
        }

        @Override
        public void report(MinuteReport report) {
            reports.add(report);
        }
    }

    private static Found qualityOfOneHour() {
        Found found = new Found(new ArrayList<>(), new ArrayList<>());
        Interval finest = Interval.parse("1s");
        QualitySettings settings = QualitySettings.defaults()
                .withOutliers(OutlierRule.BOTH, OutlierScope.TRADE)
                .withStale(20, 5 * SECOND);
        QualityStage stage = new QualityStage(settings, finest, 0, found);
        InstrumentProfile profile = stage.newProfile();
        Instrument instrument = Instrument.ofVenue("v \"|\\", "A/B", 2, 0);
        long time = Samples.MINUTE;
        Trade trade = null;
        for (int i = 0; i < 400; i++) {
            // Every quarter of a second, but for pauses of each class; one price in the middle is far off.
            time += switch (i) {
                case 100 -> 700_000_000L;
                case 150 -> 6 * SECOND;
                case 200 -> 40 * SECOND;
                default -> 250_000_000L;
            };
            trade = new Trade();
            trade.instrument = instrument;
            trade.eventTimeNanos = time;
            trade.priceScaled = i == 80 ? 20_000 : i > 250 ? 10_000 : 10_000 + i % 3;
            trade.sizeScaled = i == 60 ? 0 : 1;
            trade.setIdNumber(i < 150 ? 1_000 + i : 1_010 + i);
            if (i == 5) {
                trade.receiveTimeNanos = time - 1;
            }
            stage.accepted(profile, trade);
        }
        stage.duplicate(profile, trade);
        stage.suspect(profile, trade, 42);
        stage.conflict(profile, time, 43, trade);
        long end = time + 3_600 * SECOND;
        stage.judge(profile, end);
        stage.advance(
                profile, new QualityStage.Subject(instrument.venue(), instrument.symbol(), 2, 0), end / 1_000_000, end);
        SilenceDetector silence = new SilenceDetector(settings, finest, 0);
        silence.add(new VenueSeconds("loud", 1, -1L >>> 4));
        silence.add(new VenueSeconds("quiet", 1, 1L | 1L << 40));
        silence.advance(10 * 60_000, found::event);
        return found;
    }

    /** A schema that takes anything would pass every other test. */
    @Test
    void otherValuesAreRefused() throws Exception {
        for (Map.Entry<String, List<byte[]>> topic : Samples.values().entrySet()) {
            Validation schemas = Validation.today(topic.getKey());
            Definition definition = Published.topics().stream()
                    .filter(candidate -> candidate.folder().equals(topic.getKey()))
                    .findFirst()
                    .orElseThrow();
            ObjectNode value = (ObjectNode) Validation.parse(topic.getValue().get(0));
            for (Field field : definition.fields()) {
                ObjectNode wrong = value.deepCopy();
                if (field.type() == Field.Type.BOOLEAN) {
                    wrong.put(field.name(), "true");
                } else {
                    wrong.put(field.name(), true);
                }
                assertThat(schemas.problems(wrong)).as("%s", wrong).isNotEmpty();
                ObjectNode without = value.deepCopy();
                without.remove(field.name());
                assertThat(schemas.problems(without).isEmpty())
                        .as("%s without %s", topic.getKey(), field.name())
                        .isEqualTo(!field.required());
                ObjectNode absent = value.deepCopy();
                absent.putNull(field.name());
                assertThat(schemas.problems(absent).isEmpty())
                        .as("%s with null as %s", topic.getKey(), field.name())
                        .isEqualTo(field.nullable());
            }
        }
        Validation candles = Validation.today("topics/candles");
        ObjectNode candle = (ObjectNode)
                Validation.parse(Samples.values().get("topics/candles").get(0));
        for (String open : List.of("1.50", "01", "1.", ".5", "1e3", "+1", "", "NaN", "1,5")) {
            assertThat(candles.problems(candle.deepCopy().put("open", open)))
                    .as(open)
                    .isNotEmpty();
        }
        assertThat(candles.problems(candle.deepCopy().put("open", 1.5))).isNotEmpty();
        assertThat(candles.problems(candle.deepCopy().put("start_ns", 1.5))).isNotEmpty();
        ObjectNode broken = candle.deepCopy();
        broken.remove("venue");
        assertThatThrownBy(() -> candles.record(broken)).hasMessageContaining("venue must be there");
        assertThatThrownBy(() -> candles.record(candle.deepCopy().put("trades", "1")))
                .hasMessageContaining("must be of type");
    }

    /** The schema of what comes in, against what the decoder takes. */
    @Test
    void whatTheSchemaOfTradesRefusesIsNoTrade() throws Exception {
        Validation trades = Validation.today("topics/trades");
        int accepted = 0;
        int refused = 0;
        for (HostileMessage row : HostileMessage.table("json")) {
            JsonNode message = parsed(row.message());
            List<String> problems =
                    message == null || !message.isObject() ? List.of("no object") : trades.problems(message);
            if (row.outcome().equals("ACCEPTED")) {
                assertThat(problems).as("%s: %s", row.name(), message).isEmpty();
                accepted++;
            } else if (row.outcome().equals("MISSING_FIELD") && message != null && !blank(message)) {
                assertThat(problems).as("%s: %s", row.name(), message).isNotEmpty();
                refused++;
            }
        }
        assertThat(accepted).isGreaterThan(10);
        assertThat(refused).isGreaterThan(3);
    }

    private static JsonNode parsed(byte[] message) {
        try {
            return message == null ? null : Validation.parse(message);
        } catch (IOException e) {
            return null;
        }
    }

    /** A text of control characters alone is absent, which the schema does not say. */
    private static boolean blank(JsonNode message) {
        for (String name : List.of("venue", "symbol")) {
            String text = message.path(name).asText();
            if (!text.isEmpty() && text.chars().allMatch(c -> c <= ' ' || Character.isISOControl(c))) {
                return true;
            }
        }
        return false;
    }

    /** What lets columns be added: readers ignore names that they do not know, and codes that are new. */
    @Test
    void namesAndCodesOfLaterVersionsAreAllowed() throws Exception {
        for (Map.Entry<String, List<byte[]>> topic : Samples.values().entrySet()) {
            Validation schemas = Validation.today(topic.getKey());
            ObjectNode value = (ObjectNode) Validation.parse(topic.getValue().get(0));
            assertThat(schemas.problems(value.deepCopy().put("of_a_later_version", 1)))
                    .isEmpty();
        }
        Validation candles = Validation.today("topics/candles");
        ObjectNode candle = (ObjectNode)
                Validation.parse(Samples.values().get("topics/candles").get(0));
        assertThat(candles.problems(candle.deepCopy().put("reason", "CORRECT"))).isEmpty();
    }
}

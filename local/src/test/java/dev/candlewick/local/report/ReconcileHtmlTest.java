package dev.candlewick.local.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.ComparedLine;
import dev.candlewick.core.reconcile.Diagnosis;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.Finding;
import dev.candlewick.core.reconcile.GenerationRead;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.ValueDiffer;
import dev.candlewick.core.time.Interval;
import dev.candlewick.testkit.hostile.HostileSymbols;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The report for people: whole, well-formed, self-contained, and inert whatever the data says. */
final class ReconcileHtmlTest {
    private static final Interval MINUTE = Interval.parse("1m");
    private static final String HOSTILE = "<script>alert('x')</script>&\"]]><img src=x onerror=alert(1)>\u202E\u0000";

    @TempDir
    private Path directory;

    private static ObservedValue candle(
            String venue, String symbol, long start, long open, long high, long low, long close, int revision) {
        return ObservedValue.of(
                new Candle(
                        venue,
                        symbol,
                        MINUTE,
                        start,
                        2,
                        0,
                        open,
                        high,
                        low,
                        close,
                        Int128.of(10),
                        Int128.of(1000),
                        3,
                        start,
                        start + 5,
                        revision,
                        RevisionReason.CLOSED,
                        true,
                        Int128.of(77),
                        0,
                        0),
                12,
                8,
                "crypto@1");
    }

    private static Difference difference(
            @Nullable ObservedValue topic, @Nullable ObservedValue lake, ObservedValue truth, Diagnosis diagnosis) {
        Difference found = new ValueDiffer(0, true).compare(topic, lake, truth);
        if (found == null) {
            throw new AssertionError("sides must differ");
        }
        return found.with(diagnosis);
    }

    private static ReconcileResult result(String text, List<Difference> differences) {
        return new ReconcileResult(
                "r-1",
                "/lake/" + text,
                2,
                0,
                86_400_000_000_000L,
                "BATCH",
                "ACCEPT",
                text,
                text,
                1_000,
                Map.of("candlewick", text),
                Map.of("candlewick", "0.1.0"),
                List.of(new GenerationRead("candles", "candles/version=2/interval=1m", 3, 1440)),
                List.of(new ComparedLine("1m", 10, 10, 9, 8)),
                differences,
                0,
                List.of(new Finding(
                        Finding.Code.FILE_MISSING, Cause.LOST_IN_ARCHIVE, "trades", text, text, 0L, 1L, 5, text)),
                List.of(Map.of("scope", text, "read", 5L)));
    }

    private static Document parse(String html) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(html.replaceFirst("<!DOCTYPE html>\n", ""))));
    }

    private static List<String> texts(Document document, String element) {
        NodeList nodes = document.getElementsByTagName(element);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }

    @Test
    void theFileShowsHeaderCountsFindingsAndEachCaseWithItsPicture() throws Exception {
        Diagnosis late = Diagnosis.healable(Cause.LATE, "the archive has trades", List.of("one trade (id 7 at t/0@3)"));
        ObservedValue truth = candle("v", "BTC", 0, 100, 140, 90, 120, 0);
        Difference differs = difference(
                candle("v", "BTC", 0, 100, 130, 95, 110, 0), candle("v", "BTC", 0, 100, 130, 95, 110, 0), truth, late);
        Difference after = difference(
                null,
                candle("v", "BTC", 60_000_000_000L, 120, 125, 80, 81, 0),
                candle("v", "BTC", 60_000_000_000L, 120, 125, 80, 81, 0),
                Diagnosis.NONE);
        Path file = directory.resolve("report.html");
        ReconcileHtml.write(result("plain", List.of(differs, after)), file);
        Document document = parse(Files.readString(file));

        assertThat(texts(document, "h1")).containsExactly("Reconciliation r-1");
        assertThat(texts(document, "p")).anyMatch(text -> text.contains("2 differences, 1 of them not explained."));
        assertThat(texts(document, "td"))
                .contains("BOTH_DIFFER", "LATE", "MISSING_IN_TOPIC", "UNKNOWN", "FILE_MISSING");
        assertThat(texts(document, "h3")).hasSize(2).anyMatch(text -> text.contains("1m of BTC at v"));
        assertThat(texts(document, "li")).contains("one trade (id 7 at t/0@3)");
        // The drift of the high: 0.1 of 1.4 are 7.142857142 %
        assertThat(texts(document, "td")).contains("7.1428571 %");
        // One picture for each case: three sides each, and the neighbour that differs too
        assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(2);
        assertThat(texts(document, "text"))
                .contains("topic", "lake", "recomputed", "one before", "one after", "none", "1.4");
        assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(3 + 1 + 2 + 1);
        // On one scale from 0.8 to 1.4: the wick of the recomputed candle begins at the top
        assertThat(wicks(document)).contains("14");
    }

    private static Set<String> wicks(Document document) {
        Set<String> tops = new TreeSet<>();
        NodeList lines = document.getElementsByTagName("line");
        for (int i = 0; i < lines.getLength(); i++) {
            Element line = (Element) lines.item(i);
            if (line.getAttribute("class").equals("wick")) {
                tops.add(line.getAttribute("y1"));
            }
        }
        return tops;
    }

    @Test
    void hostileNamesAreTextAndNothingIsLoadedOrRun() throws Exception {
        List<String> names = new ArrayList<>(HostileSymbols.ALL);
        names.add(HOSTILE);
        List<Difference> differences = new ArrayList<>();
        for (String name : names) {
            differences.add(difference(
                    ObservedValue.builder(ReconcileKey.candle(name, name, MINUTE, 0), 12, 8)
                            .where(name)
                            .profile(name)
                            .defect(name)
                            .build(),
                    null,
                    candle(name, name, 0, 1, 2, 1, 2, 0),
                    Diagnosis.keep(Cause.ALTERED, name, List.of(name))));
        }
        String html = ReconcileHtml.html(result(HOSTILE, differences));
        Document document = parse(html);

        NodeList all = document.getElementsByTagName("*");
        Set<String> elements = new TreeSet<>();
        Set<String> attributes = new TreeSet<>();
        for (int i = 0; i < all.getLength(); i++) {
            elements.add(all.item(i).getNodeName());
            for (int j = 0; j < all.item(i).getAttributes().getLength(); j++) {
                attributes.add(all.item(i).getAttributes().item(j).getNodeName());
            }
        }
        assertThat(elements).doesNotContain("script", "img", "iframe", "object", "a", "link");
        assertThat(attributes).noneMatch(name -> name.startsWith("on") || name.equals("src") || name.equals("href"));
        assertThat(html)
                .doesNotContain("<script")
                .doesNotContain("<img")
                .doesNotContain("url(")
                .doesNotContain("@import");
        assertThat(html.codePoints()).noneMatch(point -> point == 0x202E || point == 0);
        assertThat(html).contains("&lt;script&gt;alert(&#39;x&#39;)");
    }

    @Test
    void aResultWithoutDifferencesSaysSo() throws Exception {
        Document document = parse(ReconcileHtml.html(result("plain", List.of())));

        assertThat(texts(document, "p")).contains("No difference.");
        assertThat(document.getElementsByTagName("svg").getLength()).isZero();
    }
}

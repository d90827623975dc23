package dev.candlewick.local.report;

import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.reconcile.ComparedLine;
import dev.candlewick.core.reconcile.CountLine;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.FieldDrift;
import dev.candlewick.core.reconcile.Finding;
import dev.candlewick.core.reconcile.GenerationRead;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileMaps;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.Side;
import dev.candlewick.core.reconcile.ValueField;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A reconciliation as one HTML file for people: it needs nothing from anywhere, holds no script, and shows hostile names as
 * the text that they are. Equal results give equal bytes.
 */
public final class ReconcileHtml {
    /** Differences that are shown field by field; all of them stand in the JSON beside it. */
    public static final int CASES_SHOWN = 25;

    private static final int GENERATIONS_SHOWN = 200;
    private static final String STYLE = """
            :root{color-scheme:light dark}
            body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2430;background:#fff}
            h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid #cfd6de}
            h3{font-size:1rem;margin:1.8rem 0 .3rem;overflow-wrap:anywhere}
            table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums}
            th,td{text-align:left;padding:.2rem .7rem;border-bottom:1px solid #e4e8ed;vertical-align:top;overflow-wrap:anywhere}
            td.n,th.n{text-align:right;white-space:nowrap}
            dt{float:left;clear:left;width:11rem;color:#5a6675}dd{margin-left:11.5rem;overflow-wrap:anywhere}
            .good{color:#12703a;font-weight:600}.bad{color:#b3261e;font-weight:600}
            .differs{background:#fdecea}.code{font-family:ui-monospace,monospace;font-size:.9em}
            .case{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}.hint{color:#5a6675}
            svg text{font:12px system-ui,sans-serif;fill:#3a4654;text-anchor:middle}svg text.price{text-anchor:start}
            svg text.none{fill:#b3261e}.grid{stroke:#d5dbe2;stroke-dasharray:3 3}.wick{stroke-width:2}
            .topic .wick,.topic .body{stroke:#a15c00}.lake .wick,.lake .body{stroke:#2257a8}.truth .wick,.truth .body{stroke:#12703a}
            .topic .body{fill:#f3c98b}.lake .body{fill:#a9c6f2}.truth .body{fill:#a5dbb9}
            .body.rises{fill-opacity:.35}.body{stroke-width:1.5}.context{opacity:.4}
            @media(prefers-color-scheme:dark){body{color:#dfe5ec;background:#14181d}th,td{border-color:#2b333d}
            .differs{background:#4a211e}.good{color:#7fd6a0}.bad{color:#ff9c92}dt,.hint{color:#98a4b3}
            svg text{fill:#c3ccd7}.grid{stroke:#39434f}}
            """;

    private ReconcileHtml() {}

    /**
     * Writes the file.
     *
     * @throws IOException where it cannot be written
     */
    public static void write(ReconcileResult result, Path file) throws IOException {
        Files.writeString(file, html(result));
    }

    /** The whole document. */
    static String html(ReconcileResult result) {
        Markup out = new Markup();
        out.raw("<!DOCTYPE html>\n");
        out.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en");
        out.open("head").empty("meta", "charset", "utf-8");
        // Nothing may be loaded or run, whatever a name in the data says.
        out.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src 'unsafe-inline'");
        out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        out.element("title", "Candlewick reconciliation " + result.run());
        out.open("style").raw(STYLE).close("style").close("head").open("body");
        header(out, result);
        compared(out, result);
        counts(out, result);
        findings(out, result);
        cases(out, result);
        ledger(out, result);
        generations(out, result);
        return out.close("body").close("html").raw("\n").toString();
    }

    private static void header(Markup out, ReconcileResult result) {
        out.element("h1", "Reconciliation " + result.run());
        long differences = result.differences().size() + result.notKept();
        if (differences == 0) {
            out.element("p", "good", "No difference.");
        } else {
            out.open("p");
            out.element("span", result.isExplained() ? "good" : "bad", differences + " differences, ");
            out.element(
                    "span",
                    result.isExplained() ? "good" : "bad",
                    result.isExplained() ? "every one explained." : result.unexplained() + " of them not explained.");
            out.close("p");
        }
        out.open("dl");
        entry(out, "Range", time(result.fromNanos()) + " to " + time(result.toNanos()));
        entry(out, "Lake", result.lake() + ", version " + result.version());
        String prefix = result.topicPrefix();
        entry(
                out,
                "Topics",
                prefix == null ? "not read" : "prefix " + (prefix.isEmpty() ? "none" : '"' + prefix + '"'));
        entry(out, "Recomputed in", result.mode() + " mode, late trades: " + result.late());
        entry(out, "Profile", result.profile());
        entry(out, "Threshold", drift(result.thresholdPartsPerBillion()) + ", above it a drift is an alert");
        entry(out, "Written by", versions(result.lakeVersions()));
        entry(out, "Recomputed by", versions(result.versions()));
        out.close("dl");
    }

    private static void entry(Markup out, String name, String value) {
        out.element("dt", name).element("dd", value.isEmpty() ? "unknown" : value);
    }

    private static String versions(Map<String, String> versions) {
        StringJoiner text = new StringJoiner(", ");
        new TreeMap<>(versions).forEach((name, version) -> text.add(name + ' ' + version));
        return text.toString();
    }

    private static void compared(Markup out, ReconcileResult result) {
        out.element("h2", "What was compared").open("table");
        head(out, "interval", "#recomputed", "#lake", "#topic", "#equal on all sides");
        for (ComparedLine line : result.compared()) {
            out.open("tr").element("td", line.group());
            number(out, line.truth());
            number(out, line.lake());
            if (result.hasTopics()) {
                number(out, line.topic());
            } else {
                out.element("td", "n", "not read");
            }
            number(out, line.equal());
            out.close("tr");
        }
        out.close("table");
    }

    private static void counts(Markup out, ReconcileResult result) {
        List<CountLine> counts = result.counts();
        if (counts.isEmpty() && result.notKept() == 0) {
            return;
        }
        out.element("h2", "Differences by interval, class and cause").open("table");
        head(out, "interval", "class", "cause", "#values", "#alerts", "#can be healed");
        for (CountLine line : counts) {
            out.open("tr").element("td", line.group());
            out.element("td", "code", line.kind().name());
            out.element(
                    "td",
                    line.cause().isExplained() ? "code" : "code bad",
                    line.cause().name());
            number(out, line.values());
            number(out, line.alerts());
            number(out, line.healable());
            out.close("tr");
        }
        out.close("table");
        if (result.notKept() > 0) {
            out.element("p", "bad", result.notKept() + " more were counted and not looked at.");
        }
    }

    private static void findings(Markup out, ReconcileResult result) {
        if (result.findings().isEmpty()) {
            return;
        }
        out.element("h2", "What is wrong with the archive itself").open("table");
        head(out, "finding", "cause", "where", "#rows", "what");
        for (Finding finding : result.findings()) {
            String file = finding.file();
            out.open("tr").element("td", "code", finding.code().name());
            out.element("td", "code", finding.cause().name());
            out.element(
                    "td",
                    "code",
                    finding.table()
                            + (finding.partition().isEmpty() ? "" : " " + finding.partition())
                            + (file == null ? "" : '/' + file));
            number(out, finding.rows());
            out.element("td", finding.detail()).close("tr");
        }
        out.close("table");
    }

    private static void cases(Markup out, ReconcileResult result) {
        if (result.differences().isEmpty()) {
            return;
        }
        Map<ReconcileKey, Difference> all = new HashMap<>();
        result.differences().forEach(difference -> all.put(difference.key(), difference));
        out.element("h2", "The worst cases, field by field");
        out.element(
                "p",
                "hint",
                "Missing and extra values first, then by the largest drift; at most " + CASES_SHOWN
                        + ". All of them stand in the JSON file beside this one.");
        for (Difference difference : result.worst(CASES_SHOWN)) {
            one(out, difference, all);
        }
    }

    private static void one(Markup out, Difference difference, Map<ReconcileKey, Difference> all) {
        ReconcileKey key = difference.key();
        out.element("h3", key.group() + " of " + key.symbol() + " at " + key.venue() + ", " + time(key.timeNanos()));
        out.open("p");
        out.element("span", "code", difference.kind().name()).text(", cause ");
        out.element(
                "span",
                difference.cause().isExplained() ? "code" : "code bad",
                difference.cause().name());
        out.text(difference.alert() ? ", alert" : "");
        out.text(difference.healable() ? ". A heal may repair it: " : ". A heal must not repair it: ");
        out.text(difference.diagnosis().healReason() + ".").close("p");
        out.open("div", "class", "case");
        fields(out, difference);
        CandlePicture.draw(out, difference, neighbour(key, all, -1), neighbour(key, all, 1));
        out.close("div");
        if (!difference.diagnosis().evidence().isEmpty()) {
            out.open("ul");
            difference.diagnosis().evidence().forEach(fact -> out.element("li", fact));
            out.close("ul");
        }
    }

    private static @Nullable Difference neighbour(ReconcileKey key, Map<ReconcileKey, Difference> all, int by) {
        return key.interval() == null
                ? null
                : all.get(ReconcileKey.candle(
                        key.venue(),
                        key.symbol(),
                        key.interval(),
                        key.timeNanos() + by * key.interval().nanos()));
    }

    private static void fields(Markup out, Difference difference) {
        Map<String, FieldDrift> drifts = new HashMap<>();
        for (FieldDrift drift : difference.drifts()) {
            drifts.put(drift.side() + drift.field().column(), drift);
        }
        out.open("table");
        head(out, "field", "#topic", "#lake", "#recomputed", "#drift");
        for (ValueField field : ValueField.of(difference.key().kind())) {
            out.open("tr").element("td", "code", field.column());
            Long worst = null;
            for (Side side : Side.values()) {
                FieldDrift drift = drifts.get(side + field.column());
                ObservedValue value = difference.value(side);
                out.element("td", drift == null ? "n" : "n differs", shown(value, field));
                Long own = drift == null ? null : drift.partsPerBillion();
                worst = own == null ? worst : Long.valueOf(Math.max(own, worst == null ? 0 : worst));
            }
            out.element("td", "n", worst == null ? "" : drift(worst)).close("tr");
        }
        for (String row : List.of("revision", "profile", "known at", "seen in")) {
            out.open("tr").element("td", "code", row);
            for (Side side : Side.values()) {
                out.element("td", "n", meta(difference.value(side), side, row));
            }
            out.element("td", "").close("tr");
        }
        out.close("table");
    }

    private static String shown(@Nullable ObservedValue value, ValueField field) {
        if (value == null) {
            return "none";
        }
        if (value.defect() != null) {
            return field.ordinal() == ValueField.of(value.key().kind()).get(0).ordinal()
                    ? Objects.requireNonNull(value.defect())
                    : "unreadable";
        }
        String text = value.text(field);
        return text == null ? "null" : text.isEmpty() ? "–" : text;
    }

    private static String meta(@Nullable ObservedValue value, Side side, String row) {
        if (value == null) {
            return "";
        }
        return switch (row) {
            case "revision" -> side == Side.TRUTH ? "" : value.revision() + " " + value.reason();
            case "profile" -> value.profile();
            case "known at" -> ReconcileMaps.of(value).get("known_at_ns") instanceof Long known ? time(known) : "";
            default -> value.where();
        };
    }

    private static void ledger(Markup out, ReconcileResult result) {
        if (result.ledger().isEmpty()) {
            return;
        }
        out.element("h2", "Double entry of the recomputation").open("table").open("tr");
        List<String> names = List.copyOf(result.ledger().get(0).keySet());
        names.forEach(name -> out.element("th", name));
        out.close("tr");
        for (Map<String, @Nullable Object> line : result.ledger()) {
            out.open("tr");
            for (String name : names) {
                Object value = line.get(name);
                out.element("td", value instanceof Number ? "n" : "", value == null ? "" : String.valueOf(value));
            }
            out.close("tr");
        }
        out.close("table");
    }

    private static void generations(Markup out, ReconcileResult result) {
        out.element("h2", "Generations that were read").open("table");
        head(out, "table", "partition", "#generation", "#rows");
        int shown = 0;
        for (GenerationRead read : result.generations()) {
            if (++shown > GENERATIONS_SHOWN) {
                break;
            }
            out.open("tr").element("td", read.table()).element("td", "code", read.partition());
            number(out, read.generation());
            number(out, read.rows());
            out.close("tr");
        }
        out.close("table");
        if (shown > GENERATIONS_SHOWN) {
            out.element("p", "hint", "and " + (result.generations().size() - GENERATIONS_SHOWN) + " more");
        }
    }

    /** Titles; those that begin with # stand over numbers. */
    private static void head(Markup out, String... titles) {
        out.open("tr");
        for (String title : titles) {
            boolean number = title.startsWith("#");
            out.element("th", number ? "n" : "", number ? title.substring(1) : title);
        }
        out.close("tr");
    }

    private static void number(Markup out, long value) {
        out.element("td", "n", String.valueOf(value));
    }

    private static String drift(long partsPerBillion) {
        if (partsPerBillion == FieldDrift.INFINITE) {
            return "infinite";
        }
        BigDecimal percent = BigDecimal.valueOf(partsPerBillion, 7);
        return Decimals.format(Int128.of(percent.unscaledValue()), percent.scale()) + " %";
    }

    private static String time(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))
                .toString();
    }
}

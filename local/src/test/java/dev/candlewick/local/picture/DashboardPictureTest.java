package dev.candlewick.local.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.picture.Series.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** What is drawn of fixed dashboards and fixed values, and that the pictures of the documents are of the dashboards there are. */
final class DashboardPictureTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Path DASHBOARDS = ROOT.resolve("conf/grafana/dashboards");
    private static final Path PICTURES = ROOT.resolve("docs/images/dashboards");
    private static final long MOST_BYTES = 150_000;

    /** 2024-01-01T00:00:00Z and the minute behind it. */
    private static final TimeRange MINUTE = TimeRange.of(1_704_067_200, 1_704_067_260, 6);

    private static final String SMALL = """
            {"uid":"small","title":"Small & whole","description":"Of a test.",
             "annotations":{"list":[
               {"name":"Restarts","iconColor":"orange","expr":"restarts","useValueForTime":false},
               {"name":"Restored","iconColor":"blue","expr":"restored","useValueForTime":true}]},
             "panels":[
              {"id":1,"type":"row","title":"Now","gridPos":{"x":0,"y":0,"w":24,"h":1}},
              {"id":2,"type":"stat","title":"Age","gridPos":{"x":0,"y":1,"w":6,"h":4},
               "fieldConfig":{"defaults":{"unit":"s","thresholds":{"steps":[
                 {"color":"green","value":null},{"color":"red","value":100}]}}},
               "targets":[{"expr":"age{job=~\\"$job\\"}","legendFormat":"{{job}}"}]},
              {"id":3,"type":"timeseries","title":"Size <whole>","gridPos":{"x":6,"y":1,"w":12,"h":8},
               "fieldConfig":{"defaults":{"unit":"bytes","thresholds":{"steps":[{"color":"green","value":null}]}}},
               "targets":[{"expr":"size","legendFormat":"part {{part}}"}]},
              {"id":4,"type":"status-history","title":"Busy","gridPos":{"x":18,"y":1,"w":6,"h":8},
               "fieldConfig":{"defaults":{"unit":"percentunit","thresholds":{"steps":[
                 {"color":"green","value":null},{"color":"yellow","value":0.5},{"color":"red","value":0.9}]}}},
               "targets":[{"expr":"busy","legendFormat":"{{task}}"}]},
              {"id":5,"type":"timeseries","title":"Never","gridPos":{"x":0,"y":9,"w":24,"h":8},
               "fieldConfig":{"defaults":{"unit":"short","thresholds":{"steps":[{"color":"green","value":null}]}}},
               "targets":[{"expr":"never","legendFormat":"never"}]}]}
            """;

    private static List<Series> answer(String expression, TimeRange range) {
        return switch (expression) {
            case "age{job=~\".*\"}" -> List.of(series(range, "job", "candlewick", 5, 5, 90, 150));
            case "size" ->
                List.of(
                        series(range, "part", "b", 1 << 20, 2 << 20, 3 << 20, 4 << 20),
                        // Without the third and the fourth sample, and only one behind them.
                        new Series(
                                Map.of("part", "a"),
                                List.of(
                                        new Sample(range.from(), 0),
                                        new Sample(range.from() + range.step(), 1 << 20),
                                        new Sample(range.from() + 4.0 * range.step(), 1 << 20))));
            case "busy" ->
                List.of(
                        series(range, "task", "source", 0.1, 0.6, 0.95, 0.2),
                        series(range, "task", "sink", 0, 0, 0, 0));
            case "restarts" -> List.of(new Series(Map.of(), List.of(new Sample(range.from() + 30.0, 1))));
            case "restored" ->
                List.of(new Series(Map.of(), List.of(new Sample(range.to(), range.from() * 1e3 + 40e3))));
            default -> List.of();
        };
    }

    private static Series series(TimeRange range, String label, String value, double... values) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            samples.add(new Sample(range.from() + (double) i * range.step(), values[i]));
        }
        return new Series(Map.of(label, value), samples);
    }

    @Test
    void panelsShowTheirValuesInTheirUnitsAndColours() throws Exception {
        Dashboard dashboard = Dashboard.parse(SMALL);
        DashboardPicture drawn = DashboardPicture.draw(dashboard, DashboardPictureTest::answer, MINUTE);
        PictureFile picture = PictureFile.parse(drawn.svg());

        assertThat(picture.contents())
                .isEqualTo(dashboard.contents())
                .containsExactly(
                        "1 row: Now",
                        "2 stat s: Age",
                        "3 timeseries bytes: Size <whole>",
                        "4 status-history percentunit: Busy",
                        "5 timeseries short: Never");
        assertThat(drawn.empty()).containsExactly("Now: Never");
        assertThat(PictureFile.texts(picture.panel(5))).containsExactly("Never", "No data");

        // 150 s, which is red from 100 on.
        assertThat(PictureFile.texts(picture.panel(2))).containsExactly("Age", "2.5 min");
        assertThat(PictureFile.elements(picture.panel(2), "text").get(1).getAttribute("style"))
                .endsWith("fill:" + Color.RED.code());

        assertThat(PictureFile.texts(picture.panel(3)))
                .contains("0 MiB", "4 MiB", "00:00:30", "part a", "part b")
                .containsSubsequence("part a", "part b");
        List<Element> lines = withClass(picture.panel(3), "line");
        assertThat(lines).hasSize(2);
        // Two pieces, of which one is a point; and a rise without its middle.
        assertThat(lines.get(0).getAttribute("d")).matches("M\\S+ \\S+L\\S+ \\S+M\\S+ \\S+h1");
        assertThat(lines.get(1).getAttribute("d")).matches("M\\S+ \\S+L\\S+ \\S+");
        assertThat(withClass(picture.panel(3), "mark").stream().map(mark -> mark.getAttribute("stroke")))
                .containsExactly(Color.ORANGE.code(), Color.BLUE.code());

        assertThat(PictureFile.texts(picture.panel(4))).contains("source", "sink", "< 50%", "50%+", "90%+");
        assertThat(withClass(picture.panel(4), "cells").stream()
                        .map(cells -> cells.getAttribute("fill") + " "
                                + cells.getAttribute("d").split("M").length))
                .containsExactly(
                        Color.GREEN.code() + " 5",
                        Color.GREEN.code() + " 3",
                        Color.YELLOW.code() + " 2",
                        Color.RED.code() + " 2");
    }

    @Test
    void theSameValuesMakeTheSameBytes() throws Exception {
        Dashboard dashboard = Dashboard.parse(SMALL);
        assertThat(DashboardPicture.draw(dashboard, DashboardPictureTest::answer, MINUTE)
                        .svg())
                .isEqualTo(DashboardPicture.draw(dashboard, DashboardPictureTest::answer, MINUTE)
                        .svg());
    }

    @Test
    void whatCannotBeDrawnIsRefused() {
        assertThatThrownBy(() -> Dashboard.parse(SMALL.replace("status-history", "heatmap")))
                .hasMessageContaining("a panel's type must be one of", "was heatmap");
        assertThatThrownBy(() -> Dashboard.parse(SMALL.replace("\"unit\":\"bytes\"", "\"unit\":\"decbytes\"")))
                .hasMessageContaining("a unit must be one of", "was decbytes");
        assertThatThrownBy(() -> Dashboard.parse(SMALL.replace("\"color\":\"yellow\"", "\"color\":\"plaid\"")))
                .hasMessageContaining("a colour must be one of", "was plaid");
    }

    @Test
    void valuesAreWrittenInTheirUnits() {
        assertThat(Stream.of(0.0, 0.25, 12.0, 100.0, 90.0, 7_200.0, 432_000.0).map(Unit.SECONDS::write))
                .containsExactly("0 s", "250 ms", "12 s", "1.67 min", "1.5 min", "2 h", "5 days");
        assertThat(Stream.of(0.0, 1_234.0, 12_345_678.0).map(Unit.SHORT::write))
                .containsExactly("0", "1.23 K", "12.3 Mil");
        assertThat(Stream.of(512.0, 1_536.0, 0x1p30).map(Unit.BYTES::write))
                .containsExactly("512 B", "1.5 KiB", "1 GiB");
        assertThat(Stream.of(0.0, 0.004, 0.5, 1.0).map(Unit.PERCENT::write))
                .containsExactly("0%", "0.4%", "50%", "100%");
        assertThat(Stream.of(3.0, 59_000.0, 90_000.0).map(Unit.MILLISECONDS::write))
                .containsExactly("3 ms", "59 s", "1.5 min");
        assertThat(Stream.of(0.0, 200.0, 98_765.0).map(Unit.OPERATIONS::write))
                .containsExactly("0 ops/s", "200 ops/s", "98.8K ops/s");
    }

    @Test
    void axesBeginAtNothingAndHaveRoundValues() {
        assertThat(ticks(new ValueAxis(Unit.OPERATIONS, 180, 212, 4)))
                .containsExactly("0 ops/s", "100 ops/s", "200 ops/s", "300 ops/s");
        assertThat(ticks(new ValueAxis(Unit.SECONDS, 0, 0, 4))).containsExactly("0 s", "1 s");
        assertThat(ticks(new ValueAxis(Unit.BYTES, -1, 0x1p20, 2))).containsExactly("0.0 MiB", "0.5 MiB", "1.0 MiB");
        assertThat(ticks(new ValueAxis(Unit.SECONDS, 70, 300, 3))).containsExactly("0 min", "2 min", "4 min", "6 min");
        assertThat(ticks(new ValueAxis(Unit.SHORT, -1, 1, 2))).containsExactly("-1", "0", "1");
    }

    private static List<String> ticks(ValueAxis axis) {
        return axis.ticks().stream().map(axis::write).toList();
    }

    /** Every panel there is can be drawn, with as many series as there may be. */
    @Test
    void everyPanelOfEveryDashboardHasItsPart() throws Exception {
        int panels = 0;
        for (Path file : dashboards()) {
            Dashboard dashboard = Dashboard.read(file);
            DashboardPicture drawn = DashboardPicture.draw(dashboard, DashboardPictureTest::twenty, MINUTE);
            assertThat(drawn.empty()).as(file.toString()).isEmpty();
            PictureFile picture = PictureFile.parse(drawn.svg());
            assertThat(picture.contents()).isEqualTo(dashboard.contents());
            for (Panel panel : dashboard.panels()) {
                panels++;
                if (panel.type() != PanelType.ROW) {
                    assertThat(PictureFile.elements(picture.panel(panel.id()), "path"))
                            .as(panel.content())
                            .isNotEmpty();
                }
            }
        }
        assertThat(panels).isGreaterThan(50);
    }

    private static List<Series> twenty(String expression, TimeRange range) {
        List<Series> series = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            double value = i / 20.0;
            series.add(series(
                    range,
                    "operator_name",
                    "operator with a long name " + i,
                    DoubleStream.iterate(value, last -> last + 0.1).limit(6).toArray()));
        }
        return series;
    }

    @Test
    void everyDashboardHasAPictureOfItsPanels() throws Exception {
        List<String> names = new ArrayList<>();
        for (Path file : dashboards()) {
            Dashboard dashboard = Dashboard.read(file);
            Path picture = PICTURES.resolve(dashboard.uid() + ".svg");
            assertThat(picture).as(again(picture, "must be there")).exists();
            assertThat(PictureFile.parse(Files.readString(picture)).contents())
                    .as(again(picture, "must show the panels that the dashboard has"))
                    .isEqualTo(dashboard.contents());
            assertThat(Files.size(picture)).as(picture + " in bytes").isLessThan(MOST_BYTES);
            names.add(picture.getFileName().toString());
        }
        try (Stream<Path> files = Files.list(PICTURES)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("pictures of dashboards that there are")
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    private static String again(Path picture, String rule) {
        return ROOT.relativize(picture) + " " + rule + "; draw it again as docs/operating/monitoring.md says, with"
                + " -Dtest=DashboardPicturesTest -Dcandlewick.dashboards.pictures=240";
    }

    private static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(DASHBOARDS)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Element> withClass(Element panel, String name) {
        return PictureFile.elements(panel, "path").stream()
                .filter(path -> path.getAttribute("class").equals(name))
                .toList();
    }
}

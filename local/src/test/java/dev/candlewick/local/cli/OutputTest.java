package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class OutputTest {

    @Test
    void alignsTables() {
        assertThat(write(OutputFormat.TABLE, OutputTest::rows)).isEqualTo("""
                        name       size
                        a          12.5
                        Zürich😀  100000
                        """);
    }

    @Test
    void writesOneObjectALine() {
        assertThat(write(OutputFormat.JSON, OutputTest::rows)).isEqualTo("""
                        {"name":"a","size":"12.5"}
                        {"name":"Zürich😀","size":100000}
                        """);
    }

    @Test
    void writesCsvWithAHeader() {
        assertThat(write(OutputFormat.CSV, output -> {
                    try (Output.Table table = output.table(Column.text("a"), Column.text("b"))) {
                        table.row("x,y", "say \"hi\"");
                        table.row(null, List.of(1, 2));
                    }
                }))
                .isEqualTo("""
                        a,b
                        "x,y","say ""hi\"\""
                        ,"[1,2]"
                        """);
    }

    @Test
    void keepsEveryDigitOfADecimal() {
        BigDecimal tiny = new BigDecimal("0E-20");
        assertThat(write(OutputFormat.JSON, output -> output.record(Map.of("v", tiny))))
                .isEqualTo("{\"v\":\"0.00000000000000000000\"}\n");
    }

    @Test
    void writesAnEmptyTableWithItsHeading() {
        assertThat(write(
                        OutputFormat.TABLE,
                        output -> output.table(Column.text("only")).close()))
                .isEqualTo("only\n");
        assertThat(write(
                        OutputFormat.CSV,
                        output -> output.table(Column.text("only")).close()))
                .isEqualTo("only\n");
        assertThat(write(
                        OutputFormat.JSON,
                        output -> output.table(Column.text("only")).close()))
                .isEmpty();
    }

    @Test
    void writesRecordsByName() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("records", 3L);
        values.put("nothing", null);
        assertThat(write(OutputFormat.TABLE, output -> output.record(values))).isEqualTo("records  3\nnothing  \n");
        assertThat(write(OutputFormat.JSON, output -> output.record(values)))
                .isEqualTo("{\"records\":3,\"nothing\":null}\n");
        assertThat(write(OutputFormat.CSV, output -> output.record(values))).isEqualTo("records,nothing\n3,\n");
    }

    @Test
    void letsNoCellLeaveItsLine() {
        assertThat(write(OutputFormat.TABLE, output -> {
                    try (Output.Table table = output.table(Column.text("symbol"))) {
                        table.row("a\nb\u001b[2J");
                    }
                }))
                .isEqualTo("symbol\na\\u000ab\\u001b[2J\n");
    }

    @Test
    void refusesARowOfAnotherLength() {
        assertThatThrownBy(() -> write(
                        OutputFormat.JSON,
                        output ->
                                output.table(Column.text("a"), Column.text("b")).row(Arrays.asList("x"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must have 2 values, was 1");
    }

    @Test
    void endsWhenNobodyReads() {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Output output = new Output(new PrintStream(closed, false, StandardCharsets.UTF_8), OutputFormat.TABLE);
        output.line("text");
        assertThatThrownBy(output::flush).isInstanceOf(OutputClosedException.class);
    }

    private static void rows(Output output) {
        try (Output.Table table = output.table(Column.text("name"), Column.number("size"))) {
            table.row("a", new BigDecimal("12.5"));
            table.row("Zürich😀", 100_000);
        }
    }

    private static String write(OutputFormat format, Consumer<Output> writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Output output = new Output(new PrintStream(bytes, false, StandardCharsets.UTF_8), format);
        writing.accept(output);
        output.flush();
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

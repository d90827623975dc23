package dev.candlewick.local.picture;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Grafana's units that panels use: how values are written. */
enum Unit {
    SHORT("short", new Scale(1, ""), new Scale(1e3, " K"), new Scale(1e6, " Mil"), new Scale(1e9, " Bil")),
    OPERATIONS("ops", new Scale(1, " ops/s"), new Scale(1e3, "K ops/s"), new Scale(1e6, "M ops/s")),
    PERCENT("percentunit", new Scale(0.01, "%")),
    BYTES(
            "bytes",
            new Scale(1, " B"),
            new Scale(0x1p10, " KiB"),
            new Scale(0x1p20, " MiB"),
            new Scale(0x1p30, " GiB"),
            new Scale(0x1p40, " TiB")),
    MILLISECONDS(
            "ms",
            new Scale(1, " ms"),
            new Scale(1_000, " s"),
            new Scale(60_000, " min"),
            new Scale(3_600_000, " h"),
            new Scale(86_400_000, " days")),
    SECONDS(
            "s",
            new Scale(1e-3, " ms"),
            new Scale(1, " s"),
            new Scale(60, " min"),
            new Scale(3_600, " h"),
            new Scale(86_400, " days"),
            new Scale(31_536_000, " years"));

    private static final int DIGITS = 3;

    private final String json;
    private final List<Scale> scales;

    Unit(String json, Scale... scales) {
        this.json = json;
        this.scales = List.of(scales);
    }

    /**
     * How values of a size are written.
     *
     * @param divisor of the value
     * @param suffix behind the number
     */
    record Scale(double divisor, String suffix) {
        /** A value with so many decimals. */
        String write(double value, int decimals) {
            BigDecimal number = new BigDecimal(value / divisor).setScale(decimals, RoundingMode.HALF_UP);
            return number.toPlainString() + suffix;
        }
    }

    /** As Grafana calls it. */
    String json() {
        return json;
    }

    /** The scale in which a value is at least 1, where there is one. */
    Scale scale(double value) {
        Scale scale = scales.get(0);
        for (Scale larger : scales) {
            if (Math.abs(value) >= larger.divisor()) {
                scale = larger;
            }
        }
        // Zero seconds are not zero milliseconds.
        return value == 0 && this == SECONDS ? scales.get(1) : scale;
    }

    /** A value by itself, to three digits. */
    String write(double value) {
        Scale scale = scale(value);
        BigDecimal number =
                new BigDecimal(value / scale.divisor()).round(new MathContext(DIGITS, RoundingMode.HALF_UP));
        BigDecimal plain = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
        return plain.toPlainString() + scale.suffix();
    }

    static Unit of(String json) {
        return Arrays.stream(values())
                .filter(unit -> unit.json.equals(json))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a unit must be one of "
                        + Arrays.stream(values()).map(Unit::json).collect(Collectors.joining(", ")) + ", was " + json));
    }
}

package dev.candlewick.local.picture;

import java.util.List;
import java.util.Locale;

/** Grafana's colours by their names, as they are on its dark background. */
enum Color {
    GREEN("#73bf69"),
    YELLOW("#fade2a"),
    ORANGE("#ff9830"),
    RED("#f2495c"),
    BLUE("#5794f2");

    /** Of series in turn: Grafana's classic palette. */
    private static final List<String> SERIES = List.of(
            "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#a98ee6", "#37872d",
            "#fade2a", "#447ebc", "#c15c17", "#c4162a", "#1f60c4", "#8f3bb8", "#ca95e5");

    private final String code;

    Color(String code) {
        this.code = code;
    }

    String code() {
        return code;
    }

    /** The colour of the n-th series of a panel. */
    static String ofSeries(int number) {
        return SERIES.get(number % SERIES.size());
    }

    static Color of(String name) {
        try {
            return valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a colour must be one of " + List.of(values()) + ", was " + name, e);
        }
    }
}

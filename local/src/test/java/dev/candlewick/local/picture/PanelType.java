package dev.candlewick.local.picture;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The kinds of panels that can be drawn. */
enum PanelType {
    ROW("row"),
    STAT("stat"),
    TIME_SERIES("timeseries"),
    STATUS_HISTORY("status-history");

    private final String json;

    PanelType(String json) {
        this.json = json;
    }

    /** As Grafana calls it. */
    String json() {
        return json;
    }

    static PanelType of(String json) {
        return Arrays.stream(values())
                .filter(type -> type.json.equals(json))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a panel's type must be one of "
                        + Arrays.stream(values()).map(PanelType::json).collect(Collectors.joining(", ")) + ", was "
                        + json));
    }
}

package dev.candlewick.local.picture;

/** Sizes and colours of what all panels have, near to Grafana's dark theme. */
final class Style {
    /** Of axes and legends. */
    static final double SMALL = 11;
    /** Of titles. */
    static final double TITLE = 13;
    /** Of titles that would not have room otherwise. */
    static final double LEAST_TITLE = 10;
    /** Of the dashboard's title. */
    static final double HEADING = 20;
    /** Between a panel's edge and what is in it. */
    static final double PADDING = 10;
    /** From a panel's top to what is below its title. */
    static final double BELOW_TITLE = 32;

    static final String SHEET = """
            .page { fill: #111217; }
            .panel rect.frame { fill: #181b1f; stroke: #2d3037; }
            text { font: 11px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #ccccdc; }
            .small { fill: #a3a4af; }
            .middle { text-anchor: middle; }
            .end { text-anchor: end; }
            .title { font-weight: 600; }
            .row { font-size: 15px; font-weight: 600; }
            .heading { font-size: 20px; font-weight: 600; }
            .value { font-weight: 600; text-anchor: middle; }
            .grid { stroke: #2b2e35; stroke-width: 1; }
            .line { fill: none; stroke-width: 1.4; stroke-linejoin: round; }
            .mark { stroke-width: 1; stroke-dasharray: 3 3; }
            """;

    private Style() {}
}

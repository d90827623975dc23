package dev.candlewick.jobs.config;

/** The sections of the reference, in its order. */
public enum SettingGroup {
    /** What is read, how, and by whose rules. */
    INPUT("Input and feed"),
    /** Which records are trades. */
    VALIDATION("Validation"),
    /** Event time. */
    LATENESS("Event time and lateness"),
    /** What candles and VWAP are made of. */
    CANDLES("Candles and VWAP"),
    /** Quality rules. */
    QUALITY("Quality"),
    /** Where results go. */
    OUTPUT("Output"),
    /** Kafka. */
    KAFKA("Kafka"),
    /** Flink. */
    RUNTIME("Runtime");

    private final String title;

    SettingGroup(String title) {
        this.title = title;
    }

    /** The heading. */
    public String title() {
        return title;
    }
}

package dev.candlewick.jobs.config;

/** How trades are written in the input (option {@code format}). */
public enum InputFormat {
    /** Lines with the canonical header. */
    CSV,
    /** Objects with the canonical names. */
    JSON,
    /** Avro single-object encoding. */
    AVRO,
    /** The fixed layout. */
    BINARY,
    /** Parquet files or a lake; files only. */
    PARQUET
}

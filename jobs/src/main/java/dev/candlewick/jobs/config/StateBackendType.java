package dev.candlewick.jobs.config;

/** Where keyed state lives (option {@code state.backend}). */
public enum StateBackendType {
    /** Objects on the heap. */
    HASHMAP,
    /** RocksDB behind a cache. */
    ROCKSDB
}

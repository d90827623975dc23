package dev.candlewick.jobs.operators;

import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;

/** The state backends that keyed tests run on: one keeps objects, the other keeps bytes behind the write-back cache. */
enum Backend {
    HEAP,
    ROCKSDB;

    StateBackend create() {
        return this == HEAP ? new HashMapStateBackend() : new EmbeddedRocksDBStateBackend();
    }
}

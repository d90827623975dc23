package dev.candlewick.savepoints;

import java.util.Collection;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SavepointKeyedStateHandle;

/** How keyed state was written, and so which state backends can restore it. */
public enum KeyedFormat {
    /** No keyed state. */
    NONE("none"),
    /** Flink's canonical savepoint format: every backend restores it. */
    CANONICAL("canonical"),
    /** The heap backend's own format. */
    HEAP("native heap"),
    /** Files of RocksDB, of full checkpoints as of incremental ones. */
    ROCKSDB("native RocksDB");

    private final String text;

    KeyedFormat(String text) {
        this.text = text;
    }

    /** Whether a job on the RocksDB backend restores it. */
    public boolean restoresOnRocksDb() {
        return this != HEAP;
    }

    /** Whether a job on the heap backend restores it. */
    public boolean restoresOnHeap() {
        return this == NONE || this == CANONICAL || this == HEAP;
    }

    @Override
    public String toString() {
        return text;
    }

    /** The format of the handles of one operator. */
    static KeyedFormat of(Collection<KeyedStateHandle> handles) {
        KeyedFormat format = NONE;
        for (KeyedStateHandle handle : handles) {
            if (handle instanceof SavepointKeyedStateHandle) {
                return CANONICAL;
            } else if (handle instanceof IncrementalKeyedStateHandle) {
                return ROCKSDB;
            } else if (handle instanceof KeyGroupsStateHandle) {
                format = HEAP;
            } else {
                throw new SavepointException(
                        "keyed state must be of the heap or the RocksDB backend, was "
                                + handle.getClass().getSimpleName(),
                        "set state.backend to hashmap or rocksdb, without changelog",
                        null);
            }
        }
        return format;
    }
}

package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.InstrumentState;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.ValueState;
import org.jspecify.annotations.Nullable;

/**
 * Where the keyed operator finds the object of the current key; task thread only.
 *
 * <p>On the heap and in BATCH it is the backend's own object: the backend copies it before the first touch after a
 * snapshot began, so it may be changed in place. On a backend that keeps bytes it is an object of a write-back cache,
 * whose dirty keys are written in front of the checkpoint barrier (design section 6).
 */
abstract class InstrumentStates {
    /** Sets the current key of the backend. */
    @FunctionalInterface
    interface KeySetter {
        void set(String key);
    }

    /** The state of the current key to be changed, null where it has none. */
    abstract @Nullable InstrumentState get(String key) throws Exception;

    /** The state of the current key to be looked at only, null where it has none. */
    abstract @Nullable InstrumentState peek(String key) throws Exception;

    /** Puts the first state of the current key. */
    abstract void put(String key, InstrumentState state) throws Exception;

    /** Writes what is not in the backend yet. */
    abstract void flush() throws Exception;

    /** The backend's own objects. */
    static final class Direct extends InstrumentStates {
        private final ValueState<InstrumentState> state;

        Direct(ValueState<InstrumentState> state) {
            this.state = state;
        }

        @Override
        @Nullable
        InstrumentState get(String key) throws Exception {
            return state.value();
        }

        @Override
        @Nullable
        InstrumentState peek(String key) throws Exception {
            return state.value();
        }

        @Override
        void put(String key, InstrumentState value) throws Exception {
            state.update(value);
        }

        @Override
        void flush() {}
    }

    /** Objects in front of a backend that keeps bytes. */
    static final class WriteBack extends InstrumentStates {
        private static final class Entry {
            final InstrumentState state;
            boolean dirty;

            Entry(InstrumentState state) {
                this.state = state;
            }
        }

        private final ValueState<InstrumentState> state;
        private final KeySetter keys;
        private final Map<String, Entry> cache = new HashMap<>();

        WriteBack(ValueState<InstrumentState> state, KeySetter keys) {
            this.state = state;
            this.keys = keys;
        }

        @Override
        @Nullable
        InstrumentState get(String key) throws Exception {
            Entry entry = entry(key);
            if (entry == null) {
                return null;
            }
            entry.dirty = true;
            return entry.state;
        }

        @Override
        @Nullable
        InstrumentState peek(String key) throws Exception {
            Entry entry = entry(key);
            return entry == null ? null : entry.state;
        }

        private @Nullable Entry entry(String key) throws Exception {
            Entry entry = cache.get(key);
            if (entry == null) {
                InstrumentState stored = state.value();
                if (stored != null) {
                    entry = new Entry(stored);
                    cache.put(key, entry);
                }
            }
            return entry;
        }

        @Override
        void put(String key, InstrumentState value) {
            Entry entry = new Entry(value);
            entry.dirty = true;
            cache.put(key, entry);
        }

        @Override
        void flush() throws Exception {
            for (Map.Entry<String, Entry> cached : cache.entrySet()) {
                Entry entry = cached.getValue();
                if (entry.dirty) {
                    keys.set(cached.getKey());
                    state.update(entry.state);
                    entry.dirty = false;
                }
            }
        }
    }
}

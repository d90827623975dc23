package dev.candlewick.savepoints;

import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * One state of one operator as it stands in a savepoint; immutable.
 *
 * @param name as the operator registered it
 * @param kind how it is kept and, for lists, how it is spread when the job restarts
 * @param serializer what its values were written with, null where it has none
 * @param keySerializer what the keys of keyed state were written with, null for operator state
 * @param elements keys of keyed state, timers or list elements; −1 where not counted
 * @param bytes of the values without the format around them; −1 where not counted
 */
public record StateInfo(
        String name,
        Kind kind,
        @Nullable TypeSerializerSnapshot<?> serializer,
        @Nullable TypeSerializerSnapshot<?> keySerializer,
        long elements,
        long bytes) {
    /** How a state is kept. */
    public enum Kind {
        /** A value, list or map for each key. */
        KEYED,
        /** Timers for each key. */
        TIMERS,
        /** A list whose elements are spread over the subtasks. */
        LIST,
        /** A list that every subtask gets whole. */
        UNION,
        /** A map that every subtask has whole. */
        BROADCAST
    }

    /** The class of the snapshot of the serializer, which names the layout. */
    public String type() {
        return serializer == null ? "" : nameOf(serializer);
    }

    /** The class of the snapshot of the serializer of keys. */
    public String keyType() {
        return keySerializer == null ? "" : nameOf(keySerializer);
    }

    private static String nameOf(TypeSerializerSnapshot<?> snapshot) {
        String name = snapshot.getClass().getName();
        String text = name.substring(name.lastIndexOf('.') + 1);
        int inner = text.indexOf('$');
        return inner > 0 ? text.substring(0, inner) : text;
    }

    StateInfo counted(long countedElements, long countedBytes) {
        return new StateInfo(name, kind, serializer, keySerializer, countedElements, countedBytes);
    }
}

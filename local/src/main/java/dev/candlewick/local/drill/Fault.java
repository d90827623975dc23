package dev.candlewick.local.drill;

import java.util.List;
import java.util.Map;

/** One kind of disturbance, done once or more in a drill. Called by the drill's thread. */
interface Fault {
    /** Slots that each of the two TaskManagers needs, where every lane has one job of parallelism 2. */
    default int slots(int lanes) {
        return lanes;
    }

    /** Keys of Flink's configuration that it needs. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /** Makes ready what must stand before broker and cluster are started. */
    default void prepare(Drill drill) throws Exception {}

    /** Called for each lane when broker and cluster run, before the first trade is sent. */
    default void begin(Drill drill, Lane lane) throws Exception {}

    /** Disturbs the jobs once; returns when what it did is done, not yet recovered. */
    Drill.Done disturb(Drill drill, int number) throws Exception;

    /** What must be true of a lane at the end beside the comparison of all outputs. */
    default List<Finding> verify(Drill drill, Lane lane) throws Exception {
        return List.of();
    }

    /** Undoes what it has left behind; called also where the drill fails, when nothing runs any more. */
    default void close(Drill drill) {}
}

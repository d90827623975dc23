package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What stopped a feed, on its own thread or on that of its producer; any thread. */
final class FeedFailure {
    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

    /** Keeps a cause, unless there is one already. */
    void set(Throwable cause) {
        first.compareAndSet(null, cause);
    }

    /** Whether anything stopped it. */
    boolean isSet() {
        return first.get() != null;
    }

    /** Throws what stopped the feed, if anything did. */
    void check() {
        Throwable cause = first.get();
        if (cause != null) {
            throw CommandFailure.environment(
                    "every trade must be taken by Kafka, one was refused: " + cause.getMessage(), null, null, cause);
        }
    }
}

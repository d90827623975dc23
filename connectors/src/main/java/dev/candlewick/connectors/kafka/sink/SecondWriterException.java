package dev.candlewick.connectors.kafka.sink;

import java.io.IOException;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/** Another job writes under the same transactional id prefix; trying again would not help, so Flink does not. */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class SecondWriterException extends IOException {
    private static final long serialVersionUID = 1L;

    /** An exception for people. */
    public SecondWriterException(String message) {
        super(message);
    }
}

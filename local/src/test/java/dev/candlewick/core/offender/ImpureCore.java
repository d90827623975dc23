package dev.candlewick.core.offender;

import java.time.Instant;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks every rule of core; exists to prove that the rules can fail. */
public final class ImpureCore {
    private static final Logger LOGGER = LoggerFactory.getLogger(ImpureCore.class);

    private final double[] prices = new double[1];

    public float mean() {
        System.out.println(Instant.now() + " " + System.nanoTime() + " " + UUID.randomUUID());
        LOGGER.info("mean of {}", prices);
        return (float) prices[0];
    }
}

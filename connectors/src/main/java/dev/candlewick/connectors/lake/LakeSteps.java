package dev.candlewick.connectors.lake;

import java.io.IOException;

/** Is told before each step of something that must survive being killed, so that a test can stop between any two. */
@FunctionalInterface
public interface LakeSteps {
    /** Goes on. */
    LakeSteps NONE = step -> {};

    /**
     * Is called right before a step.
     *
     * @throws IOException to stop there
     */
    void before(String step) throws IOException;
}

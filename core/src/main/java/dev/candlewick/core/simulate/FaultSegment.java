package dev.candlewick.core.simulate;

import java.io.Serializable;

/**
 * From which frame of a partition on which rates hold.
 *
 * @param fromFrame the first frame, from 0; a frame has 64 trades
 * @param rates how often faults occur from there on
 */
public record FaultSegment(long fromFrame, FaultRates rates) implements Serializable {}

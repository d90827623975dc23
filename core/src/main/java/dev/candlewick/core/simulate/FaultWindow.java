package dev.candlewick.core.simulate;

/**
 * A fault that befalls all trades of a venue for a time.
 *
 * @param kind {@link FaultKind#SILENCE} or {@link FaultKind#CLOCK_SKEW}
 * @param venue the venue
 * @param fromNanos true time of its beginning
 * @param toNanos true time of its end, which is not part of it
 * @param skewNanos how far the clock runs behind; 0 of a silence
 */
public record FaultWindow(FaultKind kind, String venue, long fromNanos, long toNanos, long skewNanos) {}

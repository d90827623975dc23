package dev.candlewick.core.model;

/**
 * In which seconds of a minute of event time a venue had a trade; immutable.
 *
 * @param venue the venue
 * @param minute minutes since the epoch in UTC
 * @param seconds bit n for second n of the minute
 */
public record VenueSeconds(String venue, long minute, long seconds) {}

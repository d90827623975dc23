package dev.candlewick.local.drill;

/**
 * One thing that was done to the running job.
 *
 * @param number from 1
 * @param kind what was done, to what kind of thing; the same text for all of a kind
 * @param what was done, and to whom
 * @param when at which moment
 * @param recoveryMillis until every task ran again and a new checkpoint was complete
 */
record Disturbance(int number, String kind, String what, String when, long recoveryMillis) {}

package dev.candlewick.local.doctor;

/**
 * One thing that is wrong; immutable.
 *
 * @param problem which
 * @param what what must hold and what was found
 * @param where file, address, topic, process or option
 * @param fix what to do about it
 */
record Finding(Problem problem, String what, String where, String fix) {}

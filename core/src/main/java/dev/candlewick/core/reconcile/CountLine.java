package dev.candlewick.core.reconcile;

/**
 * How many values differ in one way for one reason; immutable.
 *
 * @param group the interval's name, or {@code vwap}
 * @param kind how they differ
 * @param cause why
 * @param values how many
 * @param alerts how many of them are alerts
 * @param healable how many of them may be healed
 */
public record CountLine(String group, DifferenceClass kind, Cause cause, long values, long alerts, long healable) {}

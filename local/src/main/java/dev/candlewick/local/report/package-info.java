/**
 * Reports for people: one self-contained HTML file of a reconciliation.
 *
 * <p>Only values of core come in; nothing of Flink or Kafka may be imported.
 */
@NullMarked
package dev.candlewick.local.report;

import org.jspecify.annotations.NullMarked;

/** Tests of the reports for people. */
@org.jspecify.annotations.NullMarked
package dev.candlewick.local.report;

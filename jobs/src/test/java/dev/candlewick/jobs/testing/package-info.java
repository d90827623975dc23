/**
 * What the tests of operators and pipeline share: histories as trades of the job.
 *
 * <p>No connector may be imported here.
 */
@NullMarked
package dev.candlewick.jobs.testing;

import org.jspecify.annotations.NullMarked;

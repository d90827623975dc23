/**
 * Sending the records of files to Kafka, textually and without judging them: validation belongs to the job.
 *
 * <p>Must not import Flink.
 */
@NullMarked
package dev.candlewick.local.produce;

import org.jspecify.annotations.NullMarked;

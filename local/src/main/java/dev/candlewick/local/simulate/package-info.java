/** The command {@code simulate}: a market whose truth is known, to files and to Kafka, and the score against it. */
@NullMarked
package dev.candlewick.local.simulate;

import org.jspecify.annotations.NullMarked;

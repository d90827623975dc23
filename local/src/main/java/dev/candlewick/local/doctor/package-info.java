/**
 * {@code candlewick doctor}: looks at host, build, Kafka, Flink, lake and secrets, and says what is wrong, where, and how to
 * mend it.
 *
 * <p>A {@link dev.candlewick.local.doctor.Problem} is a stable code with its explanation; a
 * {@link dev.candlewick.local.doctor.Check} looks for some of them; {@link dev.candlewick.local.doctor.Doctor} runs all checks
 * side by side within a time limit. Checks only read: they leave no topic, no transaction, no file behind. Nothing outside
 * the command line may import this package.
 */
@NullMarked
package dev.candlewick.local.doctor;

import org.jspecify.annotations.NullMarked;

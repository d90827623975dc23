/**
 * What all commands share: output, progress, failures with exit codes, context of the process.
 *
 * <p>Must not import Flink, Kafka or any command.
 */
@NullMarked
package dev.candlewick.local.cli;

import org.jspecify.annotations.NullMarked;

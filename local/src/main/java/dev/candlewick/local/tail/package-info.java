/**
 * Reading the committed messages of a topic for people and scripts.
 *
 * <p>Must not import Flink.
 */
@NullMarked
package dev.candlewick.local.tail;

import org.jspecify.annotations.NullMarked;

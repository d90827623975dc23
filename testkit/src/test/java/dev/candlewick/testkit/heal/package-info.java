/** Properties of the plan of a heal; nothing of Flink, Kafka or Parquet may be imported. */
@NullMarked
package dev.candlewick.testkit.heal;

import org.jspecify.annotations.NullMarked;

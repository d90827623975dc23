/**
 * A local Flink cluster of real processes: JobManager and TaskManagers from Flink's own jars, kept alive by a supervisor,
 * and Flink's own command line passed through.
 *
 * <p>Must not import the jobs: a cluster runs any of them. Its processes see Flink's jars and the cluster's lib only.
 */
@NullMarked
package dev.candlewick.local.cluster;

import org.jspecify.annotations.NullMarked;

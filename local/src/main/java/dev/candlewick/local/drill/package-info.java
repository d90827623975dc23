/**
 * Fault drills: the real job on a real cluster and a real broker is disturbed, and what it has written is compared with what
 * an undisturbed run over the same log writes. And alert drills: the fault of each alert is made beside a real Prometheus, and
 * its runbook must end it.
 *
 * <p>Must not import test libraries: a drill runs wherever the command does.
 */
@NullMarked
package dev.candlewick.local.drill;

import org.jspecify.annotations.NullMarked;

/**
 * How sources and sinks keep their state, and what must hold in a snapshot of it; nothing of jobs may be imported.
 */
@NullMarked
package dev.candlewick.connectors.state;

import org.jspecify.annotations.NullMarked;

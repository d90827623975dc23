/**
 * The upgrade of a running job: verified, stopped with a savepoint, started, watched, and taken back where it does not go
 * well. Nothing of a new jar runs in the process of the command. Must not be imported by other packages than drills and the
 * root command.
 */
@NullMarked
package dev.candlewick.local.upgrade;

import org.jspecify.annotations.NullMarked;

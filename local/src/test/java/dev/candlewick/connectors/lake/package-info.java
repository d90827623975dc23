/** Tampering with published lakes, in the lake's package because nobody else may write its files. */
@NullMarked
package dev.candlewick.connectors.lake;

import org.jspecify.annotations.NullMarked;

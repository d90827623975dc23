/**
 * What a running job tells about itself: the names, labels and meanings of its metrics, for the operators that register
 * them, the page that describes them and the tests that compare the two; and the fields of its log lines.
 *
 * <p>Nothing but names lives here; no framework may be imported.
 */
@NullMarked
package dev.candlewick.core.metric;

import org.jspecify.annotations.NullMarked;

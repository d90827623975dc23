/**
 * What a job jar must and must not contain, checked on the finished jar.
 *
 * <p>Must not import any module but {@code dev.candlewick.core}.
 */
@NullMarked
package dev.candlewick.testkit.packaging;

import org.jspecify.annotations.NullMarked;

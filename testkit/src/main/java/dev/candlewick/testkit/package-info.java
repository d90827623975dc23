/**
 * What tests share: fixtures, mini cluster, broker, seeded property runner, golden files.
 *
 * <p>Must not import any module but {@code dev.candlewick.core}, and must not become part of a job jar.
 */
@NullMarked
package dev.candlewick.testkit;

import org.jspecify.annotations.NullMarked;

/** What tests against a real broker and of commands share. */
package dev.candlewick.local.testing;

/** What the shell blocks of the documents say of themselves, and the runs that prove it. */
package dev.candlewick.local.documents;

package dev.candlewick.local.cli;

import java.io.PrintStream;
import java.io.Writer;

/** Lets a library that wants a writer write to standard output without an encoder and buffer of its own. */
final class PrintStreamWriter extends Writer {

    private final PrintStream out;

    PrintStreamWriter(PrintStream out) {
        this.out = out;
    }

    @Override
    public void write(char[] buffer, int offset, int length) {
        out.print(new String(buffer, offset, length));
    }

    @Override
    public void write(String text, int offset, int length) {
        out.print(text.substring(offset, offset + length));
    }

    @Override
    public void flush() {
        // The owner of the stream flushes it: a CSV writer must not do it for every row.
    }

    @Override
    public void close() {
        // Standard output outlives a table.
    }
}

package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.CsvDecoder;
import dev.candlewick.connectors.format.CsvLayout;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.io.Closeable;
import java.io.IOException;

/**
 * One file being read: its head is the next message to emit, already decoded; one thread.
 *
 * <p>What a checkpoint stores is the state in front of the head, because the head has not been emitted.
 */
final class OpenFile implements Closeable {
    private final InputFile file;
    private final RecordScanner scanner;
    private final MessageDecoder decoder;
    private final ReadContext context = new ReadContext();
    private final Decoded head = new Decoded();

    private long nextOrdinal;
    private long mark;
    /** The first line was read to see whether it is a header, and is data. */
    private boolean firstFound;

    private long headOrdinal;
    private long headPosition;
    private long markBeforeHead;

    OpenFile(FileSplit split, TradeFormat format, TradeValidator validator) throws IOException {
        file = split.file();
        decoder = format.newDecoder(validator);
        nextOrdinal = split.nextOrdinal();
        mark = split.markNanos();
        headOrdinal = nextOrdinal;
        headPosition = split.bytePosition();
        markBeforeHead = mark;
        int recordBytesMax = validator.rules().messageBytesMax();
        RecordScanner fromStart = null;
        try {
            if (decoder instanceof CsvDecoder csv) {
                // The header decides about every line, also where reading goes on behind it.
                LineScanner lines = new LineScanner(InputFiles.open(file, 0), 0, recordBytesMax, true);
                fromStart = lines;
                lines.skipByteOrderMark();
                headPosition = Math.max(headPosition, lines.position());
                if (lines.advance()) {
                    if (CsvLayout.isHeader(lines.record(), lines.from(), lines.length())) {
                        csv.setLayout(layout(lines));
                    } else {
                        firstFound = true;
                    }
                }
                if (split.bytePosition() == 0) {
                    scanner = lines;
                    return;
                }
                firstFound = false;
                lines.close();
            }
            fromStart = switch (format.wire()) {
                case CSV, JSON ->
                    new LineScanner(
                            InputFiles.open(file, split.bytePosition()),
                            split.bytePosition(),
                            recordBytesMax,
                            format.wire() == WireFormat.CSV);
                case AVRO ->
                    new AvroScanner(InputFiles.open(file, split.bytePosition()), split.bytePosition(), recordBytesMax);
                case BINARY ->
                    new BinaryScanner(
                            InputFiles.open(file, split.bytePosition()), split.bytePosition(), recordBytesMax);
            };
            scanner = fromStart;
        } catch (IOException e) {
            if (fromStart != null) {
                fromStart.close();
            }
            throw InputFiles.unreadable(file, split.bytePosition(), e);
        }
    }

    private static CsvLayout layout(LineScanner lines) throws IOException {
        try {
            return CsvLayout.ofHeader(lines.record(), lines.from(), lines.length());
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Decodes the next message into {@link #head()}; false at the end of the file. */
    boolean advance() throws IOException {
        headOrdinal = nextOrdinal;
        markBeforeHead = mark;
        if (firstFound) {
            firstFound = false;
        } else {
            headPosition = scanner.position();
            try {
                if (!scanner.advance()) {
                    return false;
                }
            } catch (IOException e) {
                throw InputFiles.unreadable(file, headPosition, e);
            }
        }
        context.readFromFile(file.ordinal(), headOrdinal, mark);
        decoder.decode(scanner.record(), scanner.from(), scanner.length(), context, head);
        moveMark();
        nextOrdinal++;
        return true;
    }

    /**
     * Goes on to the next trade of the head's message, where it holds several; false where it does not.
     *
     * <p>All of them must be emitted before a checkpoint, which only knows the beginnings of messages.
     */
    boolean advanceInMessage() {
        context.partitionMarkNanos = mark;
        if (!decoder.next(head)) {
            return false;
        }
        moveMark();
        return true;
    }

    private void moveMark() {
        if (head.isTrade()) {
            mark = Math.max(mark, head.trade().eventTimeNanos);
        }
    }

    /** The message found by the last {@link #advance()}. */
    Decoded head() {
        return head;
    }

    /** When the head happened; before all time where it is not a trade, so that it goes out at once. */
    long headTimeNanos() {
        return head.isTrade() ? head.trade().eventTimeNanos : Trade.TIME_ABSENT;
    }

    /** The largest event time of the valid trades up to the head, or {@link Trade#TIME_ABSENT}. */
    long markNanos() {
        return mark;
    }

    /** Uncompressed bytes of the head, its separator included. */
    long headBytes() {
        return scanner.position() - headPosition;
    }

    /** The split as a checkpoint stores it: in front of the head. */
    FileSplit split() {
        return new FileSplit(file, headOrdinal, headOrdinal == 0 ? 0 : headPosition, markBeforeHead);
    }

    @Override
    public void close() throws IOException {
        scanner.close();
    }
}

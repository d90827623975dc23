package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.rows.StoredRow;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * Sorts any number of rows within a bounded memory: what does not fit goes to sorted runs on the disk, which are merged;
 * for one thread, used once.
 */
final class RowSorter implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int RUNS_AT_ONCE = 64;

    private static final int ABSENT = 0;
    private static final int LONG = 1;
    private static final int INT = 2;
    private static final int TRUE = 3;
    private static final int FALSE = 4;
    private static final int BYTES = 5;
    private static final int LIST = 6;

    private final LakeTable table;
    private final RowOrder order;
    private final Path directory;
    private final long memoryBytes;
    private final List<SortedRow> rows = new ArrayList<>();
    private final List<Path> runs = new ArrayList<>();
    private final List<Run> open = new ArrayList<>();
    private long bytes;
    private int made;

    /**
     * A sorter.
     *
     * @param directory where runs go; it must exist
     * @param memoryBytes what rows may take before they are written to the disk, by estimate
     */
    RowSorter(LakeTable table, RowOrder order, Path directory, long memoryBytes) {
        this.table = table;
        this.order = order;
        this.directory = directory;
        this.memoryBytes = memoryBytes;
    }

    void add(SortedRow row) throws IOException {
        rows.add(row);
        bytes += estimate(row.row());
        if (bytes > memoryBytes) {
            spill();
        }
    }

    /** How many runs were written to the disk. */
    int spilled() {
        return made;
    }

    /** All rows in order; once, after the last was added. */
    Iterator<SortedRow> sorted() throws IOException {
        if (runs.isEmpty()) {
            rows.sort(order::compare);
            return rows.iterator();
        }
        spill();
        while (runs.size() > RUNS_AT_ONCE) {
            List<Path> some = new ArrayList<>(runs.subList(0, RUNS_AT_ONCE));
            runs.subList(0, RUNS_AT_ONCE).clear();
            write(merge(some));
            for (Path run : some) {
                Files.delete(run);
            }
        }
        return merge(runs);
    }

    private void spill() throws IOException {
        if (!rows.isEmpty()) {
            rows.sort(order::compare);
            write(rows.iterator());
            rows.clear();
            bytes = 0;
        }
    }

    private void write(Iterator<SortedRow> sorted) throws IOException {
        Path file = directory.resolve("run-" + made++);
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES))) {
            while (sorted.hasNext()) {
                SortedRow row = sorted.next();
                out.writeBoolean(true);
                out.writeInt(row.file());
                for (int i = 0; i < row.row().size(); i++) {
                    write(out, row.row().get(i));
                }
            }
            out.writeBoolean(false);
        }
        closeRuns();
        runs.add(file);
    }

    private static void write(DataOutputStream out, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeByte(ABSENT);
        } else if (value instanceof Long number) {
            out.writeByte(LONG);
            out.writeLong(number);
        } else if (value instanceof Integer number) {
            out.writeByte(INT);
            out.writeInt(number);
        } else if (value instanceof Boolean flag) {
            out.writeByte(flag ? TRUE : FALSE);
        } else if (value instanceof Binary binary) {
            out.writeByte(BYTES);
            writeBytes(out, binary);
        } else if (value instanceof Binary[] list) {
            out.writeByte(LIST);
            out.writeInt(list.length);
            for (Binary element : list) {
                writeBytes(out, element);
            }
        } else {
            throw new IllegalArgumentException("value must be of a stored type, was " + value.getClass());
        }
    }

    private static void writeBytes(DataOutputStream out, Binary value) throws IOException {
        byte[] content = value.getBytesUnsafe();
        out.writeInt(content.length);
        out.write(content);
    }

    private Iterator<SortedRow> merge(List<Path> files) throws IOException {
        PriorityQueue<Run> queue = new PriorityQueue<>(
                Math.max(1, files.size()), (left, right) -> order.compare(left.head(), right.head()));
        for (Path file : files) {
            Run run = new Run(file, table);
            open.add(run);
            if (run.next()) {
                queue.add(run);
            }
        }
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !queue.isEmpty();
            }

            @Override
            public SortedRow next() {
                Run least = queue.remove();
                SortedRow row = least.head();
                try {
                    if (least.next()) {
                        queue.add(least);
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                return row;
            }
        };
    }

    private void closeRuns() throws IOException {
        for (Run run : open) {
            run.in.close();
        }
        open.clear();
    }

    @Override
    public void close() throws IOException {
        closeRuns();
        for (Path run : runs) {
            Files.deleteIfExists(run);
        }
    }

    private static long estimate(StoredRow row) {
        long bytes = 64 + 8L * row.size();
        for (int i = 0; i < row.size(); i++) {
            Object value = row.get(i);
            if (value instanceof Binary binary) {
                bytes += 64 + binary.length();
            } else if (value instanceof Binary[] list) {
                for (Binary element : list) {
                    bytes += 72 + element.length();
                }
            } else if (value != null) {
                bytes += 24;
            }
        }
        return bytes;
    }

    /** One sorted run on the disk. */
    private static final class Run {
        private final DataInputStream in;
        private final LakeTable table;
        private @Nullable SortedRow head;

        Run(Path file, LakeTable table) throws IOException {
            this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
            this.table = table;
        }

        SortedRow head() {
            if (head == null) {
                throw new IllegalStateException("run must have a row, was at its end");
            }
            return head;
        }

        boolean next() throws IOException {
            if (!in.readBoolean()) {
                head = null;
                return false;
            }
            int file = in.readInt();
            StoredRow row = new StoredRow(table);
            for (int i = 0; i < row.size(); i++) {
                row.set(i, read());
            }
            head = new SortedRow(row, file);
            return true;
        }

        private @Nullable Object read() throws IOException {
            int type = in.readByte();
            return switch (type) {
                case ABSENT -> null;
                case LONG -> in.readLong();
                case INT -> in.readInt();
                case TRUE -> Boolean.TRUE;
                case FALSE -> Boolean.FALSE;
                case BYTES -> readBytes();
                case LIST -> {
                    Binary[] list = new Binary[in.readInt()];
                    for (int i = 0; i < list.length; i++) {
                        list[i] = readBytes();
                    }
                    yield list;
                }
                default -> throw new IOException("sorted run must hold values, was type " + type);
            };
        }

        private Binary readBytes() throws IOException {
            byte[] content = new byte[in.readInt()];
            in.readFully(content);
            return Binary.fromConstantByteArray(content);
        }
    }
}

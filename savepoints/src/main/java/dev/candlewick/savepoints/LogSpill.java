package dev.candlewick.savepoints;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.DecodedSerializer;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Messages of any order, sorted by partition and offset on the disk within a bounded memory; first all are added, then all
 * are read; one thread.
 *
 * <p>Of rows that two files have, because a restored job wrote them again, the first file's count.
 */
final class LogSpill implements AutoCloseable {
    private static final int HEADER_BYTES = 8 + 4 + 4;
    private static final int READ_BYTES = 1 << 16;

    private final Path directory;
    private final long memoryBytes;
    private final DecodedSerializer serializer = new DecodedSerializer();
    private final DataOutputSerializer bytes = new DataOutputSerializer(1 << 16);
    private final List<FileChannel> files = new ArrayList<>();
    private final Map<Integer, List<Segment>> segments = new HashMap<>();

    private int count;
    private int[] partitions = new int[1 << 12];
    private int[] filesOf = new int[1 << 12];
    private int[] starts = new int[1 << 12];
    private long[] offsets = new long[1 << 12];

    /** What one run holds of one partition. */
    private record Segment(int run, long from, long to, long firstOffset) {}

    LogSpill(Path directory, long memoryBytes) {
        this.directory = directory;
        this.memoryBytes = Math.min(memoryBytes, 1L << 29);
    }

    /** Adds a message; files come in ascending order. */
    void add(int partition, long offset, int file, Decoded message) throws IOException {
        if (count == partitions.length) {
            partitions = Arrays.copyOf(partitions, 2 * count);
            filesOf = Arrays.copyOf(filesOf, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count);
        }
        partitions[count] = partition;
        filesOf[count] = file;
        offsets[count] = offset;
        starts[count] = bytes.length();
        count++;
        serializer.serialize(message, bytes);
        if (bytes.length() + 60L * count > memoryBytes) {
            write();
        }
    }

    /** To be called once behind the last message. */
    void finish() throws IOException {
        write();
    }

    private void write() throws IOException {
        if (count == 0) {
            return;
        }
        Integer[] order = new Integer[count];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (left, right) -> {
            int byPartition = Integer.compare(partitions[left], partitions[right]);
            if (byPartition != 0) {
                return byPartition;
            }
            int byOffset = Long.compare(offsets[left], offsets[right]);
            return byOffset != 0 ? byOffset : Integer.compare(left, right);
        });
        int run = files.size();
        Path file = directory.resolve("run-" + run);
        byte[] all = bytes.getSharedBuffer();
        int end = bytes.length();
        long written = 0;
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), READ_BYTES))) {
            for (int at = 0; at < count; ) {
                int partition = partitions[order[at]];
                long from = written;
                long first = offsets[order[at]];
                for (; at < count && partitions[order[at]] == partition; at++) {
                    int entry = order[at];
                    int length = (entry + 1 < count ? starts[entry + 1] : end) - starts[entry];
                    out.writeLong(offsets[entry]);
                    out.writeInt(filesOf[entry]);
                    out.writeInt(length);
                    out.write(all, starts[entry], length);
                    written += HEADER_BYTES + length;
                }
                segments.computeIfAbsent(partition, key -> new ArrayList<>())
                        .add(new Segment(run, from, written, first));
            }
        }
        files.add(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE));
        bytes.clear();
        count = 0;
    }

    /** The messages of a partition in the order of offsets. */
    Messages messages(int partition) {
        List<Segment> own = segments.get(partition);
        return new Messages(own == null ? List.of() : own);
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : files) {
            file.close();
        }
    }

    /** One run's messages of a partition; nothing is held before the first is asked for. */
    private final class Cursor implements Comparable<Cursor> {
        private final Segment segment;
        private @Nullable ByteBuffer buffer;
        private long position;
        private long offset;
        private int file = -1;
        private int length;

        Cursor(Segment segment) {
            this.segment = segment;
            this.position = segment.from();
            this.offset = segment.firstOffset();
        }

        /** Reads the header of the next message; false at the end. */
        boolean open() throws IOException {
            if (position >= segment.to()) {
                buffer = null;
                return false;
            }
            ByteBuffer read = filled(HEADER_BYTES);
            offset = read.getLong();
            file = read.getInt();
            length = read.getInt();
            position += HEADER_BYTES;
            return true;
        }

        Decoded take() throws IOException {
            ByteBuffer read = filled(length);
            byte[] body = new byte[length];
            read.get(body);
            position += length;
            return serializer.deserialize(new Decoded(), new DataInputDeserializer(body));
        }

        /** A buffer with at least so many bytes from the position on. */
        private ByteBuffer filled(int least) throws IOException {
            ByteBuffer read = buffer;
            if (read == null || read.capacity() < least) {
                read = ByteBuffer.allocate(Math.max(least, READ_BYTES)).limit(0);
                buffer = read;
            }
            if (read.remaining() < least) {
                read.clear();
                long left = segment.to() - position;
                read.limit((int) Math.min(read.capacity(), left));
                FileChannel channel = files.get(segment.run());
                while (read.hasRemaining()) {
                    int got = channel.read(read, position + read.position());
                    if (got < 0) {
                        throw new IOException("a sorted run must be whole, ended at " + (position + read.position())
                                + " (run=" + segment.run() + ")");
                    }
                }
                read.flip();
            }
            return read;
        }

        @Override
        public int compareTo(Cursor other) {
            int byOffset = Long.compare(offset, other.offset);
            return byOffset != 0 ? byOffset : Integer.compare(segment.run(), other.segment.run());
        }
    }

    /** A merge of all runs of one partition. */
    final class Messages {
        private final PriorityQueue<Cursor> cursors = new PriorityQueue<>();
        private final ArrayDeque<Decoded> ready = new ArrayDeque<>();
        private final List<Decoded> group = new ArrayList<>();
        private final List<Integer> groupFiles = new ArrayList<>();

        private Messages(List<Segment> segments) {
            segments.forEach(segment -> cursors.add(new Cursor(segment)));
        }

        /** The next message, null at the end; it is the caller's. */
        @Nullable
        Decoded next() throws IOException {
            if (ready.isEmpty()) {
                fill();
            }
            return ready.poll();
        }

        /** Collects everything of one offset. */
        private void fill() throws IOException {
            group.clear();
            groupFiles.clear();
            long offset = 0;
            while (true) {
                Cursor cursor = cursors.peek();
                if (cursor == null || (!group.isEmpty() && cursor.offset != offset)) {
                    break;
                }
                cursors.poll();
                if (cursor.file < 0 && !cursor.open()) {
                    continue;
                }
                offset = cursor.offset;
                group.add(cursor.take());
                groupFiles.add(cursor.file);
                cursor.file = -1;
                if (cursor.open()) {
                    cursors.add(cursor);
                }
            }
            if (group.size() == 1) {
                ready.add(group.get(0));
                return;
            }
            Map<Long, Integer> holders = new HashMap<>();
            for (int i = 0; i < group.size(); i++) {
                Decoded message = group.get(i);
                long time = switch (message.kind()) {
                    case TRADE -> message.trade().eventTimeNanos;
                    case REJECTED -> message.rejected().eventTimeNanos();
                    case FILTERED -> Trade.TIME_ABSENT;
                };
                if (holders.computeIfAbsent(time, key -> -1) < 0) {
                    holders.put(time, groupFiles.get(i));
                }
                if (groupFiles.get(i).equals(holders.get(time))) {
                    ready.add(message);
                }
            }
        }
    }
}

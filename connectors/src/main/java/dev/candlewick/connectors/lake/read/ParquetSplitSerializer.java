package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.file.InputFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/** Version 1 of a split's bytes in checkpoints, and of a list of splits. */
final class ParquetSplitSerializer implements SimpleVersionedSerializer<ParquetSplit> {
    private static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ParquetSplit split) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(256);
        write(split, out);
        return out.getCopyOfBuffer();
    }

    @Override
    public ParquetSplit deserialize(int version, byte[] serialized) throws IOException {
        check(version);
        return read(new DataInputDeserializer(serialized));
    }

    private static void check(int version) throws IOException {
        if (version != VERSION) {
            throw new IOException("version of the Parquet source's state must be " + VERSION + ", was " + version);
        }
    }

    private static void write(ParquetSplit split, DataOutputView out) throws IOException {
        out.writeInt(split.number());
        out.writeInt(split.files().size());
        for (InputFile file : split.files()) {
            out.writeInt(file.ordinal());
            out.writeUTF(file.relativePath());
            out.writeUTF(file.uri());
            out.writeLong(file.bytes());
        }
        out.writeBoolean(split.sorted());
        out.writeBoolean(split.once());
        out.writeLong(split.range().fromNanos());
        out.writeLong(split.range().toNanos());
        out.writeLong(split.emitted());
    }

    private static int count(DataInputView in) throws IOException {
        int count = in.readInt();
        if (count < 0) {
            throw new IOException("splits and files of the Parquet source must not be negative, was " + count);
        }
        return count;
    }

    private static ParquetSplit read(DataInputView in) throws IOException {
        int number = in.readInt();
        int count = count(in);
        List<InputFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(new InputFile(in.readInt(), in.readUTF(), in.readUTF(), in.readLong()));
        }
        return new ParquetSplit(
                number,
                files,
                in.readBoolean(),
                in.readBoolean(),
                new TimeRange(in.readLong(), in.readLong()),
                in.readLong());
    }

    /** The splits that no reader has. */
    static final class Pending implements SimpleVersionedSerializer<List<ParquetSplit>> {
        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(List<ParquetSplit> splits) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(256);
            out.writeInt(splits.size());
            for (ParquetSplit split : splits) {
                write(split, out);
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public List<ParquetSplit> deserialize(int version, byte[] serialized) throws IOException {
            check(version);
            DataInputDeserializer in = new DataInputDeserializer(serialized);
            int count = count(in);
            List<ParquetSplit> splits = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                splits.add(read(in));
            }
            return splits;
        }
    }
}

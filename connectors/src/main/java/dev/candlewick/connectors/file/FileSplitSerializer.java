package dev.candlewick.connectors.file;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/** Version 1 of a split's bytes in checkpoints. */
public final class FileSplitSerializer implements SimpleVersionedSerializer<FileSplit> {
    static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(FileSplit split) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(128);
        write(split, out);
        return out.getCopyOfBuffer();
    }

    @Override
    public FileSplit deserialize(int version, byte[] serialized) throws IOException {
        checkVersion(version);
        return read(new DataInputDeserializer(serialized));
    }

    static void checkVersion(int version) throws IOException {
        if (version != VERSION) {
            throw new IOException("version of the file source's state must be " + VERSION + ", was " + version);
        }
    }

    static void write(FileSplit split, DataOutputView out) throws IOException {
        InputFile file = split.file();
        out.writeInt(file.ordinal());
        out.writeUTF(file.relativePath());
        out.writeUTF(file.uri());
        out.writeLong(file.bytes());
        out.writeLong(split.nextOrdinal());
        out.writeLong(split.bytePosition());
        out.writeLong(split.markNanos());
    }

    static FileSplit read(DataInputView in) throws IOException {
        InputFile file = new InputFile(in.readInt(), in.readUTF(), in.readUTF(), in.readLong());
        return new FileSplit(file, in.readLong(), in.readLong(), in.readLong());
    }
}

package dev.candlewick.connectors.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** Version 1 of the enumerator's bytes in checkpoints. */
public final class FileEnumeratorStateSerializer implements SimpleVersionedSerializer<FileEnumeratorState> {
    @Override
    public int getVersion() {
        return FileSplitSerializer.VERSION;
    }

    @Override
    public byte[] serialize(FileEnumeratorState state) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(128);
        out.writeInt(state.pending().size());
        for (FileSplit split : state.pending()) {
            FileSplitSerializer.write(split, out);
        }
        return out.getCopyOfBuffer();
    }

    @Override
    public FileEnumeratorState deserialize(int version, byte[] serialized) throws IOException {
        FileSplitSerializer.checkVersion(version);
        DataInputDeserializer in = new DataInputDeserializer(serialized);
        int count = in.readInt();
        if (count < 0) {
            throw new IOException("splits of the file source must not be negative, was " + count);
        }
        List<FileSplit> pending = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pending.add(FileSplitSerializer.read(in));
        }
        return new FileEnumeratorState(pending);
    }
}

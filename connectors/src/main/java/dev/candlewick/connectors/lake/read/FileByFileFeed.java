package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.TradeValidator;
import java.net.URI;
import java.util.List;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Rows file by file, each in its own order. */
final class FileByFileFeed implements RowFeed {
    private final List<InputFile> files;
    private final TradeValidator validator;
    private final TimeRange range;
    private int next;
    private @Nullable TradeFileReader reader;

    FileByFileFeed(List<InputFile> files, TradeValidator validator, TimeRange range) {
        this.files = files;
        this.validator = validator;
        this.range = range;
    }

    static ParquetInput open(InputFile file) {
        return ParquetInput.open(new Path(URI.create(file.uri())), file.relativePath());
    }

    @Override
    public @Nullable Decoded next() {
        while (true) {
            TradeFileReader open = reader;
            if (open == null) {
                if (next == files.size()) {
                    return null;
                }
                InputFile file = files.get(next++);
                open = new TradeFileReader(open(file), file.ordinal(), validator, range, false);
                reader = open;
            }
            Decoded decoded = open.next();
            if (decoded != null) {
                return decoded;
            }
            open.close();
            reader = null;
        }
    }

    @Override
    public void close() {
        TradeFileReader open = reader;
        if (open != null) {
            open.close();
        }
    }
}

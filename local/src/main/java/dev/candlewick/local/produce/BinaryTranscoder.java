package dev.candlewick.local.produce;

import dev.candlewick.connectors.format.BinaryLayout;
import dev.candlewick.connectors.format.BinaryText;
import org.jspecify.annotations.Nullable;

/** The fixed binary layout, messages back to back. */
final class BinaryTranscoder extends FramedTranscoder {
    BinaryTranscoder() {
        super(0, BinaryLayout.HEADER_BYTES);
    }

    @Override
    public String name() {
        return "binary";
    }

    @Override
    public boolean ownsFileName(String name) {
        return name.endsWith(".bin");
    }

    @Override
    int length(byte[] lengthAndHeader) {
        return BinaryLayout.isHeader(lengthAndHeader, 0, lengthAndHeader.length)
                ? BinaryLayout.totalLength(lengthAndHeader, 0)
                : -1;
    }

    @Override
    boolean read(byte[] message, TradeFields fields) {
        return BinaryText.read(message, fields::set);
    }

    @Override
    String problem() {
        return "a binary message must begin with its header, did not";
    }

    @Override
    String remedy() {
        return "send the part before it, or repair the file";
    }

    @Override
    public byte @Nullable [] encode(TradeFields fields) {
        return BinaryText.write(fields::get);
    }
}

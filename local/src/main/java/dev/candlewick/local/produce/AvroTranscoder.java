package dev.candlewick.local.produce;

import dev.candlewick.connectors.format.AvroLayout;
import dev.candlewick.connectors.format.AvroText;
import org.jspecify.annotations.Nullable;

/** Avro's single-object encoding; in files each message behind its length. */
final class AvroTranscoder extends FramedTranscoder {
    AvroTranscoder() {
        super(AvroLayout.LENGTH_BYTES, AvroLayout.HEADER_BYTES);
    }

    @Override
    public String name() {
        return "avro";
    }

    @Override
    public boolean ownsFileName(String name) {
        return name.endsWith(".avrobin");
    }

    @Override
    int length(byte[] lengthAndHeader) {
        int header = lengthAndHeader.length - AvroLayout.LENGTH_BYTES;
        return AvroLayout.isHeader(lengthAndHeader, AvroLayout.LENGTH_BYTES, header)
                ? AvroLayout.length(lengthAndHeader, 0)
                : -1;
    }

    @Override
    boolean read(byte[] message, TradeFields fields) {
        return AvroText.read(message, fields::set);
    }

    @Override
    String problem() {
        return "an avro message must begin with its length and header, did not";
    }

    @Override
    String remedy() {
        return "send the part before it, or repair the file; Avro container files are not read";
    }

    @Override
    public byte @Nullable [] encode(TradeFields fields) {
        return AvroText.write(fields::get);
    }
}

package dev.candlewick.core.state;

import java.util.function.Consumer;

/** The CRC-32C (RFC 3720) of what a part of some state writes, for listings that do not print it in full. */
public final class PartChecksum {
    private PartChecksum() {}

    /** The checksum in hexadecimal digits. */
    public static String of(Consumer<StateOutput> part) {
        CompactOutput bytes = new CompactOutput();
        part.accept(bytes);
        return Integer.toHexString(bytes.checksum());
    }
}

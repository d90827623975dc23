package dev.candlewick.core.parse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Strict checks and fast hashing of UTF-8 slices; pure functions without allocation. */
public final class Utf8 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8() {}

    /** Whether the slice is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
    public static boolean isValid(byte[] buffer, int from, int length) {
        int position = from;
        int end = from + length;
        while (position < end) {
            while (position <= end - 8 && ((long) LONGS.get(buffer, position) & HIGH_BITS) == 0) {
                position += 8;
            }
            if (position >= end) {
                return true;
            }
            int first = buffer[position++];
            if (first >= 0) {
                continue;
            }
            int lead = first & 0xff;
            int continuations;
            int least;
            int point;
            if (lead >= 0xc2 && lead <= 0xdf) {
                continuations = 1;
                least = 0x80;
                point = lead & 0x1f;
            } else if ((lead & 0xf0) == 0xe0) {
                continuations = 2;
                least = 0x800;
                point = lead & 0x0f;
            } else if (lead >= 0xf0 && lead <= 0xf4) {
                continuations = 3;
                least = 0x10000;
                point = lead & 0x07;
            } else {
                return false;
            }
            if (end - position < continuations) {
                return false;
            }
            for (int i = 0; i < continuations; i++) {
                int next = buffer[position++];
                if ((next & 0xc0) != 0x80) {
                    return false;
                }
                point = point << 6 | (next & 0x3f);
            }
            if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
                return false;
            }
        }
        return true;
    }

    /** A hash of the slice's bytes for tables in memory; never written anywhere. */
    public static int hash(byte[] buffer, int from, int length) {
        long hash = length * 0x9e3779b97f4a7c15L;
        int position = from;
        int end = from + length;
        for (; position <= end - 8; position += 8) {
            hash = (hash ^ (long) LONGS.get(buffer, position)) * 0xff51afd7ed558ccdL;
            hash ^= hash >>> 32;
        }
        if (position < end) {
            long tail = 0;
            for (; position < end; position++) {
                tail = tail << 8 | (buffer[position] & 0xff);
            }
            hash = (hash ^ tail) * 0xff51afd7ed558ccdL;
        }
        return (int) (hash ^ (hash >>> 32));
    }
}

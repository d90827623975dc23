package dev.candlewick.core.order;

import dev.candlewick.core.model.Trade;
import java.util.Arrays;

/**
 * Compares trade ids and trades in the total order {@code (event time, sequence, id, place, price, size)}; pure.
 *
 * <p>An absent sequence or id stands before any. Numeric ids (ASCII digits) stand by value at any length, equal values
 * by bytes; all other ids by unsigned bytes, behind the numeric ones, because a comparison by value on some pairs and by
 * bytes on others is not transitive (design section 4.2, ADR 0002).
 */
public final class TradeOrder {
    private TradeOrder() {}

    /** Compares ids given in the form in which {@link Trade} holds them. */
    public static int compareIds(
            byte leftKind, long leftNumber, byte[] leftText, byte rightKind, long rightNumber, byte[] rightText) {
        if (leftKind == Trade.ID_NUMBER && rightKind == Trade.ID_NUMBER) {
            return Long.compare(leftNumber, rightNumber);
        }
        int leftRank = rank(leftKind, leftText);
        int rightRank = rank(rightKind, rightText);
        if (leftRank != rightRank) {
            return Integer.compare(leftRank, rightRank);
        }
        return switch (leftRank) {
            case 0 -> 0;
            case 1 -> compareNumeric(digits(leftKind, leftNumber, leftText), digits(rightKind, rightNumber, rightText));
            default -> Arrays.compareUnsigned(leftText, rightText);
        };
    }

    private static int rank(byte kind, byte[] text) {
        return switch (kind) {
            case Trade.ID_ABSENT -> 0;
            case Trade.ID_NUMBER -> 1;
            default -> isNumeric(text) ? 1 : 2;
        };
    }

    private static boolean isNumeric(byte[] text) {
        for (byte letter : text) {
            if (letter < '0' || letter > '9') {
                return false;
            }
        }
        return text.length > 0;
    }

    private static byte[] digits(byte kind, long number, byte[] text) {
        return kind == Trade.ID_NUMBER
                ? Long.toString(number).getBytes(java.nio.charset.StandardCharsets.US_ASCII)
                : text;
    }

    private static int compareNumeric(byte[] left, byte[] right) {
        int leftFrom = leadingZeros(left);
        int rightFrom = leadingZeros(right);
        int byLength = Integer.compare(left.length - leftFrom, right.length - rightFrom);
        if (byLength != 0) {
            return byLength;
        }
        int byDigits = Arrays.compareUnsigned(left, leftFrom, left.length, right, rightFrom, right.length);
        return byDigits != 0 ? byDigits : Arrays.compareUnsigned(left, right);
    }

    private static int leadingZeros(byte[] digits) {
        int from = 0;
        while (from < digits.length && digits[from] == '0') {
            from++;
        }
        return from;
    }

    /** Compares whole trades. */
    public static int compare(Trade left, Trade right) {
        int byHead = compareHead(left, right);
        return byHead != 0 ? byHead : compareTail(left, right);
    }

    /** Compares event time, sequence and id. */
    public static int compareHead(Trade left, Trade right) {
        int order = Long.compare(left.eventTimeNanos, right.eventTimeNanos);
        if (order != 0) {
            return order;
        }
        order = compareSequences(left.hasSequence, left.sequence, right.hasSequence, right.sequence);
        if (order != 0) {
            return order;
        }
        return compareIds(left.idKind, left.idNumber, left.idText, right.idKind, right.idNumber, right.idText);
    }

    /** Compares place, price and size. */
    public static int compareTail(Trade left, Trade right) {
        int order = Integer.compare(left.placePartition, right.placePartition);
        if (order == 0) {
            order = Long.compare(left.placePosition, right.placePosition);
        }
        if (order == 0) {
            order = Long.compare(left.priceScaled, right.priceScaled);
        }
        return order != 0 ? order : Long.compare(left.sizeScaled, right.sizeScaled);
    }

    static int compareSequences(boolean leftHas, long left, boolean rightHas, long right) {
        if (leftHas && rightHas) {
            return Long.compare(left, right);
        }
        return Boolean.compare(leftHas, rightHas);
    }
}

package dev.candlewick.core.simulate;

/**
 * The orders that lead up to a trade, as a fixed list of steps: which order, what happens to it, and how many groups before
 * the trade.
 *
 * <p>Order 0 rests from step to step until it is executed in the trade's own group. Orders 1 to 21 are added and cancelled,
 * five of them are modified in between. No two steps of one order fall into the same group, so the steps of a group may
 * come in any order.
 */
final class OrderScript {
    /** Steps of a script besides execution and trade. */
    static final int STEPS = 48;
    /** How many groups before its trade a script begins at most. */
    static final int AHEAD_MAX = 192;

    private static final int ORDERS = 22;
    private static final int MODIFIED = 5;

    static final MessageType[] TYPE = new MessageType[STEPS];
    static final int[] ORDER = new int[STEPS];
    static final int[] AHEAD = new int[STEPS];
    /** How many groups before the trade an order is added. */
    static final int[] ADDED_AHEAD = new int[ORDERS];
    /** How many groups before the trade an order is modified, −1 where it is not. */
    static final int[] MODIFIED_AHEAD = new int[ORDERS];
    /** Numbers below 48 that have no factor in common with it: steps in strides of these visit each step once. */
    static final int[] STRIDES = {1, 5, 7, 11, 13, 17, 19, 23, 25, 29, 31, 35, 37, 41, 43, 47};

    static {
        int step = 0;
        for (int order = 0; order < ORDERS; order++) {
            int added = order == 0 ? AHEAD_MAX : 20 + order * 37 % 172;
            int cancelled = added * (1 + order % 3) / 4;
            ADDED_AHEAD[order] = added;
            MODIFIED_AHEAD[order] = -1;
            step = put(step, MessageType.ADD, order, added);
            if (order > 0) {
                step = put(step, MessageType.CANCEL, order, cancelled);
            }
            if (order > 0 && order <= MODIFIED) {
                MODIFIED_AHEAD[order] = (added + cancelled) / 2;
                step = put(step, MessageType.MODIFY, order, MODIFIED_AHEAD[order]);
            }
        }
    }

    private OrderScript() {}

    private static int put(int step, MessageType type, int order, int ahead) {
        TYPE[step] = type;
        ORDER[step] = order;
        AHEAD[step] = ahead;
        return step + 1;
    }
}

package dev.candlewick.core.dedup;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * An open-addressing multimap from a 64-bit key to (64-bit payload, event time) in three primitive arrays; mutable, one
 * thread.
 *
 * <p>Entries are never removed one by one. When the table is full, those whose event time lies before a bound are
 * dropped; remembering longer is harmless because every verdict compares event times explicitly. Looking up and
 * inserting do not allocate, but for growth.
 */
public final class HashTable {
    private static final int CAPACITY_MIN = 16;
    private static final int BYTES_PER_ENTRY = 24;

    private long[] keys;
    private long[] payloads;
    private long[] timesNanos;
    private int size;
    private long newestNanos = Long.MIN_VALUE;

    /** An empty table. */
    public HashTable() {
        keys = new long[CAPACITY_MIN];
        payloads = new long[CAPACITY_MIN];
        timesNanos = new long[CAPACITY_MIN];
    }

    private HashTable(HashTable from) {
        keys = from.keys.clone();
        payloads = from.payloads.clone();
        timesNanos = from.timesNanos.clone();
        size = from.size;
        newestNanos = from.newestNanos;
    }

    /** A table of its own with the same entries. */
    public HashTable copy() {
        return new HashTable(this);
    }

    /** Number of entries, expired ones that were not dropped yet included. */
    public int size() {
        return size;
    }

    /** Largest event time of an entry, {@link Long#MIN_VALUE} where there is none. */
    public long newestNanos() {
        return newestNanos;
    }

    /** Bytes of the arrays. */
    public long bytes() {
        return (long) keys.length * BYTES_PER_ENTRY;
    }

    /** Zero marks a free slot, so that key is moved to one. */
    private static long stored(long key) {
        return key == 0 ? 1 : key;
    }

    /** First slot to look at for a key; pass it to {@link #next}. */
    public int first(long key) {
        return next(stored(key), slotOf(stored(key)) - 1);
    }

    /** Next slot with the same key after the given one, −1 where there is none. */
    public int next(long key, int slot) {
        long wanted = stored(key);
        int mask = keys.length - 1;
        for (int i = (slot + 1) & mask; ; i = (i + 1) & mask) {
            if (keys[i] == wanted) {
                return i;
            }
            if (keys[i] == 0) {
                return -1;
            }
        }
    }

    /** Payload of the entry at a slot. */
    public long payload(int slot) {
        return payloads[slot];
    }

    /** Event time of the entry at a slot. */
    public long timeNanos(int slot) {
        return timesNanos[slot];
    }

    /** Whether an entry equals the given one in key, payload and event time. */
    public boolean contains(long key, long payload, long timeNanos) {
        for (int slot = first(key); slot >= 0; slot = next(key, slot)) {
            if (payloads[slot] == payload && timesNanos[slot] == timeNanos) {
                return true;
            }
        }
        return false;
    }

    /**
     * Adds an entry.
     *
     * @param keepFromNanos when the table is full, entries with an event time before this are dropped
     */
    public void insert(long key, long payload, long timeNanos, long keepFromNanos) {
        if (size >= keys.length - (keys.length >> 2)) {
            rebuild(keepFromNanos);
        }
        place(stored(key), payload, timeNanos);
    }

    /** Drops entries with an event time before the bound; frees the arrays where nothing is left. */
    public void expire(long keepFromNanos) {
        if (newestNanos < keepFromNanos) {
            if (size > 0 || keys.length > CAPACITY_MIN) {
                allocate(CAPACITY_MIN);
            }
        }
    }

    private void rebuild(long keepFromNanos) {
        long[] oldKeys = keys;
        long[] oldPayloads = payloads;
        long[] oldTimes = timesNanos;
        int live = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0 && oldTimes[i] >= keepFromNanos) {
                live++;
            }
        }
        // At most half full afterwards, so that rebuilding costs a constant number of moves for each insertion.
        allocate(Math.max(CAPACITY_MIN, Integer.highestOneBit(Math.max(1, live)) << 2));
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0 && oldTimes[i] >= keepFromNanos) {
                place(oldKeys[i], oldPayloads[i], oldTimes[i]);
            }
        }
    }

    private void allocate(int capacity) {
        keys = new long[capacity];
        payloads = new long[capacity];
        timesNanos = new long[capacity];
        size = 0;
        newestNanos = Long.MIN_VALUE;
    }

    private void place(long key, long payload, long timeNanos) {
        int mask = keys.length - 1;
        int slot = slotOf(key);
        while (keys[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        keys[slot] = key;
        payloads[slot] = payload;
        timesNanos[slot] = timeNanos;
        size++;
        newestNanos = Math.max(newestNanos, timeNanos);
    }

    private int slotOf(long key) {
        return (int) (key ^ (key >>> 32)) & (keys.length - 1);
    }

    /** Writes the entries with an event time from the bound on. */
    public void write(DataOutput out, long keepFromNanos) throws IOException {
        int live = 0;
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0 && timesNanos[i] >= keepFromNanos) {
                live++;
            }
        }
        out.writeInt(live);
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0 && timesNanos[i] >= keepFromNanos) {
                out.writeLong(keys[i]);
                out.writeLong(payloads[i]);
                out.writeLong(timesNanos[i]);
            }
        }
    }

    /**
     * Reads a table.
     *
     * @throws IOException where the bytes break an invariant
     */
    public static HashTable read(DataInput in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > 1 << 28) {
            throw new IOException("id table must hold 0 to 2^28 entries, was " + count);
        }
        HashTable table = new HashTable();
        for (int i = 0; i < count; i++) {
            long key = in.readLong();
            if (key == 0) {
                throw new IOException("id table must hold keys other than 0, was 0 (entry=" + i + ")");
            }
            table.insert(key, in.readLong(), in.readLong(), Long.MIN_VALUE);
        }
        return table;
    }
}

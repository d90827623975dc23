package dev.candlewick.core.dedup;

import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;

/**
 * An open-addressing multimap from a 64-bit key to (64-bit payload, event time) in one primitive array; mutable, one
 * thread.
 *
 * <p>Entries are never removed one by one. When the table is full, those whose event time lies before a bound are
 * dropped; remembering longer is harmless because every verdict compares event times explicitly. Looking up and
 * inserting do not allocate, but for growth.
 */
public final class HashTable {
    private static final int CAPACITY_MIN = 16;
    /** An entry's words stand side by side: a look-up that hits and an insertion touch one line of the cache, not three. */
    private static final int STRIDE = 3;

    private static final int PAYLOAD = 1;
    private static final int TIME = 2;

    private long[] entries;
    private int capacity;
    private int size;
    private long newestNanos = Long.MIN_VALUE;
    /** The largest bound that was given so far: entries before it are of no use to anybody. */
    private long keepFromNanos = Long.MIN_VALUE;

    /** An empty table. */
    public HashTable() {
        entries = new long[CAPACITY_MIN * STRIDE];
        capacity = CAPACITY_MIN;
    }

    private HashTable(HashTable from) {
        entries = from.entries.clone();
        capacity = from.capacity;
        size = from.size;
        newestNanos = from.newestNanos;
        keepFromNanos = from.keepFromNanos;
    }

    /** A table of its own with the same entries. */
    public HashTable copy() {
        return new HashTable(this);
    }

    /** Number of entries, expired ones that were not dropped yet included. */
    public int size() {
        return size;
    }

    /** Number of entries that have not expired: those that are written. */
    public int live() {
        int live = 0;
        for (int i = 0; i < entries.length; i += STRIDE) {
            if (entries[i] != 0 && entries[i + TIME] >= keepFromNanos) {
                live++;
            }
        }
        return live;
    }

    /** Largest event time of an entry, {@link Long#MIN_VALUE} where there is none. */
    public long newestNanos() {
        return newestNanos;
    }

    /** Receives each entry. */
    @FunctionalInterface
    public interface EntryConsumer {
        /** One entry; a key of 0 is passed on as 1, as which it is kept. */
        void accept(long key, long payload, long timeNanos);
    }

    /** Passes on every entry that has not expired, in no particular order. */
    public void forEach(EntryConsumer consumer) {
        for (int i = 0; i < entries.length; i += STRIDE) {
            if (entries[i] != 0 && entries[i + TIME] >= keepFromNanos) {
                consumer.accept(entries[i], entries[i + PAYLOAD], entries[i + TIME]);
            }
        }
    }

    /** Bytes of the array. */
    public long bytes() {
        return (long) entries.length * Long.BYTES;
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
        int mask = capacity - 1;
        for (int i = (slot + 1) & mask; ; i = (i + 1) & mask) {
            long found = entries[i * STRIDE];
            if (found == wanted) {
                return i;
            }
            if (found == 0) {
                return -1;
            }
        }
    }

    /** Payload of the entry at a slot. */
    public long payload(int slot) {
        return entries[slot * STRIDE + PAYLOAD];
    }

    /** Event time of the entry at a slot. */
    public long timeNanos(int slot) {
        return entries[slot * STRIDE + TIME];
    }

    /** Whether an entry equals the given one in key, payload and event time. */
    public boolean contains(long key, long payload, long timeNanos) {
        return contains(key, first(key), payload, timeNanos);
    }

    /** The same from a slot that {@link #first} gave, −1 included. */
    public boolean contains(long key, int firstSlot, long payload, long timeNanos) {
        for (int slot = firstSlot; slot >= 0; slot = next(key, slot)) {
            if (payload(slot) == payload && timeNanos(slot) == timeNanos) {
                return true;
            }
        }
        return false;
    }

    /**
     * Adds an entry.
     *
     * @param keepFrom entries with an event time before this have expired: they are not written any more, and dropped when
     *     the table is full; nanoseconds
     */
    public void insert(long key, long payload, long timeNanos, long keepFrom) {
        keepFromNanos = Math.max(keepFromNanos, keepFrom);
        if (size >= capacity - (capacity >> 2)) {
            rebuild();
        }
        place(stored(key), payload, timeNanos);
    }

    /** Drops entries with an event time before the bound; frees the arrays where nothing is left. */
    public void expire(long keepFrom) {
        keepFromNanos = Math.max(keepFromNanos, keepFrom);
        if (newestNanos < keepFromNanos) {
            if (size > 0 || capacity > CAPACITY_MIN) {
                allocate(CAPACITY_MIN);
            }
        }
    }

    /** A table of its own with the entries whose event time does not lie before the bound. */
    public HashTable since(long fromNanos) {
        HashTable kept = new HashTable();
        forEach((key, payload, timeNanos) -> {
            if (timeNanos >= fromNanos) {
                kept.insert(key, payload, timeNanos, Long.MIN_VALUE);
            }
        });
        return kept;
    }

    private void rebuild() {
        long[] old = entries;
        int live = live();
        // At most half full afterwards, so that rebuilding costs a constant number of moves for each insertion.
        int wanted = Math.max(CAPACITY_MIN, Integer.highestOneBit(Math.max(1, live)) << 2);
        if (wanted == capacity) {
            dropInPlace();
            return;
        }
        allocate(wanted);
        for (int i = 0; i < old.length; i += STRIDE) {
            if (old[i] != 0 && old[i + TIME] >= keepFromNanos) {
                place(old[i], old[i + PAYLOAD], old[i + TIME]);
            }
        }
    }

    /**
     * Drops old entries without another array, as a steady stream of trades does again and again.
     *
     * <p>From behind a free slot on, each entry is taken out and placed anew. Whatever it was placed behind stands before it
     * on that way, so it finds a slot between its first choice and its present one, which were both passed already.
     */
    private void dropInPlace() {
        int mask = capacity - 1;
        int start = 0;
        while (entries[start * STRIDE] != 0) {
            start++;
        }
        size = 0;
        newestNanos = Long.MIN_VALUE;
        for (int i = 1; i < capacity; i++) {
            int at = ((start + i) & mask) * STRIDE;
            long key = entries[at];
            if (key != 0) {
                entries[at] = 0;
                if (entries[at + TIME] >= keepFromNanos) {
                    place(key, entries[at + PAYLOAD], entries[at + TIME]);
                }
            }
        }
    }

    private void allocate(int slots) {
        entries = new long[slots * STRIDE];
        capacity = slots;
        size = 0;
        newestNanos = Long.MIN_VALUE;
    }

    private void place(long key, long payload, long timeNanos) {
        int mask = capacity - 1;
        int slot = slotOf(key);
        while (entries[slot * STRIDE] != 0) {
            slot = (slot + 1) & mask;
        }
        int at = slot * STRIDE;
        entries[at] = key;
        entries[at + PAYLOAD] = payload;
        entries[at + TIME] = timeNanos;
        size++;
        newestNanos = Math.max(newestNanos, timeNanos);
    }

    private int slotOf(long key) {
        return (int) (key ^ (key >>> 32)) & (capacity - 1);
    }

    /** Writes the entries that have not expired. */
    public void write(StateOutput out) {
        out.count(live());
        // In the order of the slots, so times go up and down, but never by more than an id is remembered.
        long timeNanos = 0;
        for (int i = 0; i < entries.length; i += STRIDE) {
            if (entries[i] != 0 && entries[i + TIME] >= keepFromNanos) {
                out.word(entries[i]);
                out.word(entries[i + PAYLOAD]);
                out.number(entries[i + TIME], timeNanos);
                timeNanos = entries[i + TIME];
            }
        }
    }

    /**
     * Reads a table.
     *
     * @throws IOException where the bytes break an invariant
     */
    public static HashTable read(StateInput in) throws IOException {
        int count = in.count();
        if (count < 0 || count > 1 << 28) {
            throw new IOException("id table must hold 0 to 2^28 entries, was " + count);
        }
        HashTable table = new HashTable();
        long timeNanos = 0;
        for (int i = 0; i < count; i++) {
            long key = in.word();
            if (key == 0) {
                throw new IOException("id table must hold keys other than 0, was 0 (entry=" + i + ")");
            }
            long payload = in.word();
            timeNanos = in.number(timeNanos);
            table.insert(key, payload, timeNanos, Long.MIN_VALUE);
        }
        return table;
    }
}

package dev.candlewick.core.engine;

import dev.candlewick.core.dedup.HashTable;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.quality.InstrumentProfile;
import dev.candlewick.core.state.CompactInput;
import dev.candlewick.core.state.CompactOutput;
import dev.candlewick.core.state.FixedInput;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.vwap.VwapPanes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one key remembers: windows, ids, panes and marks; mutable, owned by the engine's thread.
 *
 * <p>{@link #write} and {@link #read} are its versioned codec. Checkpoint files carry no checksum, so the bytes end with
 * one of their own (CRC-32C), and reading checks it, bounds and invariants and fails loud (failure modes 2.6).
 */
public final class InstrumentState {
    /** Version written by this code. */
    public static final int VERSION = 4;

    /** The version before quality profiles. */
    private static final int WITHOUT_PROFILE = 1;

    /** The version before feeds. */
    private static final int WITHOUT_FEED = 2;

    /** The ordinal of a feed that was not looked up yet. */
    public static final int FEED_UNKNOWN = -1;

    /** The last version whose fields have the widths of their types, and no length in front. */
    private static final int FIXED = 3;

    private static final int MAGIC = 0x43574B00;

    /** Version and length. */
    private static final int FRAME_BYTES = 2 * Integer.BYTES;

    final String venue;
    final String symbol;
    final int priceScale;
    final int sizeScale;
    final Lane[] lanes;
    HashTable ids;
    HashTable fingerprints;
    VwapPanes panes;

    /** What the quality rules remember, null where none run. */
    @Nullable
    InstrumentProfile profile;

    /** Largest end of any window, of any interval, fills included, that was purged; never cleared. */
    long purgeMarkNanos = Lane.NONE;

    /** Whether a published candle must come again. */
    boolean dirty;

    /** Watermark that the state was advanced to last, in milliseconds. */
    long advancedToMillis = Long.MIN_VALUE;

    /** Timer that is registered for this key in milliseconds, {@link Long#MAX_VALUE} where none is. */
    private long timerMillis = Long.MAX_VALUE;

    /** Name of the feed whose trades it is made of, null where none was told; ordinals change between runs. */
    @Nullable
    private String feedName;

    /** Ordinal of that feed in this run; not part of the state, and looked at for each trade. */
    private int feedOrdinal = FEED_UNKNOWN;

    /** The intervals that the lanes were found equal to; not part of the state, and looked at for each trade. */
    @Nullable
    Intervals checkedAgainst;

    /** The empty state of the key of the given instrument. */
    public InstrumentState(Instrument instrument, Intervals intervals) {
        venue = instrument.publishedVenue();
        symbol = instrument.symbol();
        priceScale = instrument.priceScale();
        sizeScale = instrument.sizeScale();
        lanes = new Lane[intervals.count()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(intervals.get(i).nanos());
        }
        ids = new HashTable();
        fingerprints = new HashTable();
        panes = new VwapPanes();
    }

    private InstrumentState(InstrumentState from) {
        venue = from.venue;
        symbol = from.symbol;
        priceScale = from.priceScale;
        sizeScale = from.sizeScale;
        lanes = new Lane[from.lanes.length];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = from.lanes[i].copy();
        }
        ids = from.ids.copy();
        fingerprints = from.fingerprints.copy();
        panes = from.panes.copy();
        profile = from.profile == null ? null : from.profile.copy();
        purgeMarkNanos = from.purgeMarkNanos;
        dirty = from.dirty;
        advancedToMillis = from.advancedToMillis;
        timerMillis = from.timerMillis;
        feedName = from.feedName;
        feedOrdinal = from.feedOrdinal;
    }

    private InstrumentState(StateInput in, int version) throws IOException {
        venue = in.text();
        symbol = in.text();
        priceScale = in.bits();
        sizeScale = in.bits();
        int laneCount = in.bits();
        if (priceScale > Instrument.SCALE_MAX || sizeScale > Instrument.SCALE_MAX || laneCount == 0) {
            throw new IOException("instrument state must hold scales up to 18 and an interval, was " + priceScale + ", "
                    + sizeScale + " and " + laneCount + " (symbol=" + symbol + ")");
        }
        lanes = new Lane[laneCount];
        for (int i = 0; i < laneCount; i++) {
            lanes[i] = Lane.read(in);
            if (i > 0 && lanes[i].lengthNanos <= lanes[i - 1].lengthNanos) {
                throw new IOException(
                        "intervals must ascend, was " + lanes[i].lengthNanos + " ns (symbol=" + symbol + ")");
            }
        }
        ids = HashTable.read(in);
        fingerprints = HashTable.read(in);
        panes = VwapPanes.read(in);
        purgeMarkNanos = in.number();
        dirty = in.flag();
        advancedToMillis = in.number();
        timerMillis = in.number();
        if (version > WITHOUT_PROFILE && in.flag()) {
            profile = InstrumentProfile.read(in);
        }
        if (version > WITHOUT_FEED && in.flag()) {
            feedName = in.text();
        }
    }

    /** A state of its own with the same content. */
    public InstrumentState copy() {
        return new InstrumentState(this);
    }

    /** Writes the state in the layout of {@link #VERSION}. */
    public void write(DataOutput to) throws IOException {
        write(to, new CompactOutput());
    }

    /**
     * The same by way of a buffer that is used again and again.
     *
     * @param buffer whatever it holds is lost
     */
    public void write(DataOutput to, CompactOutput buffer) throws IOException {
        buffer.clear();
        buffer.frame(MAGIC | VERSION);
        buffer.frame(0);
        writeFields(buffer);
        buffer.frameAt(Integer.BYTES, buffer.length() - FRAME_BYTES);
        buffer.frame(buffer.checksum());
        to.write(buffer.array(), 0, buffer.length());
    }

    /** Writes the fields alone, without version, length and checksum around them. */
    public void writeFields(StateOutput out) {
        out.text(venue);
        out.text(symbol);
        out.bits(priceScale);
        out.bits(sizeScale);
        out.bits(lanes.length);
        for (Lane lane : lanes) {
            lane.write(out);
        }
        ids.write(out);
        fingerprints.write(out);
        panes.write(out);
        out.number(purgeMarkNanos);
        out.flag(dirty);
        out.number(advancedToMillis);
        out.number(timerMillis);
        out.flag(profile != null);
        if (profile != null) {
            profile.write(out);
        }
        out.flag(feedName != null);
        if (feedName != null) {
            out.text(feedName);
        }
    }

    /**
     * How many bytes {@link #write} takes for each part: every interval by its name, {@code ids}, {@code payloads},
     * {@code vwap}, {@code quality} and {@code other}, whose sum is the whole.
     */
    public Map<String, Long> bytesByPart() {
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (int i = 0; i < lanes.length; i++) {
            Lane lane = lanes[i];
            bytes.put(intervals().get(i).name(), length(lane::write));
        }
        bytes.put("ids", length(ids::write));
        bytes.put("payloads", length(fingerprints::write));
        bytes.put("vwap", length(panes::write));
        var minutes = profile;
        bytes.put("quality", minutes == null ? 0L : length(minutes::write));
        long parts = bytes.values().stream().mapToLong(Long::longValue).sum();
        bytes.put("other", bytes() - parts);
        return bytes;
    }

    /** How many bytes {@link #write} takes. */
    public long bytes() {
        return FRAME_BYTES + length(this::writeFields) + Integer.BYTES;
    }

    private static long length(Consumer<StateOutput> part) {
        CompactOutput out = new CompactOutput();
        part.accept(out);
        return out.length();
    }

    /**
     * Reads a state that any released version wrote.
     *
     * @throws IOException where the bytes are damaged, break an invariant or come from a newer version
     */
    public static InstrumentState read(DataInput in) throws IOException {
        FixedInput frame = new FixedInput(in);
        StateInput fields = frame;
        try {
            int header = frame.integer();
            int version = header ^ MAGIC;
            if (version < WITHOUT_PROFILE || version > VERSION) {
                throw new IOException("instrument state must begin with version 1 to " + VERSION + ", was "
                        + Integer.toHexString(header));
            }
            if (version <= FIXED) {
                InstrumentState read = new InstrumentState(frame, version);
                check(frame, in, read.symbol);
                return read;
            }
            CompactInput compact = new CompactInput(frame.bytes(frame.count()));
            check(frame, in, "unknown");
            fields = compact;
            InstrumentState read = new InstrumentState(compact, version);
            if (compact.remaining() != 0) {
                throw new IOException("its fields must fill it, was " + compact.remaining() + " bytes too long");
            }
            return read;
        } catch (EOFException e) {
            throw new IOException(
                    "instrument state must have all its fields, was cut short (byte=" + fields.position() + ")", e);
        } catch (IOException | RuntimeException e) {
            // What damaged bytes mean may end in any exception of the fields' own.
            throw new IOException(
                    "instrument state must be readable, was not: " + (e.getMessage() == null ? e : e.getMessage())
                            + " (byte=" + fields.position() + ")",
                    e);
        }
    }

    private static void check(FixedInput read, DataInput in, String symbol) throws IOException {
        int expected = read.checksum();
        int stored = in.readInt();
        if (stored != expected) {
            throw new IOException("instrument state must end with the checksum of its bytes, was "
                    + Integer.toHexString(stored) + " in place of " + Integer.toHexString(expected) + " (symbol="
                    + symbol + "); the checkpoint is damaged");
        }
    }

    /** The venue that candles of this key carry. */
    public String venue() {
        return venue;
    }

    /** The symbol as the input wrote it. */
    public String symbol() {
        return symbol;
    }

    /** Decimals of every price. */
    public int priceScale() {
        return priceScale;
    }

    /** Decimals of every size. */
    public int sizeScale() {
        return sizeScale;
    }

    /** Name of the feed whose trades it is made of, null where none was told, as in states of older versions. */
    public @Nullable String feedName() {
        return feedName;
    }

    /** Ordinal of the feed in this run; {@link #FEED_UNKNOWN} where it was not looked up yet. Not part of the state. */
    public int feedOrdinal() {
        return feedOrdinal;
    }

    /** Remembers the ordinal that the run gives to the feed, without a change of the state itself. */
    public void setFeedOrdinal(int ordinal) {
        feedOrdinal = ordinal;
    }

    /** Tells whose trades it is made of. */
    public void setFeed(String name, int ordinal) {
        feedName = name;
        feedOrdinal = ordinal;
    }

    /** The purge mark: nanoseconds, {@link Long#MIN_VALUE} before the first purge. */
    public long purgeMarkNanos() {
        return purgeMarkNanos;
    }

    /** The registered timer in milliseconds, {@link Long#MAX_VALUE} where none is. */
    public long timerMillis() {
        return timerMillis;
    }

    /** Remembers which timer is registered. */
    public void setTimerMillis(long millis) {
        timerMillis = millis;
    }

    /** The key under which the state is kept: published venue and symbol as in {@link Instrument#key()}. */
    public String key() {
        return Instrument.escape(venue) + '|' + Instrument.escape(symbol);
    }

    /** The intervals of its candles, finest first. */
    public Intervals intervals() {
        List<Interval> intervals = new ArrayList<>();
        for (Lane lane : lanes) {
            intervals.add(new Interval(StateFields.intervalName(lane.lengthNanos), lane.lengthNanos));
        }
        return Intervals.of(intervals);
    }

    /** The largest watermark in milliseconds that it was advanced to, {@link Long#MIN_VALUE} before the first. */
    public long advancedToMillis() {
        return advancedToMillis;
    }

    /** The smallest start of a window or a VWAP row's second that is kept, {@link Long#MAX_VALUE} where none is. */
    public long oldestKeptNanos() {
        long oldest = panes.oldestNanos();
        for (Lane lane : lanes) {
            if (!lane.windows.isEmpty()) {
                oldest = Math.min(oldest, lane.windows.get(0).startNanos);
            }
        }
        return oldest;
    }

    /** Number of ids in memory: of those that have expired, some wait until their table is full. */
    public int idCount() {
        return ids.size();
    }

    /** Number of ids that have not expired: those that are written. */
    public int liveIdCount() {
        return ids.live();
    }

    /** Number of payloads remembered for rows without ids. */
    public int fingerprintCount() {
        return fingerprints.size();
    }

    /** Number of windows that are not purged, over all intervals. */
    public int windowCount() {
        int count = 0;
        for (Lane lane : lanes) {
            count += lane.windows.size();
        }
        return count;
    }

    /** Number of ids and fingerprints remembered. */
    public int rememberedCount() {
        return ids.size() + fingerprints.size();
    }

    /** Number of VWAP panes kept. */
    public int paneCount() {
        return panes.size();
    }

    /** Number of minutes whose quality verdicts are not given yet. */
    public int minuteCount() {
        return profile == null ? 0 : profile.minuteCount();
    }

    /** Whether nothing but marks is left. */
    public boolean isIdle() {
        return windowCount() == 0 && rememberedCount() == 0 && paneCount() == 0 && minuteCount() == 0;
    }

    /** Number of windows of one interval that stand. */
    public int windowCount(int index) {
        return lanes[index].windows.size();
    }
}

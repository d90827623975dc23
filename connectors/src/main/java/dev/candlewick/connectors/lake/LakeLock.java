package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Locks between runs of one lake, within a process and between processes of one machine; a killed process loses them.
 *
 * <p>The operating system drops a process's lock when the process closes any handle of the file, so a lock file that
 * this process holds is never opened a second time.
 */
public final class LakeLock implements AutoCloseable {
    private static final ReentrantLock WITHIN_PROCESS = new ReentrantLock();
    private static final Set<Path> HELD = new HashSet<>();

    private final Path file;
    private final FileChannel channel;
    private final boolean exclusive;

    private LakeLock(Path file, FileChannel channel, boolean exclusive) {
        this.file = file;
        this.channel = channel;
        this.exclusive = exclusive;
    }

    /** Waits for the lock under which versions are given out and published. */
    @SuppressWarnings("LockNotBeforeTry") // Released by close().
    public static LakeLock acquire(Path lake) throws IOException {
        WITHIN_PROCESS.lock();
        FileChannel channel = null;
        try {
            Path file = lake.resolve(".lock");
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.lock();
            return new LakeLock(file, channel, true);
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            WITHIN_PROCESS.unlock();
            throw e;
        }
    }

    /** Takes the lock that says that a run is alive; null where another run holds it. */
    static @Nullable LakeLock tryRun(Path file) throws IOException {
        Path key = file.toAbsolutePath().normalize();
        synchronized (HELD) {
            if (!HELD.add(key)) {
                return null;
            }
        }
        FileChannel channel = null;
        FileLock lock = null;
        try {
            channel = FileChannel.open(key, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = channel.tryLock();
        } finally {
            if (lock == null) {
                if (channel != null) {
                    channel.close();
                }
                synchronized (HELD) {
                    HELD.remove(key);
                }
            }
        }
        return lock == null ? null : new LakeLock(key, channel, false);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            if (exclusive) {
                WITHIN_PROCESS.unlock();
            } else {
                synchronized (HELD) {
                    HELD.remove(file);
                }
            }
        }
    }
}

package dev.candlewick.local.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Gives a command the chance to end cleanly when the user presses Ctrl-C or the process is asked to terminate.
 *
 * <p>The callback runs on another thread and must only tell the command to stop; the process waits up to ten seconds
 * for {@link #close()}, then ends anyway, with the exit code of the signal (130 for Ctrl-C). A command that was
 * interrupted returns {@link ExitCode#INTERRUPTED}.
 */
public final class Interruption implements AutoCloseable {

    private static final long GRACE_SECONDS = 10;

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean requested;

    private Interruption(Runnable onInterrupt) {
        this.hook = new Thread(
                () -> {
                    requested = true;
                    onInterrupt.run();
                    try {
                        if (!finished.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
                            System.err.println("candlewick: did not end within " + GRACE_SECONDS + " s, ending now");
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "candlewick-interruption");
    }

    /**
     * Watches for the end of the process until closed.
     *
     * @param onInterrupt tells the command to stop; must return at once
     */
    public static Interruption watch(Runnable onInterrupt) {
        Interruption interruption = new Interruption(onInterrupt);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** True once the process was asked to end. */
    public boolean requested() {
        return requested;
    }

    @Override
    public void close() {
        finished.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The process ends already.
            }
        }
    }
}

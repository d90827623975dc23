package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small ext4 in a file, mounted as a disk of its own: rules for disks leave file systems in memory out. Mounting it must be
 * permitted (root, and loop devices).
 */
final class LoopDisk implements AutoCloseable {
    private static final long MEBIBYTE = 1L << 20;

    private final Path mountPoint;
    private boolean mounted;

    private LoopDisk(Path mountPoint) {
        this.mountPoint = mountPoint;
        this.mounted = true;
    }

    /**
     * Makes and mounts one.
     *
     * @param image where its file goes
     * @param mountPoint made where it is missing
     */
    static LoopDisk mount(Path image, Path mountPoint, int mebibytes) throws IOException, InterruptedException {
        Files.createDirectories(mountPoint);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(mebibytes * MEBIBYTE);
        }
        String said = FullDiskFault.call("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", image.toString());
        if (said.isEmpty()) {
            said = FullDiskFault.call("mount", "-o", "loop", image.toString(), mountPoint.toString());
        }
        if (!said.isEmpty()) {
            throw CommandFailure.environment(
                    "a disk of the drill's own must be mounted to be filled, was refused: " + said,
                    mountPoint.toString(),
                    "run it as root where there are loop devices, or leave CandlewickDiskFull and CandlewickDiskFilling out"
                            + " with --only",
                    null);
        }
        return new LoopDisk(mountPoint);
    }

    /** Where it is. */
    Path mountPoint() {
        return mountPoint;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (mounted) {
            String said = FullDiskFault.unmount(mountPoint);
            if (!said.isEmpty()) {
                throw new IOException("must be unmounted by hand: " + mountPoint + " (" + said + ")");
            }
            mounted = false;
        }
    }
}

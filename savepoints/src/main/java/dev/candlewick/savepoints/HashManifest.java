package dev.candlewick.savepoints;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * The SHA-256 of every file of a savepoint, in a file beside its metadata, because Flink checks no checksum when it
 * restores (failure modes 2.6).
 *
 * <p>The format is that of {@code sha256sum}: hash, two spaces, path; paths are relative to the savepoint, or URIs of files
 * elsewhere, as checkpoints have them. Files that are not the savepoint's own are not looked at.
 */
public final class HashManifest {
    /** Name of the file. Flink ignores it. */
    public static final String NAME = "_candlewick.sha256";

    private HashManifest() {}

    /** Whether a savepoint has one. */
    public static boolean exists(Path directory) {
        try {
            return directory.getFileSystem().exists(new Path(directory, NAME));
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /**
     * Hashes every file that the metadata names, and writes the manifest.
     *
     * @return how many files there are
     */
    public static int write(Path directory) {
        Map<String, String> hashes = new TreeMap<>();
        try {
            for (Path file : files(directory)) {
                hashes.put(name(directory, file), hash(file));
            }
            StringBuilder text = new StringBuilder();
            hashes.forEach(
                    (name, hash) -> text.append(hash).append("  ").append(name).append('\n'));
            try (OutputStream out =
                    directory.getFileSystem().create(new Path(directory, NAME), FileSystem.WriteMode.OVERWRITE)) {
                out.write(text.toString().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
        return hashes.size();
    }

    /**
     * Compares every file with the manifest.
     *
     * @return what does not match, for people; empty where all does
     * @throws SavepointException where there is no manifest, or it cannot be read
     */
    public static List<String> check(Path directory) {
        List<String> problems = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                directory.getFileSystem().open(new Path(directory, NAME)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.length() < 67 || !line.startsWith("  ", 64)) {
                    problems.add("a line of the manifest must be a hash and a path, was '" + line + "' (" + directory
                            + "/" + NAME + ")");
                    continue;
                }
                String name = line.substring(66);
                Path file = name.contains(":/") ? new Path(name) : new Path(directory, name);
                if (!file.getFileSystem().exists(file)) {
                    problems.add("a file of the savepoint must be there, was missing (" + file + ")");
                } else {
                    String hash = hash(file);
                    if (!hash.equals(line.substring(0, 64))) {
                        problems.add("a file of the savepoint must have the SHA-256 " + line.substring(0, 64) + ", was "
                                + hash + " (" + file + ")");
                    }
                }
            }
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
        return problems;
    }

    /** What lies in the directory, and what its metadata names elsewhere. */
    private static List<Path> files(Path directory) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        FileStatus[] entries = directory.getFileSystem().listStatus(directory);
        for (FileStatus entry : entries == null ? new FileStatus[0] : entries) {
            if (!entry.isDir() && !entry.getPath().getName().equals(NAME)) {
                files.put(name(directory, entry.getPath()), entry.getPath());
            }
        }
        Savepoint.open(directory.toString()).files().forEach(file -> files.put(name(directory, file), file));
        return new ArrayList<>(files.values());
    }

    private static String name(Path directory, Path file) {
        String text = file.toString();
        String parent = directory.toString() + '/';
        return text.startsWith(parent) ? text.substring(parent.length()) : text;
    }

    private static String hash(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        try (InputStream in = new DigestInputStream(file.getFileSystem().open(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static SavepointException unreadable(Path directory, IOException cause) {
        return new SavepointException(
                "the files of a savepoint must be readable, were not: " + cause.getMessage() + " (" + directory + ")",
                null,
                cause);
    }
}

package dev.candlewick.local.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** RocksDB's databases lie where their path is short enough, and no two clusters share a directory. */
final class ClusterFilesTest {
    private static ClusterFiles of(String name) {
        return new ClusterFiles(Path.of("/srv").resolve(name));
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void databasesLieInTheHomeAsLongAsTheirPathIsShort() {
        int root = ClusterFiles.LONGEST_ROCKSDB - "/srv/".length() - "/work/d".length();
        ClusterFiles longest = of("x".repeat(root));
        assertThat(longest.rocksDb()).startsWithRaw(longest.root());
        assertThat(bytes(longest.rocksDb())).isEqualTo(ClusterFiles.LONGEST_ROCKSDB);

        ClusterFiles longer = of("x".repeat(root + 1));
        assertThat(bytes(longer.rocksDb())).isLessThanOrEqualTo(ClusterFiles.LONGEST_ROCKSDB);
        assertThat(longer.rocksDb().startsWith(longer.root())).isFalse();
        assertThat(longer.rocksDb())
                .isEqualTo(of("x".repeat(root + 1)).rocksDb())
                .isNotEqualTo(of("y".repeat(root + 1)).rocksDb());
    }

    @Test
    void aFileNameIsCountedInBytes() {
        // As many letters as are short enough, each of two bytes
        ClusterFiles files = of("é".repeat(50));
        assertThat(files.rocksDb().startsWith(files.root())).isFalse();
    }
}

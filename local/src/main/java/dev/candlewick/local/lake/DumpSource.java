package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The lines of a canonical dump, one after the other, from a lake or from a file; for one thread, to be closed. */
interface DumpSource extends AutoCloseable {
    /** The next line, null at the end. */
    @Nullable
    String next();

    @Override
    void close();

    /** The dump of a lake version, made while it is read. */
    static DumpSource of(LakeCatalog catalog, Collection<LakeTable> tables, CanonicalDump.Options options) {
        return new LakeSource(LakeDatabase.open(catalog, "1GB"), tables, options);
    }

    /** A dump that was written to a file, {@code .gz} by its name; lines of other tables are left out. */
    static DumpSource of(Path file, Collection<LakeTable> tables) throws IOException {
        InputStream in = Files.newInputStream(file);
        InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in;
        return new FileSource(
                new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), 1 << 16), tables);
    }

    /** Reads the tables' results one after the other. */
    final class LakeSource implements DumpSource {
        private final LakeDatabase database;
        private final CanonicalDump.Options options;
        private final Deque<LakeTable> left = new ArrayDeque<>();
        private @Nullable Statement statement;
        private @Nullable ResultSet result;

        LakeSource(LakeDatabase database, Collection<LakeTable> tables, CanonicalDump.Options options) {
            this.database = database;
            this.options = options;
            CanonicalDump.DUMPABLE.stream().filter(tables::contains).forEach(left::add);
        }

        @Override
        public @Nullable String next() {
            try {
                while (true) {
                    ResultSet current = result;
                    if (current != null && current.next()) {
                        return current.getString(1);
                    }
                    if (statement != null) {
                        statement.close();
                    }
                    LakeTable table = left.poll();
                    if (table == null) {
                        statement = null;
                        result = null;
                        return null;
                    }
                    Statement next = database.connection().createStatement();
                    statement = next;
                    result = next.executeQuery(CanonicalDump.sql(table, options));
                }
            } catch (SQLException e) {
                throw new QueryException("cannot read the lake: " + e.getMessage(), false, e);
            }
        }

        @Override
        public void close() {
            database.close();
        }
    }

    /** Reads lines and drops those of tables that are not compared. */
    final class FileSource implements DumpSource {
        private final BufferedReader reader;
        private final Collection<LakeTable> tables;

        FileSource(BufferedReader reader, Collection<LakeTable> tables) {
            this.reader = reader;
            this.tables = tables;
        }

        @Override
        public @Nullable String next() {
            try {
                String line = reader.readLine();
                while (line != null && !wanted(line)) {
                    line = reader.readLine();
                }
                return line;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean wanted(String line) {
            return !line.isEmpty()
                    && (tables.stream().anyMatch(table -> isOf(line, table))
                            || (tables.containsAll(CanonicalDump.TABLES) && !isOf(line, LakeTable.REPORTS)));
        }

        private static boolean isOf(String line, LakeTable table) {
            return line.startsWith("{\"table\":\"" + table.directory() + "\"");
        }

        @Override
        public void close() {
            try {
                reader.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

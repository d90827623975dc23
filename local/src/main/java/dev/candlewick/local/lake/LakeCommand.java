package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Base of the commands about a lake: their failures as messages and exit codes. */
public abstract class LakeCommand extends CandlewickCommand {
    /** Does the work; failures of lake and SQL may be thrown as they are. */
    protected abstract ExitCode read() throws IOException;

    @Override
    protected final ExitCode run() {
        try {
            return read();
        } catch (LakeException e) {
            ExitCode code = switch (e.kind()) {
                case USAGE -> ExitCode.USAGE;
                case MISMATCH -> ExitCode.DATA_MISMATCH;
                case ENVIRONMENT -> ExitCode.ENVIRONMENT;
            };
            throw new CommandFailure(code, String.valueOf(e.getMessage()), null, null, e);
        } catch (QueryException e) {
            throw new CommandFailure(
                    e.isUsersFault() ? ExitCode.USAGE : ExitCode.ENVIRONMENT,
                    String.valueOf(e.getMessage()),
                    null,
                    null,
                    e);
        } catch (IOException | UncheckedIOException e) {
            throw CommandFailure.environment("cannot read or write a file: " + e.getMessage(), null, null, e);
        }
    }

    /** The lake version that the user named, {@code P} or {@code P@2}. */
    protected final LakeCatalog catalog(String lake) {
        return LakeCatalog.parse(path(lake).toString());
    }

    /** A path as the user wrote it. */
    protected final Path path(String text) {
        try {
            return context().resolve(Path.of(text));
        } catch (InvalidPathException e) {
            throw CommandFailure.usage("path must be one of this file system, was '" + text + "'", null, null);
        }
    }

    /** The tables of a dump that the user named, all of them where none is named. */
    protected static List<LakeTable> tables(List<String> names) {
        if (names.isEmpty()) {
            return CanonicalDump.TABLES;
        }
        List<LakeTable> tables = new ArrayList<>();
        for (String name : names) {
            LakeTable table = LakeTable.byName(name);
            if (table == null || !CanonicalDump.DUMPABLE.contains(table)) {
                throw CommandFailure.usage(
                        "--table must be one of "
                                + String.join(
                                        ", ",
                                        CanonicalDump.DUMPABLE.stream()
                                                .map(LakeTable::directory)
                                                .toList())
                                + ", was '" + name + "'",
                        null,
                        null);
            }
            tables.add(table);
        }
        return tables;
    }
}

package dev.candlewick.local.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What the shipped jars are made of, compared with the advisories that the repository keeps; asks nobody. */
final class BillOfMaterialsIT {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final String VERSION = System.getProperty("candlewick.version");

    /** One library of a bill: {@code group:name} and version. */
    private record Library(String name, String version) {}

    /** @param below empty for every version, where there are no single ones */
    private record Advisory(String id, String name, String below, List<String> versions, String reason) {
        boolean matches(Library library) {
            if (!library.name().equals(name)) {
                return false;
            }
            if (!versions.isEmpty()) {
                return versions.contains(library.version());
            }
            return below.isEmpty() || Version.parse(library.version()).compareTo(Version.parse(below)) < 0;
        }
    }

    @Test
    void nothingThatIsShippedHasAnAdvisory() throws IOException {
        List<Advisory> advisories = advisories();
        List<String> found = new ArrayList<>();
        for (Path bill : bills()) {
            found.addAll(matches(bill.getFileName().toString(), libraries(bill), advisories));
        }
        assertThat(found).isEmpty();
    }

    @Test
    void aLibraryWithAnAdvisoryIsFound() throws IOException {
        List<Advisory> advisories = advisories();
        assertThat(advisories)
                .hasSizeGreaterThan(8)
                .allMatch(advisory -> !advisory.reason().isEmpty());
        assertThat(matches(
                        "bill",
                        List.of(
                                new Library("io.airlift:aircompressor", "2.0.2"),
                                new Library("io.airlift:aircompressor", "2.0.3"),
                                new Library("org.lz4:lz4-java", "99"),
                                new Library("com.fasterxml.jackson.core:jackson-core", "2.18.2"),
                                new Library("com.fasterxml.jackson.core:jackson-core", "2.100.0")),
                        advisories))
                .extracting(match -> match.replaceFirst(" .*", ""))
                .containsExactlyInAnyOrder(
                        "CVE-2025-67721", "CVE-2025-12183", "GHSA-72hv-8253-57qq", "GHSA-r7wm-3cxj-wff9");
    }

    @Test
    void theBillsListWhatTheJarsHold() throws IOException {
        Map<String, TreeSet<String>> names = new TreeMap<>();
        for (Path bill : bills()) {
            TreeSet<String> libraries = new TreeSet<>();
            libraries(bill).forEach(library -> libraries.add(library.name()));
            names.put(bill.getFileName().toString().replaceFirst("-" + VERSION + ".*", ""), libraries);
            String text = Files.readString(bill);
            assertThat(text)
                    .as("no time of the build: " + bill)
                    .contains("cdx:reproducible")
                    .doesNotContain("\"timestamp\"", ROOT.toString());
        }
        for (String job : List.of("candlewick-jobs", "candlewick-jobs-batch")) {
            assertThat(names.get(job))
                    .contains("org.apache.parquet:parquet-hadoop", "dev.candlewick:candlewick-core")
                    .as("the cluster's own")
                    .doesNotContain("org.apache.flink:flink-runtime", "org.junit.jupiter:junit-jupiter-api");
        }
        assertThat(names.get("candlewick-jobs")).contains("org.apache.kafka:kafka-clients");
        // What lies beside the command's jar is what its bill lists.
        TreeSet<String> artifacts = new TreeSet<>();
        libraries(bill("local"))
                .forEach(library -> artifacts.add(
                        library.name().substring(library.name().indexOf(':') + 1) + "-" + library.version()));
        try (Stream<Path> jars = Files.list(ROOT.resolve("local/target/lib"))) {
            assertThat(jars.map(jar -> jar.getFileName().toString().replaceFirst("\\.jar$", ""))
                            // A classifier stands behind the version.
                            .filter(jar -> artifacts.stream().noneMatch(jar::startsWith)))
                    .isEmpty();
        }
    }

    private static List<String> matches(String where, List<Library> libraries, List<Advisory> advisories) {
        List<String> found = new ArrayList<>();
        for (Library library : libraries) {
            for (Advisory advisory : advisories) {
                if (advisory.matches(library)) {
                    found.add(advisory.id() + " " + library.name() + " " + library.version() + " in " + where + ": "
                            + advisory.reason());
                }
            }
        }
        return found;
    }

    private static List<Path> bills() {
        return List.of(bill("jobs"), bill("jobs-batch"), bill("local"));
    }

    private static Path bill(String module) {
        Path file = ROOT.resolve(module + "/target/candlewick-" + module + "-" + VERSION + "-bom.json");
        // The plugin that makes it does nothing offline, although it asks nobody.
        Assumptions.assumeTrue(Files.isRegularFile(file), "needs a build that is not offline (mvn verify): " + file);
        return file;
    }

    private static List<Library> libraries(Path bill) throws IOException {
        List<Library> libraries = new ArrayList<>();
        for (Map<String, String> component : objects(Files.readString(bill), "components")) {
            libraries.add(new Library(component.get("group") + ":" + component.get("name"), component.get("version")));
        }
        assertThat(libraries).as(bill.toString()).hasSizeGreaterThan(10);
        return libraries;
    }

    private static List<Advisory> advisories() throws IOException {
        List<Advisory> advisories = new ArrayList<>();
        String text = Files.readString(ROOT.resolve("conf/security/advisories.json"));
        for (Map<String, String> fields : objects(text, "advisories")) {
            assertThat(fields.keySet()).isSubsetOf("id", "package", "below", "versions", "reason");
            advisories.add(new Advisory(
                    fields.get("id"),
                    fields.get("package"),
                    fields.getOrDefault("below", ""),
                    fields.containsKey("versions")
                            ? List.of(fields.get("versions").split(" "))
                            : List.of(),
                    fields.getOrDefault("reason", "")));
        }
        return advisories;
    }

    /** The texts of the objects in an array at the top; texts of an array within, separated by spaces. */
    private static List<Map<String, String>> objects(String json, String array) throws IOException {
        List<Map<String, String>> objects = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals(array);
                parser.nextToken();
                if (!wanted) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    objects.add(object(parser));
                }
            }
        }
        return objects;
    }

    private static Map<String, String> object(JsonParser parser) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (value == JsonToken.START_ARRAY) {
                StringBuilder texts = new StringBuilder();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    if (parser.currentToken().isStructStart()) {
                        parser.skipChildren();
                    } else {
                        texts.append(texts.isEmpty() ? "" : " ").append(parser.getText());
                    }
                }
                fields.put(name, texts.toString());
            } else if (value.isStructStart()) {
                parser.skipChildren();
            } else {
                fields.put(name, parser.getText());
            }
        }
        return fields;
    }
}

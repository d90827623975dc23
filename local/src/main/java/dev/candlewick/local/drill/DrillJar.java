package dev.candlewick.local.drill;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.Deflater;

/** Makes jars that a drill submits: the job's with another main around it, or one of the drill's own. */
final class DrillJar {
    private DrillJar() {}

    /** The job jar with another main class beside what it holds. */
    static Path around(Path job, Path target, Class<?> main) throws IOException {
        try (JarFile from = new JarFile(job.toFile());
                OutputStream file = Files.newOutputStream(target);
                JarOutputStream to = new JarOutputStream(file, manifest(main))) {
            // Not smaller, but made in a moment.
            to.setLevel(Deflater.BEST_SPEED);
            for (Enumeration<JarEntry> entries = from.entries(); entries.hasMoreElements(); ) {
                JarEntry entry = entries.nextElement();
                if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    to.putNextEntry(new JarEntry(entry.getName()));
                    try (InputStream in = from.getInputStream(entry)) {
                        in.transferTo(to);
                    }
                }
            }
            add(to, main);
        }
        return target;
    }

    /** A jar that holds a main class and nothing else. */
    static Path of(Path target, Class<?> main) throws IOException {
        try (OutputStream file = Files.newOutputStream(target);
                JarOutputStream to = new JarOutputStream(file, manifest(main))) {
            add(to, main);
        }
        return target;
    }

    private static Manifest manifest(Class<?> main) {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, main.getName());
        return manifest;
    }

    /** A class and those within it, also what the compiler makes of a switch. */
    static void add(JarOutputStream to, Class<?> type) throws IOException {
        ClassLoader loader = DrillJar.class.getClassLoader();
        String base = type.getName().replace('.', '/');
        List<String> names = new ArrayList<>(List.of(base));
        for (Class<?> inner : type.getDeclaredClasses()) {
            names.add(inner.getName().replace('.', '/'));
        }
        for (int number = 1; loader.getResource(base + "$" + number + ".class") != null; number++) {
            names.add(base + "$" + number);
        }
        for (String name : names) {
            to.putNextEntry(new JarEntry(name + ".class"));
            try (InputStream in = Objects.requireNonNull(loader.getResourceAsStream(name + ".class"))) {
                in.transferTo(to);
            }
        }
    }

    /** A text file in a jar. */
    static void add(JarOutputStream to, String name, String text) throws IOException {
        to.putNextEntry(new JarEntry(name));
        to.write(text.getBytes(StandardCharsets.UTF_8));
    }
}

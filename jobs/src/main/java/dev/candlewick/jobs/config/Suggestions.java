package dev.candlewick.jobs.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what may have been meant by a name that does not exist. */
final class Suggestions {
    private static final int SUGGESTIONS_MAX = 3;

    private Suggestions() {}

    /** {@code did you mean a or b?}, or nothing where no name is near. */
    static String didYouMean(String wanted, Collection<String> names) {
        List<String> near = near(wanted, names);
        return near.isEmpty() ? "" : "did you mean " + String.join(" or ", near) + "?";
    }

    /** At most three names, nearest first; case and the separators {@code . - _} do not count. */
    static List<String> near(String wanted, Collection<String> names) {
        record Candidate(String name, int distance) {}
        String target = simple(wanted);
        if (target.isEmpty()) {
            return List.of();
        }
        List<Candidate> candidates = names.stream()
                .map(name -> new Candidate(name, distance(target, simple(name))))
                .filter(candidate -> candidate.distance <= Math.max(1, Math.min(4, target.length() / 3))
                        || target.length() >= 4 && simple(candidate.name).contains(target))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .toList();
        // One name that is right but for a letter does not need company.
        int best = candidates.isEmpty() ? 0 : candidates.get(0).distance;
        return candidates.stream()
                .filter(candidate -> candidate.distance <= best + 1)
                .limit(SUGGESTIONS_MAX)
                .map(Candidate::name)
                .toList();
    }

    private static String simple(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[._-]", "");
    }

    /** Edit distance in which two swapped neighbours count once. */
    static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], before[j - 2] + 1);
                }
            }
            int[] spare = before;
            before = previous;
            previous = row;
            row = spare;
        }
        return previous[b.length()];
    }
}

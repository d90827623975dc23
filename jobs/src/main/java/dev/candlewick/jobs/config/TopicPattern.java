package dev.candlewick.jobs.config;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of topics in which {@code *} stands for any text. */
final class TopicPattern {
    private TopicPattern() {}

    /** Whether it stands for more than one topic. */
    static boolean isPattern(String topic) {
        return topic.indexOf('*') >= 0;
    }

    /** A regular expression that matches what a topic or pattern does. */
    static String expression(String topic) {
        return List.of(topic.split("\\*", -1)).stream()
                .map(part -> part.isEmpty() ? "" : Pattern.quote(part))
                .collect(Collectors.joining(".*"));
    }

    /** Whether a topic is one of those that a topic or pattern stands for. */
    static boolean matches(String pattern, String topic) {
        return Pattern.matches(expression(pattern), topic);
    }
}

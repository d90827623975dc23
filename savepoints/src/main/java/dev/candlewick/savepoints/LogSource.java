package dev.candlewick.savepoints;

import dev.candlewick.core.validate.FeedRules;
import java.util.regex.Pattern;

/**
 * One source of the job that is to start: what it reads and how its trades are judged; immutable.
 *
 * @param name of the source, from which its uids are made
 * @param topics the topics that it reads
 * @param rules of its feed
 * @param outOfOrdernessNanos how far behind its partition's mark a trade may come
 */
public record LogSource(String name, Pattern topics, FeedRules rules, long outOfOrdernessNanos) {}

package dev.candlewick.jobs.config;

/**
 * One option as a layer gives it.
 *
 * @param key the option, which need not exist
 * @param text the value as written
 * @param origin where it stands
 */
record RawValue(String key, String text, Origin origin) {}

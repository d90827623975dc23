package dev.candlewick.core.engine;

/** What the verdict late does (option {@code late}). */
public enum LatePolicy {
    /** Late trades are turned away: counted and archived. */
    APPLY,
    /** Every trade is taken; the verdict is only recorded. Bounded runs only. */
    ACCEPT
}

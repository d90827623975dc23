package dev.candlewick.local.picture;

import java.util.List;

/** Gives the values of queries over a time: a Prometheus, or fixed data. */
@FunctionalInterface
public interface Answers {
    /**
     * The series of a query.
     *
     * @param expression without variables
     * @return empty where there is nothing to show
     */
    List<Series> over(String expression, TimeRange range);
}

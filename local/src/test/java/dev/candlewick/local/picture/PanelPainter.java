package dev.candlewick.local.picture;

import java.util.List;

/** Draws what is inside a panel, below its title. */
interface PanelPainter {
    /**
     * Draws it.
     *
     * @param box the whole panel
     * @param shown at least one series
     * @param range of the samples
     */
    void paint(Svg svg, Panel panel, Box box, List<Shown> shown, TimeRange range);

    /** Samples at most that a series should have in a panel of a width. */
    int samples(double width);
}

/**
 * Draws Grafana's dashboards as SVG, one picture each: their JSON says what and where, a {@link
 * dev.candlewick.local.picture.Answers source of answers} gives the values of their queries.
 *
 * <p>Same dashboard and same answers make the same bytes. Panels, units and colours that are not known here are refused, so
 * that none is left out in silence.
 */
@NullMarked
package dev.candlewick.local.picture;

import org.jspecify.annotations.NullMarked;

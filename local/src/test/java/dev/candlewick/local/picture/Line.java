package dev.candlewick.local.picture;

import java.util.ArrayList;
import java.util.List;

/** A line of points, which leaves out what nobody would see. */
final class Line {
    /** How far from the line a point may be left out, in pixels. */
    private static final double TOLERANCE = 0.4;

    private Line() {}

    /** A point of a picture. */
    record Point(double x, double y) {}

    /** The path of points; a lone point is a dash of a pixel. */
    static String path(List<Point> points) {
        StringBuilder path = new StringBuilder();
        for (Point point : thinned(points)) {
            path.append(path.isEmpty() ? "M" : "L")
                    .append(Svg.number(point.x()))
                    .append(' ')
                    .append(Svg.number(point.y()));
        }
        if (points.size() == 1) {
            path.append("h1");
        }
        return path.toString();
    }

    /** The points without those that lie on the line between others, by Ramer, Douglas and Peucker. */
    static List<Point> thinned(List<Point> points) {
        if (points.size() < 3) {
            return points;
        }
        Point first = points.get(0);
        Point last = points.get(points.size() - 1);
        int farthest = 0;
        double most = TOLERANCE;
        for (int i = 1; i < points.size() - 1; i++) {
            double distance = distance(points.get(i), first, last);
            if (distance > most) {
                most = distance;
                farthest = i;
            }
        }
        if (farthest == 0) {
            return List.of(first, last);
        }
        List<Point> thinned = new ArrayList<>(thinned(points.subList(0, farthest + 1)));
        // The farthest ends the front and begins the rest.
        thinned.remove(thinned.size() - 1);
        thinned.addAll(thinned(points.subList(farthest, points.size())));
        return thinned;
    }

    private static double distance(Point point, Point from, Point to) {
        double dx = to.x() - from.x();
        double dy = to.y() - from.y();
        double length = Math.hypot(dx, dy);
        return length == 0
                ? Math.hypot(point.x() - from.x(), point.y() - from.y())
                : Math.abs(dy * (point.x() - from.x()) - dx * (point.y() - from.y())) / length;
    }
}

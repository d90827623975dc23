package dev.candlewick.local.picture;

/** How wide text is about, in a sans serif font; rather more than less. */
final class Letters {
    private static final String NARROW = "iIjlftr.,:;'|!()[]{}/ -1";
    private static final String WIDE = "mwMW%@→";
    private static final String ELLIPSIS = "…";
    private static final double BOLD = 1.2;

    private Letters() {}

    /** The width of text of a size, in the unit of the size. */
    static double width(String text, double size) {
        double width = 0;
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (NARROW.indexOf(letter) >= 0) {
                width += 0.36;
            } else if (WIDE.indexOf(letter) >= 0) {
                width += 0.92;
            } else {
                width += Character.isUpperCase(letter) ? 0.7 : 0.58;
            }
        }
        return width * size;
    }

    /** The width of bold text. */
    static double boldWidth(String text, double size) {
        return width(text, size) * BOLD;
    }

    /** The size at which bold text has room, at most the given one and at least another. */
    static double boldSize(String text, double size, double least, double room) {
        return Math.max(least, Math.min(size, size * room / boldWidth(text, size)));
    }

    /** Bold text that is cut where it would be wider. */
    static String fitBold(String text, double size, double room) {
        return fit(text, size, room / BOLD);
    }

    /** Text that is cut where it would be wider. */
    static String fit(String text, double size, double room) {
        if (text.isEmpty() || width(text, size) <= room) {
            return text;
        }
        int end = text.length() - 1;
        while (end > 1 && width(text.substring(0, end).stripTrailing() + ELLIPSIS, size) > room) {
            end--;
        }
        return text.substring(0, Math.max(end, 1)).stripTrailing() + ELLIPSIS;
    }
}

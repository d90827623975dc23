package dev.candlewick.jobs.config;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.jobs.config.OptionType.InvalidValueException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.jspecify.annotations.Nullable;

/** The types of options. */
final class OptionTypes {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12}) ?(ms|s|min|m|h|d)");
    private static final Pattern INTERVAL = Pattern.compile("[1-9][0-9]{0,8}(ms|s|m|h)");
    private static final Pattern OFFSET = Pattern.compile("(?:([A-Za-z0-9._-]{1,249}):)?([0-9]{1,9}):([0-9]{1,18})");
    private static final int DATE_LENGTH = "2024-03-01".length();
    private static final String MIDNIGHT = "T00:00:00Z";
    private static final Duration DURATION_MAX = Duration.ofDays(36_500);

    private OptionTypes() {}

    /** One of the enum's constants, written in lower case with dashes. */
    static <E extends Enum<E>> OptionType<E> oneOf(Class<E> type) {
        List<String> values =
                Arrays.stream(type.getEnumConstants()).map(OptionTypes::nameOf).toList();
        return new OptionType<>(String.join(" | ", values), "be " + alternatives(values)) {
            @Override
            E parse(String text, @Nullable E below) {
                for (E constant : type.getEnumConstants()) {
                    if (nameOf(constant).equals(text)) {
                        return constant;
                    }
                }
                throw new InvalidValueException();
            }

            @Override
            public String format(E value) {
                return nameOf(value);
            }

            @Override
            public List<String> values() {
                return values;
            }

            @Override
            ConfigOption<?> toFlink(String key, @Nullable E defaultValue, String description) {
                var typed = ConfigOptions.key(key).enumType(type);
                return (defaultValue == null ? typed.noDefaultValue() : typed.defaultValue(defaultValue))
                        .withDescription(description);
            }
        };
    }

    /** {@code true} or {@code false}; {@code on} and {@code off} are understood. */
    static OptionType<Boolean> trueOrFalse() {
        return new BooleanType("true | false", "be true or false", "true", "false");
    }

    /** {@code on} or {@code off}; {@code true} and {@code false} are understood. */
    static OptionType<Boolean> onOrOff() {
        return new BooleanType("on | off", "be on or off", "on", "off");
    }

    /** A length of time with its unit. */
    static OptionType<Duration> duration(Duration min, Duration max) {
        String range = max.compareTo(DURATION_MAX) >= 0
                ? ", at least " + format(min)
                : ", " + format(min) + " to " + format(max);
        return new OptionType<>(
                "duration",
                "be a whole number and a unit (ms, s, m, h, d)"
                        + (min.isZero() && max.compareTo(DURATION_MAX) >= 0 ? "" : range)) {
            @Override
            Duration parse(String text, @Nullable Duration below) {
                Duration value = parseDuration(text);
                if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                    throw new InvalidValueException();
                }
                return value;
            }

            @Override
            public String format(Duration value) {
                return OptionTypes.format(value);
            }

            @Override
            ConfigOption<?> toFlink(String key, @Nullable Duration defaultValue, String description) {
                var typed = ConfigOptions.key(key).durationType();
                return (defaultValue == null ? typed.noDefaultValue() : typed.defaultValue(defaultValue))
                        .withDescription(description);
            }
        };
    }

    static OptionType<Duration> duration(Duration min) {
        return duration(min, DURATION_MAX);
    }

    /** A positive length of time, or off. */
    static OptionType<IdleTimeout> idleTimeout() {
        return new OptionType<>(
                "duration | off", "be off, or a whole number and a unit (ms, s, m, h, d), at least 1ms") {
            @Override
            IdleTimeout parse(String text, @Nullable IdleTimeout below) {
                if (text.equals("off")) {
                    return IdleTimeout.OFF;
                }
                Duration after = parseDuration(text);
                if (after.isZero()) {
                    throw new InvalidValueException();
                }
                return new IdleTimeout(after);
            }

            @Override
            public String format(IdleTimeout value) {
                return value.after() == null ? "off" : OptionTypes.format(value.after());
            }
        };
    }

    /** A whole number in a range. */
    static OptionType<Integer> integer(int min, int max) {
        String rule = max == Integer.MAX_VALUE
                ? "be a whole number, at least " + min
                : "be a whole number from " + min + " to " + max;
        return new OptionType<>("integer", rule) {
            @Override
            Integer parse(String text, @Nullable Integer below) {
                return parseInteger(text, min, max);
            }

            @Override
            public String format(Integer value) {
                return value.toString();
            }

            @Override
            ConfigOption<?> toFlink(String key, @Nullable Integer defaultValue, String description) {
                var typed = ConfigOptions.key(key).intType();
                return (defaultValue == null ? typed.noDefaultValue() : typed.defaultValue(defaultValue))
                        .withDescription(description);
            }
        };
    }

    /** Records a second, such as {@code 5000/s}. */
    static OptionType<Integer> rate() {
        return new OptionType<>("rate", "be a positive whole number with /s behind it") {
            @Override
            Integer parse(String text, @Nullable Integer below) {
                return parseInteger(
                        text.endsWith("/s") ? text.substring(0, text.length() - 2) : text, 1, Integer.MAX_VALUE);
            }

            @Override
            public String format(Integer value) {
                return value + "/s";
            }
        };
    }

    /** Text that matches a pattern as a whole. */
    static OptionType<String> text(String name, String rule, Pattern pattern) {
        return new OptionType<>(name, rule) {
            @Override
            String parse(String text, @Nullable String below) {
                if (!pattern.matcher(text).matches()) {
                    throw new InvalidValueException();
                }
                return text;
            }

            @Override
            public String format(String value) {
                return value;
            }

            @Override
            boolean takesEmpty() {
                return pattern.matcher("").matches();
            }
        };
    }

    /** A file, a folder or a URI; any text that is not empty. */
    static OptionType<String> path() {
        return text("path", "be a path or a URI", Pattern.compile("[^\\x00-\\x1f]+"));
    }

    /** A file or a folder that this machine has mounted: a URI would be taken for a folder of an odd name. */
    static OptionType<String> mountedPath() {
        return text(
                "path", "be a path of a mounted file system, not a URI", Pattern.compile("(?!\\w+:/)[^\\x00-\\x1f]+"));
    }

    /** Texts in a list, each once. */
    static OptionType<List<String>> list(String name, String rule, Pattern element) {
        return new OptionType<>(name, rule) {
            @Override
            List<String> parse(String text, @Nullable List<String> below) {
                if (text.isEmpty()) {
                    return List.of();
                }
                List<String> values = splitList(text);
                Set<String> once = new HashSet<>();
                for (String value : values) {
                    if (!element.matcher(value).matches()) {
                        throw new InvalidValueException();
                    }
                    if (!once.add(value)) {
                        throw new InvalidValueException("name each entry once ('" + value + "' stands there twice)");
                    }
                }
                return values;
            }

            @Override
            public String format(List<String> value) {
                return joinList(value);
            }

            @Override
            boolean takesEmpty() {
                return true;
            }
        };
    }

    /** Symbols, each once; an empty list means all. */
    static OptionType<List<String>> symbols() {
        return list(
                "list of symbols", "list symbols, separated by commas, each once", Pattern.compile("[^\\x00-\\x1f]+"));
    }

    /** The list of candle intervals. */
    static OptionType<Intervals> intervals() {
        return new OptionType<>(
                "list of intervals",
                "list intervals, separated by commas: whole numbers with ms, s, m or h behind them") {
            @Override
            Intervals parse(String text, @Nullable Intervals below) {
                List<Interval> members = new ArrayList<>();
                for (String part : splitList(text)) {
                    if (!INTERVAL.matcher(part).matches()) {
                        throw new InvalidValueException();
                    }
                    members.add(Interval.parse(part));
                }
                try {
                    return Intervals.of(members);
                } catch (IllegalArgumentException e) {
                    throw new InvalidValueException("name different intervals that are multiples of the finest one");
                }
            }

            @Override
            public String format(Intervals value) {
                return value.toString();
            }
        };
    }

    /** Decimals by symbol pattern. */
    static OptionType<ScaleRules> scales() {
        return new OptionType<>(
                "scales",
                "be decimals from 0 to 18, or a list pattern=decimals with * for any text in a pattern, each once") {
            @Override
            ScaleRules parse(String text, @Nullable ScaleRules below) {
                Map<String, Integer> scales = new LinkedHashMap<>();
                for (String part : split(text, ',')) {
                    List<String> sides = split(part, '=');
                    String pattern =
                            sides.size() == 1 ? "*" : unescape(sides.get(0)).strip();
                    String digits = sides.get(sides.size() - 1).strip();
                    if (sides.size() > 2
                            || pattern.isEmpty()
                            || scales.put(pattern, parseInteger(digits, 0, Instrument.SCALE_MAX)) != null) {
                        throw new InvalidValueException();
                    }
                }
                Integer ofAllOthers = scales.remove("*");
                if (ofAllOthers == null) {
                    if (below == null) {
                        throw new InvalidValueException("have an entry for the pattern *");
                    }
                    ofAllOthers = below.defaultScale();
                }
                return new ScaleRules(
                        scales.entrySet().stream()
                                .map(entry -> new ScaleRules.Entry(entry.getKey(), entry.getValue()))
                                .toList(),
                        ofAllOthers);
            }

            @Override
            public String format(ScaleRules value) {
                if (value.entries().isEmpty()) {
                    return Integer.toString(value.defaultScale());
                }
                StringBuilder text = new StringBuilder();
                for (ScaleRules.Entry entry : value.entries()) {
                    text.append(escape(entry.pattern()))
                            .append('=')
                            .append(entry.scale())
                            .append(',');
                }
                return text.append("*=").append(value.defaultScale()).toString();
            }

            @Override
            boolean takesMapping() {
                return true;
            }
        };
    }

    /** A time in UTC; the value is nanoseconds since the epoch. */
    static OptionType<Long> time() {
        return new TimeType(0);
    }

    /** The end of a range, itself not in it: a date stands for the end of its day, so that a range of dates holds both. */
    static OptionType<Long> timeEnd() {
        return new TimeType(1);
    }

    /** Where reading ends. */
    static OptionType<SourceOffsets> until() {
        return new OffsetsType(
                "never | latest | offsets",
                "be never, latest or a list of partition:offset (topic:partition:offset with several topics)",
                List.of("never", "latest"),
                false);
    }

    /** Where reading starts. */
    static OptionType<SourceOffsets> startOffsets() {
        return new OffsetsType(
                "earliest | latest | time | offsets",
                "be earliest, latest, a time in UTC or a list of partition:offset (topic:partition:offset with several"
                        + " topics)",
                List.of("earliest", "latest"),
                true);
    }

    private static final class OffsetsType extends OptionType<SourceOffsets> {
        private final List<String> words;
        private final boolean takesTime;

        OffsetsType(String name, String rule, List<String> words, boolean takesTime) {
            super(name, rule);
            this.words = words;
            this.takesTime = takesTime;
        }

        @Override
        SourceOffsets parse(String text, @Nullable SourceOffsets below) {
            if (words.contains(text)) {
                return switch (text) {
                    case "never" -> SourceOffsets.NEVER;
                    case "earliest" -> SourceOffsets.EARLIEST;
                    default -> SourceOffsets.LATEST;
                };
            }
            List<SourceOffsets.PartitionOffset> offsets = new ArrayList<>();
            Set<String> once = new HashSet<>();
            for (String part : text.split(",", -1)) {
                Matcher matcher = OFFSET.matcher(part.strip());
                if (!matcher.matches()) {
                    offsets.clear();
                    break;
                }
                String topic = matcher.group(1);
                int partition = Integer.parseInt(matcher.group(2));
                if (!once.add(topic + ":" + partition)) {
                    throw new InvalidValueException(
                            "name each partition once (" + matcher.group() + " is a second time)");
                }
                offsets.add(new SourceOffsets.PartitionOffset(topic, partition, Long.parseLong(matcher.group(3))));
            }
            if (!offsets.isEmpty()) {
                return new SourceOffsets(SourceOffsets.Kind.OFFSETS, 0, offsets);
            }
            if (!takesTime) {
                throw new InvalidValueException();
            }
            return new SourceOffsets(
                    SourceOffsets.Kind.TIMESTAMP, parseInstant(text).toEpochMilli(), List.of());
        }

        @Override
        public String format(SourceOffsets value) {
            return switch (value.kind()) {
                case NEVER, EARLIEST, LATEST -> value.kind().name().toLowerCase(Locale.ROOT);
                case TIMESTAMP -> formatInstant(Instant.ofEpochMilli(value.timestampMillis()));
                case OFFSETS ->
                    String.join(
                            ",", value.offsets().stream().map(Object::toString).toList());
            };
        }

        @Override
        public List<String> values() {
            return words;
        }
    }

    private static final class TimeType extends OptionType<Long> {
        /** What a date without a time stands for: the midnight so many days later. */
        private final int daysLater;

        TimeType(int daysLater) {
            super("time", "be a date or a time in UTC between the years 1678 and 2261");
            this.daysLater = daysLater;
        }

        @Override
        Long parse(String text, @Nullable Long below) {
            Instant instant = parseInstant(text);
            if (text.length() == DATE_LENGTH) {
                instant = instant.plus(Duration.ofDays(daysLater));
            }
            try {
                return Math.addExact(
                        Math.multiplyExact(instant.getEpochSecond(), Interval.SECOND_NANOS), instant.getNano());
            } catch (ArithmeticException e) {
                throw new InvalidValueException();
            }
        }

        @Override
        public String format(Long value) {
            Instant instant = Instant.ofEpochSecond(
                    Math.floorDiv(value, Interval.SECOND_NANOS), Math.floorMod(value, Interval.SECOND_NANOS));
            String text = instant.toString();
            return text.endsWith(MIDNIGHT) ? formatInstant(instant.minus(Duration.ofDays(daysLater))) : text;
        }
    }

    private static final class BooleanType extends OptionType<Boolean> {
        private final String yes;
        private final String no;

        BooleanType(String name, String rule, String yes, String no) {
            super(name, rule);
            this.yes = yes;
            this.no = no;
        }

        @Override
        Boolean parse(String text, @Nullable Boolean below) {
            return switch (text) {
                case "true", "on" -> true;
                case "false", "off" -> false;
                default -> throw new InvalidValueException();
            };
        }

        @Override
        public String format(Boolean value) {
            return value ? yes : no;
        }

        @Override
        public List<String> values() {
            return List.of(yes, no);
        }

        @Override
        boolean isFlag() {
            return true;
        }

        @Override
        ConfigOption<?> toFlink(String key, @Nullable Boolean defaultValue, String description) {
            var typed = ConfigOptions.key(key).booleanType();
            return (defaultValue == null ? typed.noDefaultValue() : typed.defaultValue(defaultValue))
                    .withDescription(description);
        }
    }

    /** The shortest text of a length of time: {@code 90s}, {@code 1m}, {@code 366d}. */
    static String format(Duration value) {
        long millis = value.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % 86_400_000 == 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    private static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            // Nothing needs no unit.
            if (text.equals("0")) {
                return Duration.ZERO;
            }
            throw new InvalidValueException();
        }
        long number = Long.parseLong(matcher.group(1));
        Duration value = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m", "min" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (value.compareTo(DURATION_MAX) > 0) {
            throw new InvalidValueException("be at most " + format(DURATION_MAX));
        }
        return value;
    }

    private static int parseInteger(String text, int min, int max) {
        // More digits than these do not fit; signs and separators are not numbers here.
        if (!text.matches("-?[0-9]{1,12}")) {
            throw new InvalidValueException();
        }
        long value = Long.parseLong(text);
        if (value < min || value > max) {
            throw new InvalidValueException();
        }
        return (int) value;
    }

    private static Instant parseInstant(String text) {
        try {
            return text.length() == DATE_LENGTH
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new InvalidValueException();
        }
    }

    private static String formatInstant(Instant instant) {
        String text = instant.toString();
        return text.endsWith(MIDNIGHT) ? text.substring(0, text.indexOf('T')) : text;
    }

    static String nameOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String alternatives(List<String> values) {
        int last = values.size() - 1;
        return last <= 0
                ? String.join("", values)
                : String.join(", ", values.subList(0, last)) + " or " + values.get(last);
    }

    /** Elements joined by commas; a comma, an equals sign or a backslash in an element stands behind a backslash. */
    static String joinList(List<String> elements) {
        return String.join(",", elements.stream().map(OptionTypes::escape).toList());
    }

    static List<String> splitList(String text) {
        return split(text, ',').stream().map(part -> unescape(part).strip()).toList();
    }

    static String escape(String element) {
        return element.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=");
    }

    private static String unescape(String element) {
        StringBuilder text = new StringBuilder(element.length());
        for (int i = 0; i < element.length(); i++) {
            if (element.charAt(i) == '\\' && i + 1 < element.length()) {
                i++;
            }
            text.append(element.charAt(i));
        }
        return text.toString();
    }

    /** Splits at separators that do not stand behind a backslash, and keeps the backslashes. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == separator) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }
}

package network.iicp.transport.internal;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A path with variables. Ordered so that the more literal of two templates that match the same path comes first; equal when they match
 * the same paths, whatever the names of their variables.
 */
public final class PathTemplate implements Comparable<PathTemplate> {

    private static final int LITERAL_FIRST = -1;

    private final List<String> segments;

    private PathTemplate(List<String> segments) {
        this.segments = segments;
    }

    /**
     * Reads a template.
     *
     * @throws IllegalArgumentException if it does not begin with a slash, or a segment mixes text and braces
     */
    public static PathTemplate of(String template) {
        if (!template.startsWith("/")) {
            throw new IllegalArgumentException("the template '%s' does not begin with /".formatted(template));
        }
        List<String> segments = Arrays.asList(template.substring(1).split("/", -1));
        for (String segment : segments) {
            boolean braces = segment.indexOf('{') >= 0 || segment.indexOf('}') >= 0;
            if (braces && !segment.matches("\\{[A-Za-z_][A-Za-z0-9_]*}")) {
                throw new IllegalArgumentException("the segment '%s' of a template is not {name}".formatted(segment));
            }
        }
        List<String> variables =
                segments.stream().filter(PathTemplate::isVariable).toList();
        if (variables.size() != variables.stream().distinct().count()) {
            throw new IllegalArgumentException("the template '%s' names a variable twice".formatted(template));
        }
        return new PathTemplate(List.copyOf(segments));
    }

    /** Returns the values of the variables, or {@code null} when the decoded path does not match. */
    public @Nullable Map<String, String> match(String path) {
        if (!path.startsWith("/")) {
            return null;
        }
        String[] parts = path.substring(1).split("/", -1);
        if (parts.length != segments.size()) {
            return null;
        }
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < parts.length; i++) {
            String segment = segments.get(i);
            if (isVariable(segment)) {
                if (parts[i].isEmpty()) {
                    return null;
                }
                variables.put(segment.substring(1, segment.length() - 1), parts[i]);
            } else if (!segment.equals(parts[i])) {
                return null;
            }
        }
        return Collections.unmodifiableMap(variables);
    }

    private static boolean isVariable(String segment) {
        return segment.startsWith("{");
    }

    @Override
    public int compareTo(PathTemplate other) {
        int shared = Math.min(segments.size(), other.segments.size());
        for (int i = 0; i < shared; i++) {
            String mine = segments.get(i);
            String theirs = other.segments.get(i);
            if (isVariable(mine) != isVariable(theirs)) {
                return isVariable(mine) ? -LITERAL_FIRST : LITERAL_FIRST;
            }
            int order = isVariable(mine) ? 0 : mine.compareTo(theirs);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(segments.size(), other.segments.size());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PathTemplate template && compareTo(template) == 0;
    }

    @Override
    public int hashCode() {
        return segments.stream()
                .map(segment -> isVariable(segment) ? "{}" : segment)
                .toList()
                .hashCode();
    }

    @Override
    public String toString() {
        return "/" + String.join("/", segments);
    }
}

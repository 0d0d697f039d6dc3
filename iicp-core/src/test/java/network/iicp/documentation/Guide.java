package network.iicp.documentation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A page of the documentation, for tests that compare it with the code. */
public record Guide(String name, List<String> lines) {

    /** Reads a page of the folder {@code docs}. */
    public static Guide read(String name) {
        Path file = Path.of(System.getProperty("basedir", "."), "..", "docs", name);
        try {
            return new Guide(name, Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the rows of the first table below a heading, without its head; code marks and white space around the text of
     * a cell are left out.
     */
    public List<List<String>> table(String heading) {
        int start = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).matches("#+ \\Q" + heading + "\\E")) {
                start = i + 1;
            }
        }
        if (start < 0) {
            throw new AssertionError("docs/%s has no heading '%s'".formatted(name, heading));
        }
        List<List<String>> rows = new ArrayList<>();
        for (String line : lines.subList(start, lines.size())) {
            if (line.startsWith("#") || (!line.startsWith("|") && !rows.isEmpty())) {
                break;
            }
            if (line.startsWith("|")) {
                rows.add(cells(line));
            }
        }
        if (rows.size() < 3) {
            throw new AssertionError("docs/%s has no table below '%s'".formatted(name, heading));
        }
        return rows.subList(2, rows.size());
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        for (String cell : line.substring(1, line.lastIndexOf('|')).split("(?<!\\\\)\\|", -1)) {
            cells.add(cell.strip().replace("`", "").replace("\\|", "|"));
        }
        return cells;
    }
}

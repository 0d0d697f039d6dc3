package network.iicp.samples.guides;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pages of the documentation, for tests that compare them with the code. */
final class Guides {

    /** The folder of the whole project. */
    static final Path PROJECT =
            Path.of(System.getProperty("basedir", "."), "..", "..").normalize();

    private Guides() {}

    /**
     * A fenced block.
     *
     * @param page where it is
     * @param line the line it begins at, from 1
     * @param language what is behind the fence
     * @param lines what it holds
     */
    record Block(String page, int line, String language, List<String> lines) {
        @Override
        public String toString() {
            return page + ":" + line;
        }
    }

    /**
     * A page.
     *
     * @param path where it is, from the folder of the project
     * @param lines its text
     */
    record Page(String path, List<String> lines) {

        private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");

        List<Block> blocks(String language) {
            return blocks().stream()
                    .filter(block -> block.language().equals(language))
                    .toList();
        }

        List<Block> blocks() {
            List<Block> blocks = new ArrayList<>();
            int start = -1;
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).startsWith("```")) {
                    continue;
                }
                if (start < 0) {
                    start = i;
                } else {
                    blocks.add(new Block(
                            path, start + 1, lines.get(start).substring(3).strip(), lines.subList(start + 1, i)));
                    start = -1;
                }
            }
            if (start >= 0) {
                throw new AssertionError("%s:%d: the block has no end".formatted(path, start + 1));
            }
            return blocks;
        }

        /** Returns the lines outside of blocks. */
        List<String> prose() {
            List<String> prose = new ArrayList<>();
            boolean inside = false;
            for (String line : lines) {
                if (line.startsWith("```")) {
                    inside = !inside;
                } else if (!inside) {
                    prose.add(line);
                }
            }
            return prose;
        }

        List<String> links() {
            List<String> links = new ArrayList<>();
            for (String line : prose()) {
                Matcher matcher = LINK.matcher(line);
                while (matcher.find()) {
                    links.add(matcher.group(1));
                }
            }
            return links;
        }

        /** Returns what a link can point to inside the page, made from the headings as GitHub makes it. */
        List<String> anchors() {
            return prose().stream()
                    .filter(line -> line.startsWith("#"))
                    .map(line -> line.replaceFirst("^#+ ", "")
                            .toLowerCase(Locale.ROOT)
                            .replaceAll("[^\\p{L}\\p{N} _-]", "")
                            .replace(' ', '-'))
                    .toList();
        }

        /** Returns the rows of the first table below a heading without its head, cells without code marks. */
        List<List<String>> table(String heading) {
            List<String> prose = prose();
            int start = -1;
            for (int i = 0; i < prose.size(); i++) {
                if (prose.get(i).matches("#+ \\Q" + heading + "\\E")) {
                    start = i + 1;
                }
            }
            if (start < 0) {
                throw new AssertionError("%s has no heading '%s'".formatted(path, heading));
            }
            List<List<String>> rows = new ArrayList<>();
            for (String line : prose.subList(start, prose.size())) {
                if (line.startsWith("#") || (!line.startsWith("|") && !rows.isEmpty())) {
                    break;
                }
                if (line.startsWith("|")) {
                    rows.add(Stream.of(line.substring(1, line.lastIndexOf('|')).split("(?<!\\\\)\\|", -1))
                            .map(cell -> cell.strip().replace("`", "").replace("\\|", "|"))
                            .toList());
                }
            }
            if (rows.size() < 3) {
                throw new AssertionError("%s has no table below '%s'".formatted(path, heading));
            }
            return rows.subList(2, rows.size());
        }
    }

    static Page page(String path) {
        return new Page(path, read(PROJECT.resolve(path)));
    }

    /** Returns the README and every page of the folder docs, decisions included. */
    static List<Page> all() {
        try (Stream<Path> files = Files.walk(PROJECT.resolve("docs"))) {
            List<Page> pages = new ArrayList<>(List.of(page("README.md")));
            files.filter(file -> file.toString().endsWith(".md"))
                    .map(file -> PROJECT.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .map(Guides::page)
                    .forEach(pages::add);
            return pages;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> read(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package network.iicp.samples.quickstart;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Writes the output of the quickstart: indented, wrapped, without colours. Steps that happen while an answer is being written wait until
 * it is complete. Thread-safe.
 */
@Component
final class Screen {

    private static final int WIDTH = 78;
    private static final String MARGIN = "  ";
    private static final String INDENT = "     ";

    private final PrintStream out;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<String> waiting = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean writing;
    private boolean spaced;
    private int column;

    Screen() {
        this(System.out);
    }

    Screen(PrintStream out) {
        this.out = out;
    }

    void blank() {
        print("");
    }

    /** Writes lines at the left margin. */
    void say(String... lines) {
        for (String line : lines) {
            print(MARGIN + line);
        }
    }

    /** Writes a name and what there is to say of it, the second in a column of its own. */
    void fact(String name, String value) {
        print(MARGIN + "%-12s %s".formatted(name, value));
    }

    /** Writes a step on the way of a question. */
    void step(String verb, String text) {
        print(INDENT + "%-9s %s".formatted(verb, text));
    }

    private void print(String line) {
        lock.lock();
        try {
            if (writing) {
                waiting.add(line);
            } else {
                out.println(line);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Writes an answer; a model may have none. */
    void answer(@Nullable String text) {
        more(text == null ? "(no text)" : text);
        end();
    }

    /** Writes the next part of an answer; words are kept together. */
    void more(String text) {
        lock.lock();
        try {
            if (!writing) {
                writing = true;
                out.println();
            }
            text.codePoints().forEach(this::write);
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    /** Completes an answer, and writes what has happened meanwhile. */
    void end() {
        lock.lock();
        try {
            if (!writing) {
                return;
            }
            flushWord();
            newLine();
            writing = false;
            waiting.forEach(out::println);
            waiting.clear();
            out.println();
        } finally {
            lock.unlock();
        }
    }

    private void write(int character) {
        if (character == '\n') {
            flushWord();
            newLine();
        } else if (Character.isWhitespace(character)) {
            flushWord();
            spaced = true;
        } else if (!Character.isISOControl(character)) {
            word.appendCodePoint(character);
            if (word.length() >= WIDTH - INDENT.length()) {
                flushWord();
            }
        }
    }

    private void flushWord() {
        if (word.isEmpty()) {
            return;
        }
        boolean begins = column == 0;
        if (!begins && column + word.length() + (spaced ? 1 : 0) > WIDTH) {
            newLine();
            begins = true;
        }
        String before = begins ? INDENT : gap();
        out.print(before);
        out.print(word);
        column += before.length() + word.length();
        word.setLength(0);
        spaced = false;
    }

    private String gap() {
        return spaced ? " " : "";
    }

    private void newLine() {
        out.println();
        column = 0;
        spaced = false;
    }
}

package network.iicp.cli;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;

/** Whether a person looks at a terminal that can be written to line by line. */
final class Terminal {

    private Terminal() {}

    static boolean isInteractive() {
        String kind = System.getenv("TERM");
        return kind != null && !kind.isBlank() && !kind.equals("dumb") && isTerminal(System.console());
    }

    /** From Java 22 on there is a console without a terminal too, and it says so. */
    private static boolean isTerminal(@org.jspecify.annotations.Nullable Console console) {
        if (console == null) {
            return false;
        }
        try {
            return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException e) {
            return true; // before Java 22 a console is a terminal
        } catch (IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }
}

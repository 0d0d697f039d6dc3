package network.iicp.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Random JSON values from a seed: all types, awkward characters, awkward numbers. */
final class RandomValues {

    private static final String[] PIECES = {
        "a",
        "Z",
        "0",
        " ",
        "\"",
        "\\",
        "/",
        "\n",
        "\t",
        "\r",
        "\b",
        "\f",
        "\u0000",
        "\u001f",
        "\u007f",
        "\u0080",
        "é",
        "ß",
        "\u07ff",
        "\u0800",
        "€",
        "\u2028",
        "\ufb33",
        "\uFEFF",
        "\uFFFD",
        "\uFFFF",
        "\uD83D\uDE00",
        "\uDBFF\uDFFF",
        "\uD800\uDC00",
        "日本語",
        "some longer run of plain text",
        "e\u0301"
    };

    private final SplittableRandom random;

    RandomValues(long seed) {
        random = new SplittableRandom(seed);
    }

    @Nullable
    Object next(int depth) {
        int kinds = depth > 0 ? 10 : 8;
        return switch (random.nextInt(kinds)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt();
            case 3 -> random.nextDouble() * random.nextInt(1_000);
            case 4 -> random.nextLong(1L << 53);
            case 5 -> finite();
            case 6, 7 -> text();
            case 8 -> array(depth);
            default -> object(depth);
        };
    }

    String text() {
        var text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    private double finite() {
        double value = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(value) ? value : 0;
    }

    private Object array(int depth) {
        var list = new ArrayList<@Nullable Object>();
        for (int i = random.nextInt(6); i > 0; i--) {
            list.add(next(depth - 1));
        }
        return list;
    }

    private Object object(int depth) {
        var map = new LinkedHashMap<String, @Nullable Object>();
        for (int i = random.nextInt(6); i > 0; i--) {
            map.put(text(), next(depth - 1));
        }
        return map;
    }
}

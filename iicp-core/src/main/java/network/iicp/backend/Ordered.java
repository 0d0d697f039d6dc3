package network.iicp.backend;

import java.util.LinkedHashMap;
import java.util.Map;

/** JSON objects whose members stay in order: equal requests are equal bytes, and prompt caches know them again. */
final class Ordered {

    private Ordered() {}

    static Map<String, Object> of(String first, Object firstValue, String second, Object secondValue) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(first, firstValue);
        json.put(second, secondValue);
        return json;
    }

    static Map<String, Object> of(
            String first, Object firstValue, String second, Object secondValue, String third, Object thirdValue) {
        Map<String, Object> json = of(first, firstValue, second, secondValue);
        json.put(third, thirdValue);
        return json;
    }
}

package network.iicp.directory.server;

import java.util.Map;

/**
 * What a call is answered with.
 *
 * @param status HTTP status
 * @param json the body
 * @param headers further headers
 */
record Answer(int status, Map<String, Object> json, Map<String, String> headers) {

    static Answer ok(Map<String, Object> json) {
        return new Answer(200, json, Map.of());
    }

    static Answer of(DirectoryRefusal refusal) {
        return new Answer(refusal.status(), refusal.body(), refusal.headers());
    }

    Answer withHeader(String name, String value) {
        Map<String, String> more = new java.util.LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, json, more);
    }
}

package network.iicp.directory.server;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import org.jspecify.annotations.Nullable;

/** A plain client of a directory for tests: what goes over the wire is what the test says. */
final class Http {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String base;
    private final Map<String, String> headers = new LinkedHashMap<>();

    record Reply(int status, Map<String, Object> json, Map<String, List<String>> headers, String text) {

        String string(String name) {
            return String.valueOf(json.get(name));
        }

        Object member(String object, String name) {
            return json.get(object) instanceof Map<?, ?> map ? String.valueOf(map.get(name)) : "";
        }

        String code() {
            return String.valueOf(member("error", "code"));
        }

        String header(String name) {
            return headers.getOrDefault(name, List.of("")).get(0);
        }

        @SuppressWarnings("unchecked")
        List<Map<String, Object>> nodes() {
            return (List<Map<String, Object>>) (List<?>) json.get("nodes");
        }
    }

    Http(String base) {
        this.base = base;
    }

    Http with(String header, String value) {
        Http copy = new Http(base);
        copy.headers.putAll(headers);
        copy.headers.put(header, value);
        return copy;
    }

    Http bearer(String token) {
        return with("Authorization", "Bearer " + token);
    }

    Reply get(String path) {
        return send("GET", path, null);
    }

    Reply post(String path, Map<String, Object> json) {
        return send("POST", path, Json.text(json));
    }

    Reply delete(String path, Map<String, Object> json) {
        return send("DELETE", path, Json.text(json));
    }

    Reply send(String method, String path, @Nullable String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null && !headers.containsKey("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach(request::header);
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
            String text = response.body();
            Map<String, Object> json =
                    text.isEmpty() ? Map.of() : Json.parseObject(text, JsonLimits.DEFAULT.withMaxBytes(1 << 24));
            return new Reply(response.statusCode(), json, response.headers().map(), text);
        } catch (Exception e) {
            throw new AssertionError(method + " " + path + " failed", e);
        }
    }
}

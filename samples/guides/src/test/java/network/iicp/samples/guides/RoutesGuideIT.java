package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A server answers 405 for a method that a path does not take, and says which ones it does; unknown paths are 404. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RoutesGuideIT {

    private static LocalMesh mesh;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private void exists(URI base, String prefix, List<String> row) throws Exception {
        String[] route = row.get(0).split(" ", -1);
        String path = prefix + route[1].replaceAll("\\{[a-z_]+}", "any");
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .version(HttpClient.Version.HTTP_1_1)
                .method("PATCH", HttpRequest.BodyPublishers.noBody())
                .build();

        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());

        assertThat(answer.statusCode()).as(path).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).as(path).hasValueSatisfying(methods -> assertThat(methods)
                .contains(route[0]));
    }

    @Test
    void the_routes_of_the_directory_guide_are_there() throws Exception {
        for (List<String> row : Guides.page("docs/directory.md").table("Routes")) {
            exists(mesh.directoryUrl(), "/v1", row);
            exists(mesh.directoryUrl(), "/api/v1", row);
        }
    }

    @Test
    void the_routes_of_the_provider_guide_are_there() throws Exception {
        for (List<String> row : Guides.page("docs/provider.md").table("Routes")) {
            exists(mesh.nodes().get(0).endpoint(), "", row);
        }
    }
}

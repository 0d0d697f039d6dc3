package network.iicp.samples.quickstart;

import java.net.URI;
import network.iicp.LocalMesh;
import network.iicp.spring.boot.IicpConnectionDetails;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A mesh inside this process, so that the quickstart needs nothing else. With {@code iicp.directory-url} set, this is left out
 * and the application uses the mesh of that directory.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnExpression("'${iicp.directory-url:}'.isBlank()")
class LocalMeshConfiguration {

    @Bean
    Engine engine(@Value("${quickstart.ollama-url}") URI ollama) {
        return Engine.find(ollama);
    }

    @Bean(destroyMethod = "close")
    LocalMesh mesh(Engine engine) {
        return LocalMesh.start(mesh -> mesh.node(engine.open(), node -> node.nodeId("alpha"))
                .node(engine.open(), node -> node.nodeId("beta")));
    }

    /** Takes the place of the property {@code iicp.directory-url}. */
    @Bean
    IicpConnectionDetails directory(LocalMesh mesh) {
        return mesh::directoryUrl;
    }
}

/**
 * Auto-configuration of IICP in Spring Boot applications, switched on by the jar itself and off by
 * {@code iicp.enabled=false}.
 *
 * <ul>
 *   <li>{@link network.iicp.spring.boot.IicpClientAutoConfiguration} gives the client; {@code iicp.directory-url}, or a
 *       bean of {@link network.iicp.spring.boot.IicpConnectionDetails}, says where its mesh is. There is no default for
 *       that.
 *   <li>{@link network.iicp.spring.boot.IicpChatAutoConfiguration},
 *       {@link network.iicp.spring.boot.IicpEmbeddingAutoConfiguration},
 *       {@link network.iicp.spring.boot.IicpModerationAutoConfiguration},
 *       {@link network.iicp.spring.boot.IicpTranscriptionAutoConfiguration},
 *       {@link network.iicp.spring.boot.IicpTextToSpeechAutoConfiguration} and
 *       {@link network.iicp.spring.boot.IicpLangChain4jAutoConfiguration} give the models of Spring AI and LangChain4j,
 *       for what of them is on the class path.
 *   <li>{@link network.iicp.spring.boot.IicpNodeAutoConfiguration} serves models to the mesh with
 *       {@code iicp.node.enabled=true}, run by {@link network.iicp.spring.boot.IicpNodeLifecycle}. Beans marked with
 *       {@link network.iicp.spring.boot.IicpHandler} serve intents of the application's own.
 *   <li>{@link network.iicp.spring.boot.IicpHealthAutoConfiguration} tells the health endpoint of directory and node.
 *   <li>{@link network.iicp.spring.boot.IicpObservabilityAutoConfiguration} measures client and node in the application's
 *       meter registry, and observes calls.
 * </ul>
 *
 * <p>Everything steps back for beans of the application. The records of properties are those of the namespaces
 * {@code iicp} and {@code spring.ai.iicp}.
 */
@NullMarked
package network.iicp.spring.boot;

import org.jspecify.annotations.NullMarked;

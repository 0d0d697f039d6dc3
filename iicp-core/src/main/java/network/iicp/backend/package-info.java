/**
 * The engines behind a node.
 *
 * <ul>
 *   <li>{@link network.iicp.backend.OpenAiDialectBackend} passes tasks to a server of the OpenAI dialect: Ollama, vLLM,
 *       llama.cpp, LM Studio, hosted services.
 *   <li>{@link network.iicp.backend.DemoBackend} answers by fixed rules, without a model: for demonstrations and tests.
 * </ul>
 *
 * Both are {@link network.iicp.spi.InferenceBackend}s: the node asks them what they serve and how they are, and hands them
 * tasks with a deadline and a way to stream and to cancel.
 */
@NullMarked
package network.iicp.backend;

import org.jspecify.annotations.NullMarked;

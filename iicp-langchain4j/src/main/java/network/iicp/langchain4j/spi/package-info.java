/**
 * Where frameworks hook in: a factory found by {@link java.util.ServiceLoader} gives the builders that
 * {@code IicpChatModel.builder()} and its siblings return, for example with a client already set.
 */
@NullMarked
package network.iicp.langchain4j.spi;

import org.jspecify.annotations.NullMarked;

package network.iicp.spring.boot;

import network.iicp.IicpClient;

/**
 * Changes the client that is set up. Beans of this type are called in order, after the properties have been applied.
 */
@FunctionalInterface
public interface IicpClientBuilderCustomizer {

    /** Changes the builder. */
    void customize(IicpClient.Builder builder);
}

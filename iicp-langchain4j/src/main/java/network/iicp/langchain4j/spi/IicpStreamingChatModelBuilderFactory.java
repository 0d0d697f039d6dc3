package network.iicp.langchain4j.spi;

import java.util.function.Supplier;
import network.iicp.langchain4j.IicpStreamingChatModel;

/** Gives the builder that {@link IicpStreamingChatModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
@FunctionalInterface
public interface IicpStreamingChatModelBuilderFactory extends Supplier<IicpStreamingChatModel.Builder> {}

package network.iicp.langchain4j.spi;

import java.util.function.Supplier;
import network.iicp.langchain4j.IicpChatModel;

/** Gives the builder that {@link IicpChatModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
@FunctionalInterface
public interface IicpChatModelBuilderFactory extends Supplier<IicpChatModel.Builder> {}

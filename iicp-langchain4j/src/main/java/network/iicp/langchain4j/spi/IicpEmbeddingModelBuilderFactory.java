package network.iicp.langchain4j.spi;

import java.util.function.Supplier;
import network.iicp.langchain4j.IicpEmbeddingModel;

/** Gives the builder that {@link IicpEmbeddingModel#builder()} returns; found by {@link java.util.ServiceLoader}. */
@FunctionalInterface
public interface IicpEmbeddingModelBuilderFactory extends Supplier<IicpEmbeddingModel.Builder> {}

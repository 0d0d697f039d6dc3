package network.iicp.langchain4j;

import dev.langchain4j.model.embedding.response.EmbeddingResponseMetadata;
import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import org.jspecify.annotations.Nullable;

/** What LangChain4j says about embeddings, and where they came from. Immutable and thread-safe. */
public final class IicpEmbeddingResponseMetadata extends EmbeddingResponseMetadata {

    private final List<Provenance> provenances;

    private IicpEmbeddingResponseMetadata(Builder builder) {
        super(builder);
        this.provenances = List.copyOf(builder.provenances);
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns which nodes answered, one entry for each batch, in order. */
    public List<Provenance> provenances() {
        return provenances;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpEmbeddingResponseMetadata that
                && super.equals(that)
                && provenances.equals(that.provenances);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), provenances);
    }

    @Override
    public String toString() {
        return "IicpEmbeddingResponseMetadata{%s, %s}".formatted(super.toString(), provenances);
    }

    /** Collects metadata step by step. Not thread-safe. */
    public static final class Builder extends EmbeddingResponseMetadata.Builder<Builder> {

        private List<Provenance> provenances = List.of();

        private Builder() {}

        /** Sets where the embeddings came from, one entry for each batch. */
        public Builder provenances(List<Provenance> origins) {
            provenances = origins;
            return this;
        }

        /** Returns the metadata. */
        @Override
        public IicpEmbeddingResponseMetadata build() {
            return new IicpEmbeddingResponseMetadata(this);
        }
    }
}

package network.iicp.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import org.jspecify.annotations.Nullable;

/**
 * What LangChain4j says about an answer, and where it came from. Immutable and thread-safe.
 *
 * <pre>{@code
 * if (response.metadata() instanceof IicpChatResponseMetadata metadata) {
 *     System.out.println(metadata.provenance());   // node 3f2a91c0 · model llama3:8b · encrypted · streamed · attempts 1
 * }
 * }</pre>
 */
public final class IicpChatResponseMetadata extends ChatResponseMetadata {

    private final Provenance provenance;

    private IicpChatResponseMetadata(Builder builder) {
        super(builder);
        this.provenance = Objects.requireNonNull(builder.provenance, "provenance");
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns which node answered, how the answer travelled and what was tried before. */
    public Provenance provenance() {
        return provenance;
    }

    @Override
    public Builder toBuilder() {
        Builder copy = builder().provenance(provenance);
        super.toBuilder(copy);
        return copy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpChatResponseMetadata that
                && super.equals(that)
                && provenance.equals(that.provenance);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), provenance);
    }

    @Override
    public String toString() {
        return "IicpChatResponseMetadata{%s, %s}".formatted(super.toString(), provenance);
    }

    /** Collects metadata step by step. Not thread-safe. */
    public static final class Builder extends ChatResponseMetadata.Builder<Builder> {

        private @Nullable Provenance provenance;

        private Builder() {}

        /** Sets where the answer came from. */
        public Builder provenance(Provenance origin) {
            provenance = origin;
            return this;
        }

        /**
         * Returns the metadata.
         *
         * @throws NullPointerException if the provenance is not set
         */
        @Override
        public IicpChatResponseMetadata build() {
            return new IicpChatResponseMetadata(this);
        }
    }
}

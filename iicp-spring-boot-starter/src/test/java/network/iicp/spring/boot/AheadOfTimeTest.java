package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

/** What Spring prepares for native images. The models and the client themselves need no reflection. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AheadOfTimeTest {

    @Test
    void the_whole_configuration_can_be_processed_ahead_of_time() {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        TestPropertyValues.of(
                        "iicp.directory-url=http://127.0.0.1:9480/api",
                        "iicp.node.enabled=true",
                        "iicp.node.backend.type=demo")
                .applyTo(context);
        context.register(
                IicpClientAutoConfiguration.class,
                IicpNodeAutoConfiguration.class,
                IicpChatAutoConfiguration.class,
                IicpEmbeddingAutoConfiguration.class,
                IicpModerationAutoConfiguration.class,
                IicpTranscriptionAutoConfiguration.class,
                IicpTextToSpeechAutoConfiguration.class,
                IicpLangChain4jAutoConfiguration.class,
                IicpHealthAutoConfiguration.class);
        InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
        DefaultGenerationContext generation = new DefaultGenerationContext(
                new ClassNameGenerator(ClassName.get("network.iicp.spring.boot", "Application")), files);

        new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
        generation.writeGeneratedContent();

        assertThat(files.getGeneratedFiles(GeneratedFiles.Kind.SOURCE))
                .anySatisfy((name, content) -> assertThat(name).contains("IicpClientAutoConfiguration"));
        RuntimeHints hints = generation.getRuntimeHints();
        for (Class<?> bound : new Class<?>[] {
            IicpProperties.class,
            IicpProperties.Client.class,
            IicpProperties.Timeouts.class,
            IicpNodeProperties.class,
            IicpNodeProperties.Backend.class,
            IicpChatProperties.class,
            IicpEmbeddingProperties.class,
            IicpModerationProperties.class,
            IicpTranscriptionProperties.class,
            IicpTextToSpeechProperties.class,
            IicpLangChain4jProperties.Plain.class,
            IicpLangChain4jProperties.Speech.class,
            IicpLangChain4jProperties.Chat.class,
            IicpLangChain4jProperties.Embedding.class
        }) {
            assertThat(RuntimeHintsPredicates.reflection().onType(bound))
                    .as(bound.getSimpleName())
                    .accepts(hints);
        }
    }
}

package network.iicp.spring.boot;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which intents a {@link network.iicp.spi.TaskHandler} bean serves, on its class or on the {@code @Bean} method.
 *
 * <pre>{@code
 * @Bean
 * @IicpHandler("urn:iicp:intent:x.acme:invoice-classify:v1")
 * TaskHandler invoices(InvoiceClassifier classifier) {
 *     return task -> classifier.classify(task.task().payload());
 * }
 * }</pre>
 *
 * <p>Unless {@code iicp.node.authentication} says otherwise, callers of such handlers need a token for the node.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface IicpHandler {

    /** The intents, as URNs; at least one. */
    String[] value();

    /** The models it serves; none when it does not choose between models. */
    String[] models() default {};

    /** Whether it sends parts of its results as they come. */
    boolean streaming() default false;
}

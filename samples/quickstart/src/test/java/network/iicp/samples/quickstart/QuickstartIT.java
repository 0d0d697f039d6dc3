package network.iicp.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class QuickstartIT {

    private static final String NO_OLLAMA = "--quickstart.ollama-url=http://127.0.0.1:1";

    @TempDir
    Path folder;

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class When_no_Ollama_answers {

        private Program program;

        @BeforeAll
        void run(@TempDir Path folder) throws Exception {
            program = Program.run(folder, NO_OLLAMA);
        }

        @Test
        void the_tour_goes_through_the_mesh_loses_a_node_and_ends_well() {
            assertThat(program.exitCode()).isZero();
            assertThat(program.errors()).isEmpty();
            assertThat(program.steps())
                    .containsExactly(
                            "discover 1 node, named by a ticket",
                            "select alpha, first choice",
                            "submit to alpha, encrypted",
                            "answer from alpha after N ms",
                            "discover 2 nodes, named by the directory",
                            "select alpha, first choice",
                            "submit to alpha, encrypted, as a stream",
                            "stream from alpha after N ms",
                            "answer from alpha after N ms",
                            "discover 1 node, remembered",
                            "select alpha, first choice",
                            "(stop) the demonstration stops alpha here",
                            "submit to alpha, encrypted",
                            "fail at alpha after N ms: network error",
                            "discover 1 node, named by a ticket",
                            "select beta, failover",
                            "submit to beta, encrypted",
                            "answer from beta after N ms");
        }

        @Test
        void it_says_that_a_demo_answers() {
            assertThat(program.output())
                    .contains("  No Ollama answers at http://127.0.0.1:1. Both nodes serve the demo engine instead.")
                    .contains("  It is no language model: its answers follow fixed rules.")
                    .anyMatch(line -> line.matches(" {2}directory {4}http://127\\.0\\.0\\.1:\\d+/api"))
                    .anyMatch(line -> line.matches(" {2}node alpha {3}http://127\\.0\\.0\\.1:\\d+ {2}iicp-demo"))
                    .anyMatch(line -> line.matches(" {2}node beta {4}http://127\\.0\\.0\\.1:\\d+ {2}iicp-demo"));
            assertThat(String.join(" ", program.output()).split("the demo engine: no language model", -1))
                    .hasSize(4);
        }

        @Test
        void the_output_is_plain_text_that_fits_a_terminal() {
            assertThat(program.output()).isNotEmpty().allSatisfy(line -> assertThat(line)
                    .matches("[ -~]*")
                    .hasSizeLessThan(100)
                    .doesNotEndWith(" ")
                    .doesNotContain("WARN", "ERROR", "INFO"));
        }
    }

    @Nested
    class When_an_Ollama_answers {

        @Test
        void both_nodes_serve_its_model() throws Exception {
            try (FakeOllama ollama = FakeOllama.with("nomic-embed-text:latest", "tiny:latest")) {
                Program program = Program.run(folder, "--quickstart.ollama-url=" + ollama.url());

                assertThat(program.exitCode()).isZero();
                assertThat(program.output())
                        .contains("  Both nodes serve the model tiny:latest of the Ollama at " + ollama.url() + ".");
                assertThat(program.steps()).last().isEqualTo("answer from beta after N ms");
                assertThat(program.output().stream().filter(line -> line.strip().equals(FakeOllama.TEXT)))
                        .hasSize(3);
            }
        }

        @Test
        void one_without_a_model_for_chats_is_not_used() throws Exception {
            try (FakeOllama ollama = FakeOllama.with("nomic-embed-text:latest")) {
                Program program = Program.run(folder, "--quickstart.ollama-url=" + ollama.url());

                assertThat(program.exitCode()).isZero();
                assertThat(program.output())
                        .contains("  The Ollama at %s has no model for chats. Both nodes serve the demo engine instead."
                                .formatted(ollama.url()));
            }
        }
    }

    @Nested
    class When_a_directory_is_configured {

        @Test
        void its_mesh_is_asked_and_none_is_started() throws Exception {
            try (LocalMesh mesh =
                    LocalMesh.start(setup -> setup.node(DemoBackend.create(), node -> node.nodeId("gamma")))) {
                Program program = Program.run(folder, "--iicp.directory-url=" + mesh.directoryUrl());

                assertThat(program.exitCode()).isZero();
                assertThat(program.output())
                        .contains("  directory    " + mesh.directoryUrl())
                        .noneMatch(line -> line.contains("alpha"));
                assertThat(program.steps())
                        .filteredOn(step -> step.startsWith("answer"))
                        .hasSize(2)
                        .allMatch(step -> step.startsWith("answer from gamma"));
            }
        }

        @Test
        void one_that_does_not_answer_ends_the_program_with_an_error() throws Exception {
            Program program = Program.run(folder, "--iicp.directory-url=http://127.0.0.1:1/api");

            assertThat(program.exitCode()).isEqualTo(1);
            assertThat(String.join("\n", program.output())).contains("127.0.0.1:1");
        }
    }
}

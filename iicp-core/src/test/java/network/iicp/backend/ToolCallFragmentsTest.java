package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.BackendException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ToolCallFragmentsTest {

    private final ToolCallFragments fragments = new ToolCallFragments("call_x_");

    /** Feeds one list of fragments after the other and returns all that is passed on, with single quotes. */
    private String pass(String... lists) {
        List<Object> all = new ArrayList<>();
        for (String list : lists) {
            all.addAll(fragments.normalized((List<?>) Json.parse(list.replace('\'', '"'), JsonLimits.DEFAULT)));
        }
        return Json.text(all).replace('"', '\'').replace("\\'", "'");
    }

    @Test
    void of_one_call_as_openai_sends_them_stay_as_they_are() {
        assertThat(pass(
                        "[{'index':0,'id':'a','type':'function','function':{'name':'f','arguments':''}}]",
                        "[{'index':0,'function':{'arguments':'{'}}]",
                        "[{'index':0,'function':{'arguments':'}'}}]"))
                .isEqualTo("[{'index':0,'id':'a','type':'function','function':{'name':'f','arguments':''}},"
                        + "{'index':0,'function':{'arguments':'{'}},{'index':0,'function':{'arguments':'}'}}]");
    }

    @Test
    void with_blank_or_repeated_ids_and_names_carry_them_once() {
        assertThat(pass(
                        "[{'index':0,'id':'a','function':{'name':'f','arguments':'{'}}]",
                        "[{'index':0,'id':'','function':{'name':'','arguments':'1'}}]",
                        "[{'index':0,'id':'a','function':{'name':'f','arguments':'}'}}]",
                        "[{'index':0,'id':null,'type':null,'function':{'name':null,'arguments':null}}]"))
                .isEqualTo("[{'index':0,'id':'a','type':'function','function':{'name':'f','arguments':'{'}},"
                        + "{'index':0,'function':{'arguments':'1'}},{'index':0,'function':{'arguments':'}'}}]");
    }

    @Test
    void of_parallel_calls_are_kept_apart() {
        assertThat(pass(
                        "[{'index':0,'id':'a','function':{'name':'f','arguments':''}},{'index':1,'id':'b','function':{'name':'g','arguments':''}}]",
                        "[{'index':1,'function':{'arguments':'2'}},{'index':0,'function':{'arguments':'1'}}]"))
                .contains("{'index':1,'function':{'arguments':'2'}},{'index':0,'function':{'arguments':'1'}}");
    }

    @Test
    void with_the_same_index_for_every_call_are_told_apart_by_id_and_name() {
        assertThat(pass(
                        "[{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}]",
                        "[{'index':0,'id':'b','function':{'name':'g','arguments':'{'}}]",
                        "[{'index':0,'function':{'arguments':'}'}}]"))
                .isEqualTo("[{'index':0,'id':'a','type':'function','function':{'name':'f','arguments':'{}'}},"
                        + "{'index':1,'id':'b','type':'function','function':{'name':'g','arguments':'{'}},"
                        + "{'index':1,'function':{'arguments':'}'}}]");
    }

    @Test
    void without_index_continue_the_call_with_their_id_or_the_last_one() {
        assertThat(pass(
                        "[{'id':'a','function':{'name':'f','arguments':''}},{'id':'b','function':{'name':'g','arguments':''}}]",
                        "[{'function':{'arguments':'2'}},{'id':'a','function':{'arguments':'1'}}]"))
                .endsWith("{'index':1,'function':{'arguments':'2'}},{'index':0,'function':{'arguments':'1'}}]");
    }

    @Test
    void of_calls_without_id_get_one() {
        assertThat(
                        pass(
                                "[{'index':3,'function':{'name':'f','arguments':{'x':1}}},{'index':5,'function':{'name':'g'}}]"))
                .isEqualTo(
                        "[{'index':0,'id':'call_x_0','type':'function','function':{'name':'f','arguments':'{'x':1}'}},"
                                + "{'index':1,'id':'call_x_1','type':'function','function':{'name':'g','arguments':''}}]");
    }

    @Test
    void may_bring_the_name_late() {
        assertThat(pass(
                        "[{'index':0,'id':'a','function':{'arguments':''}}]",
                        "[{'index':0,'function':{'name':'f','arguments':''}}]"))
                .endsWith("{'index':0,'function':{'name':'f','arguments':''}}]");
    }

    @Test
    void that_are_no_objects_are_left_out() {
        assertThat(pass("[1,null,'x',[]]")).isEqualTo("[]");
        assertThat(fragments.isPresent()).isFalse();
    }

    @Test
    void of_too_many_calls_are_refused() {
        List<Object> many = new ArrayList<>();
        for (int i = 0; i <= ToolCallFragments.MOST_CALLS; i++) {
            many.add(Map.of("index", i, "id", "id" + i, "function", Map.of("name", "f", "arguments", "")));
        }
        assertThatThrownBy(() -> fragments.normalized(many)).isInstanceOf(BackendException.class);
    }

    @Test
    void that_are_whole_get_ids_and_arguments_as_text() {
        Object calls = Json.parse(
                "[{\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}},{\"id\":\"\",\"type\":\"function\",\"function\":{\"name\":\"g\"}},{\"id\":\"k\",\"function\":{\"name\":\"h\",\"arguments\":\"{}\"}},7]",
                JsonLimits.DEFAULT);
        assertThat(Json.text(ToolCallFragments.whole((List<?>) calls, "call_y_")))
                .isEqualTo(
                        "[{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"},\"id\":\"call_y_0\",\"type\":\"function\"},"
                                + "{\"id\":\"call_y_1\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}},"
                                + "{\"id\":\"k\",\"function\":{\"name\":\"h\",\"arguments\":\"{}\"},\"type\":\"function\"}]");
    }
}

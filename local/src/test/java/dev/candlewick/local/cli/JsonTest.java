package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class JsonTest {

    @Test
    void keepsEveryDigitAndTheOrder() {
        var fields = Json.object(
                bytes("{\"p\":0.10000000000000000000001,\"n\":123456789012345678901234567890,\"s\":\"a\\u00e9\","
                        + "\"x\":null,\"b\":true,\"o\":{\"k\":[1.50,\"q\"]}}"));
        assertThat(fields).isNotNull();
        assertThat(fields.keySet()).containsExactly("p", "n", "s", "x", "b", "o");
        assertThat(fields.get("p")).isEqualTo(new Json.Value("0.10000000000000000000001", Json.Kind.NUMBER));
        assertThat(fields.get("n")).isEqualTo(new Json.Value("123456789012345678901234567890", Json.Kind.NUMBER));
        assertThat(fields.get("s")).isEqualTo(new Json.Value("aé", Json.Kind.STRING));
        assertThat(fields.get("x")).isEqualTo(new Json.Value("", Json.Kind.NULL));
        assertThat(fields.get("b")).isEqualTo(new Json.Value("true", Json.Kind.BOOLEAN));
        assertThat(fields.get("o")).isEqualTo(new Json.Value("{\"k\":[1.50,\"q\"]}", Json.Kind.NESTED));
    }

    @Test
    void takesNothingButOneObject() {
        for (String text : new String[] {
            "",
            "1",
            "[]",
            "{",
            "{}{}",
            "{} x",
            "{\"a\":1,\"a\":2}",
            "{\"a\":}",
            "null",
            "{\"a\":[1}",
            "{\"a\":{\"b\":1}"
        }) {
            assertThat(Json.object(bytes(text))).as(text).isNull();
        }
        assertThat(Json.object(bytes(" {} "))).isEmpty();
    }

    @Test
    void putsAnythingOnOneLine() {
        assertThat(Json.oneLine(bytes("{\n \"a\" : [ 1.10 ,\n {\"b\":null} ]\n}")))
                .isEqualTo("{\"a\":[1.10,{\"b\":null}]}");
        assertThat(Json.oneLine(bytes("3.0"))).isEqualTo("3.0");
        assertThat(Json.oneLine(bytes("1 2"))).isNull();
        assertThat(Json.oneLine(bytes("a,b,c"))).isNull();
        assertThat(Json.oneLine(new byte[0])).isNull();
    }

    @Test
    void readsArraysOfObjects() {
        assertThat(Json.objects(bytes("[{\"a\":1},{}]"))).hasSize(2);
        assertThat(Json.objects(bytes("[1]"))).isNull();
        assertThat(Json.objects(bytes("{}"))).isNull();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

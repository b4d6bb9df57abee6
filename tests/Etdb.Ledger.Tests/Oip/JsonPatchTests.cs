using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Tests.Oip;

/// <summary>RFC 6901 section 5, RFC 6902 appendix A, and the corners around them.</summary>
public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"baz":"qux","foo":"bar"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo","foo":"bar"}""")]
    [InlineData("""{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}""", """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""", """{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}""")]
    [InlineData("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [InlineData("""{"baz":"qux","foo":["a",2,"c"]}""", """[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]""", """{"baz":"qux","foo":["a",2,"c"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"test","path":"/baz","value":"bar"}]""", null)]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/child","value":{"grandchild":{}}}]""", """{"foo":"bar","child":{"grandchild":{}}}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux","xyz":123}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz/bat","value":"qux"}]""", null)]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"/":9,"~1":10}""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":"10"}]""", null)]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc","def"]}]""", """{"foo":["bar",["abc","def"]]}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"move","from":"/a","path":"/a/b"}]""", null)]
    [InlineData("""{"a":1}""", """[{"op":"move","from":"/a","path":"/a"}]""", """{"a":1}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/01","value":2}]""", null)]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/2","value":2}]""", null)]
    [InlineData("""{"a":[1]}""", """[{"op":"replace","path":"/a/-","value":2}]""", null)]
    [InlineData("""{"a":null}""", """[{"op":"test","path":"/a","value":null},{"op":"replace","path":"/a","value":1.0}]""", """{"a":1.0}""")]
    [InlineData("""{"a":1}""", """[{"op":"remove","path":"/b"}]""", null)]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a","value":2},{"op":"remove","path":"/b"}]""", null)]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""")]
    public void Patches_apply_as_the_RFC_says(string document, string patch, string? expected)
    {
        var before = JsonNode.Parse(document)!.AsObject();
        var after = JsonPatch.TryParse(JsonDocument.Parse(patch).RootElement)!.TryApply(before);
        Assert.True(expected is null ? after is null : JsonNode.DeepEquals(JsonNode.Parse(expected), after), after?.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(document), before));
    }

    [Theory]
    [InlineData("""[{"op":"add","path":"/a"}]""")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a~2","value":1}]""")]
    [InlineData("""[{"op":"spam","path":"/a","value":1}]""")]
    [InlineData("""[{"op":"copy","path":"/a"}]""")]
    [InlineData("""[1]""")]
    [InlineData("\"test1234\"")]
    [InlineData("""{"spam":[]}""")]
    [InlineData("""{"add":[{"path":"/a"}]}""")]
    public void What_is_no_patch_is_not_read(string patch) => Assert.Null(JsonPatch.TryParse(JsonDocument.Parse(patch).RootElement));

    [Theory]
    [InlineData("", """{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}""")]
    [InlineData("/foo/0", "\"bar\"")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/c%d", "2")]
    [InlineData("/e^f", "3")]
    [InlineData("/g|h", "4")]
    [InlineData("/i\\j", "5")]
    [InlineData("/k\"l", "6")]
    [InlineData("/ ", "7")]
    [InlineData("/m~0n", "8")]
    public void Pointers_find_what_the_RFC_says(string path, string expected)
    {
        var document = JsonNode.Parse("""{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}""");
        Assert.True(JsonPointer.TryParse(path)!.TryFind(document, out var value));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), value));
    }

    // RFC 8785: the example of section 3.2.4 and numbers of appendix B.
    [Fact]
    public void Canonical_form_is_that_of_the_RFC()
    {
        var value = JsonDocument.Parse(
            """{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}""").RootElement;
        Assert.Equal(
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
            CanonicalJson.Serialize(value));
    }

    [Theory]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Numbers_are_spelled_as_the_RFC_says(string bits, string expected) =>
        Assert.Equal(expected, JsonText.Number(BitConverter.Int64BitsToDouble(Convert.ToInt64(bits, 16))));

    [Fact]
    public void Members_sort_by_code_units_and_huge_integers_have_no_form()
    {
        Assert.Equal(
            "{\"\":1,\"A\":2,\"a\":3,\"\u20ac\":4,\"\ud83d\ude00\":5,\"\ufb33\":6}",
            CanonicalJson.Serialize(JsonDocument.Parse("""{"\ufb33":6,"\ud83d\ude00":5,"\u20ac":4,"a":3,"A":2,"":1}""").RootElement));
        Assert.Null(CanonicalJson.Digest(JsonDocument.Parse("[9007199254740993]").RootElement));
        Assert.Null(CanonicalJson.Digest(JsonDocument.Parse("[1e400]").RootElement));
    }
}

using System.Text;
using Carillon.Wire;

namespace Carillon.Tests.Wire;

public sealed class XmlFormTests
{
    [Theory]
    [InlineData("<xml/>", "{}")]
    [InlineData("<xml></xml>", "{}")]
    [InlineData("<xml><a/></xml>", "{\"a\":null}")]
    [InlineData("<xml><a>1</a><a>2</a></xml>", "{\"a\":[\"1\",\"2\"]}")]
    [InlineData("<xml><a/><a/></xml>", "{\"a\":[null,null]}")]
    [InlineData("<xml><a>1</a><b/><a>2</a><a>3</a></xml>", "{\"a\":[\"1\",\"2\",\"3\"],\"b\":null}")]
    [InlineData("<xml><a array='true'/></xml>", "{\"a\":[]}")]
    [InlineData("<xml><a array='true'></a></xml>", "{\"a\":[null]}")]
    [InlineData("<xml><a array='true'>1</a></xml>", "{\"a\":[\"1\"]}")]
    [InlineData("<xml><a array ='true'>1</a></xml>", "{\"a\":[\"1\"]}")]
    [InlineData("<xml><a array='TRUE'>1</a></xml>", "{\"a\":[\"1\"]}")]
    [InlineData("<xml><a array='false'>1</a></xml>", "{\"a\":\"1\"}")]
    [InlineData("<xml><a array='true'>1</a><a array='true'>2</a></xml>", "{\"a\":[\"1\",\"2\"]}")]
    [InlineData("<xml><a>1</a><a array='true'>2</a></xml>", "{\"a\":[\"1\",\"2\"]}")]
    [InlineData("<xml><a array='true'><b>1</b></a></xml>", "{\"a\":[{\"b\":\"1\"}]}")]
    [InlineData("<xml><a><![CDATA[<b>&amp;]]></a></xml>", "{\"a\":\"\\u003Cb\\u003E\\u0026amp;\"}")]
    [InlineData("<xml><a>x<![CDATA[y]]>z</a></xml>", "{\"a\":\"xyz\"}")]
    [InlineData("<xml><!-- c --><a>x<!-- c -->y</a><?p i?></xml>", "{\"a\":\"xy\"}")]
    [InlineData("<?xml version='1.0' encoding='UTF-8'?>\n<!-- c -->\n<xml> <a> x </a>\n</xml>\n", "{\"a\":\" x \"}")]
    [InlineData("<n:xml xmlns:n='urn:x' xmlns='urn:y'><n:a>1</n:a><b>2</b></n:xml>", "{\"a\":\"1\",\"b\":\"2\"}")]
    [InlineData("<xml a='1' b='2'><a c='3'>&lt;&#65;&gt;</a></xml>", "{\"a\":\"\\u003CA\\u003E\"}")]
    public void Xml_gives_the_tree_of_the_same_request_in_json(string xml, string json) =>
        XmlInput.Read(Encoding.UTF8.GetBytes(xml)).Root!.ToJsonString().ShouldBe(json);
}

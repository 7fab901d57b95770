using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Query;

namespace Carillon.Tests.Query;

/// <summary>MongoDB's way in the corners, one line each. Where a line is marked, SqlTests and MingoTests meet the same ground at random.</summary>
public sealed class FilterTests
{
    [Theory]
    // Equality, null and what is missing
    [InlineData("""{"a":1}""", """{"a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":1.0}""", true)]
    [InlineData("""{"a":1}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":true}""", """{"a":1}""", false)]
    [InlineData("""{"a":null}""", """{}""", true)]
    [InlineData("""{"a":null}""", """{"a":null}""", true)]
    [InlineData("""{"a":null}""", """{"a":0}""", false)]
    [InlineData("""{"a":{"$ne":null}}""", """{}""", false)]
    [InlineData("""{"a":{"$ne":1}}""", """{}""", true)]
    [InlineData("""{"a":{"$exists":true}}""", """{"a":null}""", true)]
    [InlineData("""{"a":{"$exists":0}}""", """{"b":1}""", true)]
    [InlineData("""{"a":{"$gte":null}}""", """{}""", true)]
    [InlineData("""{"a":{"$gt":null}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$in":[]}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$nin":[]}}""", """{"a":1}""", true)]
    // Comparing
    [InlineData("""{"a":{"$gt":5}}""", """{"a":"6"}""", false)]
    [InlineData("""{"a":{"$not":{"$gt":5}}}""", """{"a":"6"}""", true)]
    [InlineData("""{"a":{"$lt":"b"}}""", """{"a":"a"}""", true)]
    [InlineData("""{"a":{"$lt":"Ａ"}}""", """{"a":"😀"}""", false)]
    [InlineData("""{"a":{"$gt":9007199254740992}}""", """{"a":9007199254740993}""", true)]
    [InlineData("""{"a":{"$gt":9223372036854775807}}""", """{"a":9223372036854775808}""", true)]
    [InlineData("""{"a":{"$lt":-9223372036854775808}}""", """{"a":-1e300}""", true)]
    [InlineData("""{"a":{"$gt":2}}""", """{"a":2.5}""", true)]
    [InlineData("""{"a":{"$gt":false}}""", """{"a":true}""", true)]
    [InlineData("""{"a":{"$gte":true}}""", """{"a":false}""", false)]
    // Arrays
    [InlineData("""{"a":2}""", """{"a":[1,2]}""", true)]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2]}""", true)]
    [InlineData("""{"a":[1,2]}""", """{"a":[[1,2]]}""", true)]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""", false)]
    [InlineData("""{"a":{"$ne":2}}""", """{"a":[1,2]}""", false)]
    [InlineData("""{"a":{"$gt":1,"$lt":3}}""", """{"a":[0,4]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"$gt":1,"$lt":3}}}""", """{"a":[0,4]}""", false)]
    [InlineData("""{"a":{"$elemMatch":{"$gt":1}}}""", """{"a":[[2]]}""", false)]
    [InlineData("""{"a":{"$elemMatch":{"$elemMatch":{"$gt":1}}}}""", """{"a":[[2]]}""", true)]
    [InlineData("""{"a":{"$all":[1,2]}}""", """{"a":[2,1,3]}""", true)]
    [InlineData("""{"a":{"$all":[1]}}""", """{"a":1}""", true)]
    [InlineData("""{"a":{"$all":[]}}""", """{"a":[]}""", false)]
    [InlineData("""{"a":{"$all":[{"$elemMatch":{"b":1}},{"$elemMatch":{"b":2}}]}}""", """{"a":[{"b":2},{"b":1}]}""", true)]
    [InlineData("""{"a":{"$size":2}}""", """{"a":[1,2]}""", true)]
    [InlineData("""{"a":{"$size":1}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$type":"array"}}""", """{"a":[1]}""", true)]
    [InlineData("""{"a":{"$type":"int"}}""", """{"a":["x",1]}""", true)]
    [InlineData("""{"a":{"$type":["string",16]}}""", """{"a":1}""", true)]
    [InlineData("""{"a":{"$type":"long"}}""", """{"a":3000000000}""", true)]
    [InlineData("""{"a":{"$type":"int"}}""", """{"a":3000000000}""", false)]
    [InlineData("""{"a":{"$type":"null"}}""", """{}""", false)]
    // Paths
    [InlineData("""{"a.b":1}""", """{"a":{"b":1}}""", true)]
    [InlineData("""{"a.b":1}""", """{"a":[{"b":0},{"b":1}]}""", true)]
    [InlineData("""{"a.b":1}""", """{"a":[{"b":[0,1]}]}""", true)]
    [InlineData("""{"a.b":1}""", """{"a":[[{"b":1}]]}""", false)]
    [InlineData("""{"a.1.b":1}""", """{"a":[{"b":0},{"b":1}]}""", true)]
    [InlineData("""{"a.0.b":1}""", """{"a":[{"b":0},{"b":1}]}""", false)]
    [InlineData("""{"a.1":1}""", """{"a":[0,1]}""", true)]
    [InlineData("""{"a.1":1}""", """{"a":{"1":1}}""", true)]
    [InlineData("""{"a.01":1}""", """{"a":[0,1]}""", false)]
    [InlineData("""{"a.b":null}""", """{"a":5}""", true)]
    [InlineData("""{"a.b":null}""", """{"a":[]}""", false)]
    [InlineData("""{"a.b":null}""", """{"a":[1,2]}""", false)]
    [InlineData("""{"a.b":null}""", """{"a":[{"b":1},{"c":1}]}""", true)]
    [InlineData("""{"a.b":{"$exists":false}}""", """{"a":[]}""", true)]
    [InlineData("""{"a.b":{"$exists":false}}""", """{"a":[{},{"b":1}]}""", false)]
    // Objects
    [InlineData("""{"a":{"x":1,"y":2}}""", """{"a":{"x":1,"y":2}}""", true)]
    [InlineData("""{"a":{"x":1,"y":2}}""", """{"a":{"y":2,"x":1}}""", false)]
    [InlineData("""{"a":{"x":1}}""", """{"a":{"x":1,"y":2}}""", false)]
    [InlineData("""{"a":{}}""", """{"a":{}}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"b":1,"c":2}}}""", """{"a":[{"b":1},{"c":2}]}""", false)]
    [InlineData("""{"a":{"$elemMatch":{"b":1,"c":2}}}""", """{"a":[{"b":1,"c":2}]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"$or":[{"b":1},{"c":1}]}}}""", """{"a":[{"c":1}]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"b":null}}}""", """{"a":[1,[1]]}""", false)]
    // Regular expressions and remainders
    [InlineData("""{"a":{"$regex":"^ab"}}""", """{"a":["x","abc"]}""", true)]
    [InlineData("""{"a":{"$regex":"^AB","$options":"i"}}""", """{"a":"abc"}""", true)]
    [InlineData("""{"a":{"$regex":"^b$","$options":"m"}}""", """{"a":"a\nb"}""", true)]
    [InlineData("""{"a":{"$regex":"a.b","$options":"s"}}""", """{"a":"a\nb"}""", true)]
    [InlineData("""{"a":{"$regex":"a b # c","$options":"x"}}""", """{"a":"ab"}""", true)]
    [InlineData("""{"a":{"$regex":"1"}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$not":{"$regex":"^a"}}}""", """{"a":"b"}""", true)]
    [InlineData("""{"a":{"$mod":[4,0]}}""", """{"a":8}""", true)]
    [InlineData("""{"a":{"$mod":[3,-2]}}""", """{"a":-5}""", true)]
    [InlineData("""{"a":{"$mod":[4,1]}}""", """{"a":5.9}""", true)]
    [InlineData("""{"a":{"$mod":[-1,0]}}""", """{"a":-9223372036854775808}""", true)]
    // Together
    [InlineData("""{}""", """{"a":1}""", true)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1,"b":3}""", false)]
    [InlineData("""{"$or":[{"a":1},{"b":2}]}""", """{"b":2}""", true)]
    [InlineData("""{"$nor":[{"a":1},{"b":2}]}""", """{"b":2}""", false)]
    [InlineData("""{"$comment":"why","a":1}""", """{"a":1}""", true)]
    // Dates: d is a field of dates, a is not
    [InlineData("""{"d":"2026-01-01"}""", """{"d":"2026-01-01T00:00:00.000Z"}""", true)]
    [InlineData("""{"d":"2026-01-01T03:00:00+03:00"}""", """{"d":"2026-01-01"}""", true)]
    [InlineData("""{"d":{"$gte":{"$date":"2026-01-01"},"$lt":{"$date":"2026-01-02T00:00:00Z"}}}""", """{"d":"2026-01-01T23:59:59.999Z"}""", true)]
    [InlineData("""{"d":{"$date":1767225600000}}""", """{"d":"2026-01-01"}""", true)]
    [InlineData("""{"d":{"$date":{"$numberLong":"1767225600000"}}}""", """{"d":"2026-01-01"}""", true)]
    [InlineData("""{"d":{"$gt":"soon"}}""", """{"d":"2026-01-01"}""", false)]
    [InlineData("""{"d":{"$type":"date"}}""", """{"d":"2026-01-01"}""", true)]
    [InlineData("""{"d":{"$regex":"2026"}}""", """{"d":"2026-01-01"}""", false)]
    [InlineData("""{"a":{"$date":"2026-01-01"}}""", """{"a":"2026-01-01"}""", false)]
    [InlineData("""{"a":"2026-01-01"}""", """{"a":"2026-01-01"}""", true)]
    // System fields and subscriptions
    [InlineData("""{"_id":"0000000000000000000000aa"}""", """{}""", true)]
    [InlineData("""{"_id":{"$oid":"0000000000000000000000aa"}}""", """{}""", true)]
    [InlineData("""{"_status":0}""", """{}""", true)]
    [InlineData("""{"_createtime":{"$lt":"2026-01-02"}}""", """{}""", true)]
    [InlineData("""{"email":"ANN@example.com"}""", """{"email":"ann@example.com"}""", true)]
    [InlineData("""{"phones":"+7 (900) 000-00-00"}""", """{"phones":["+79000000000"]}""", true)]
    [InlineData("""{"_emaildomain":"example.com"}""", """{"email":"ann@example.com"}""", true)]
    [InlineData("""{"subscriptions":{"$size":0}}""", """{}""", true)]
    [InlineData("""{"subscriptions":{"$elemMatch":{"resource_id":21,"status":"subscribed"}}}""", """{"subscriptions":[{"resource_id":21,"channel":"email","email":"ann@example.com","status":"subscribed","priority":0,"created":1}]}""", true)]
    [InlineData("""{"subscriptions.email":"Ann@Example.com"}""", """{"subscriptions":[{"resource_id":21,"channel":"email","email":"ann@example.com","status":"subscribed","priority":0,"created":1}]}""", true)]
    public void A_filter_matches_as_in_MongoDB(string filter, string document, bool matches)
    {
        var (query, problem) = ProfileQuery.Parse((JsonObject)JsonNode.Parse(filter)!, Dice.Database);
        problem.ShouldBeEmpty();

        query!.Matches(Profile.FromDocument("0000000000000000000000aa", 0, 1, document, 1767225600000, 1767225600000)).ShouldBe(matches);
    }

    [Theory]
    [InlineData("""{"$where":"1"}""", "operator '$where' is not allowed")]
    [InlineData("""{"a":{"$where":"1"}}""", "operator '$where' is not allowed")]
    [InlineData("""{"$expr":{"$gt":["$a",1]}}""", "operator '$expr' is not allowed")]
    [InlineData("""{"a":{"$function":{}}}""", "operator '$function' is not allowed")]
    [InlineData("""{"a":{"$elemMatch":{"$where":"1"}}}""", "operator '$where' is not allowed")]
    [InlineData("""{"a":{"$near":[1,2]}}""", "no operator '$near'")]
    [InlineData("""{"$xor":[{}]}""", "no operator '$xor'")]
    [InlineData("""{"$or":[]}""", "'$or' takes an array")]
    [InlineData("""{"$and":[1]}""", "'$and' takes filters")]
    [InlineData("""{"$nor":{"a":1}}""", "'$nor' takes an array")]
    [InlineData("""{"a":{"$in":1}}""", "'$in' takes an array")]
    [InlineData("""{"a":{"$in":[{"$gt":1}]}}""", "'$gt' cannot stand inside '$in'")]
    [InlineData("""{"a":{"b":{"$gt":1}}}""", "'$gt' cannot stand inside a value")]
    [InlineData("""{"a":{"$gt":1,"b":2}}""", "'b' stands beside operators")]
    [InlineData("""{"a":{"$gt":[1]}}""", "'$gt' compares numbers")]
    [InlineData("""{"a":{"$not":5}}""", "'$not' takes an object of operators")]
    [InlineData("""{"a":{"$exists":"yes"}}""", "'$exists' takes true or false")]
    [InlineData("""{"a":{"$type":"decimal128"}}""", "'$type'")]
    [InlineData("""{"a":{"$size":-1}}""", "'$size' takes a whole number")]
    [InlineData("""{"a":{"$mod":[0,1]}}""", "'$mod' cannot divide by 0")]
    [InlineData("""{"a":{"$mod":[1]}}""", "'$mod' takes two numbers")]
    [InlineData("""{"a":{"$all":1}}""", "'$all' takes an array")]
    [InlineData("""{"a":{"$elemMatch":[]}}""", "'$elemMatch' takes an object")]
    [InlineData("""{"a":{"$options":"i"}}""", "'$options' needs '$regex'")]
    [InlineData("""{"a":{"$regex":"(","$options":"i"}}""", "'$regex': '(' is not a regular expression")]
    [InlineData("""{"a":{"$regex":"a","$options":"g"}}""", "option 'g'")]
    [InlineData("""{"a":{"$regex":"(?=a)b"}}""", "lookaround")]
    [InlineData("""{"a":{"$regex":"(a)\\1"}}""", "back reference")]
    [InlineData("""{"a":{"$regex":"((a{100}){100}){100}"}}""", "repeats too much")]
    [InlineData("""{"a":{"$regex":5}}""", "'$regex' takes a text")]
    [InlineData("""{"a":{"$date":"soon"}}""", "'$date'")]
    [InlineData("""{"a.":1}""", "empty part")]
    [InlineData("""{"a.$b":1}""", "'$b', which is an operator")]
    [InlineData("""{"a.b.c.d.e.f.g.h.i.j.k.l.m":1}""", "more than 12 parts")]
    [InlineData("""{"a":"x\u0000y"}""", "U+0000")]
    public void What_is_not_allowed_is_refused_by_its_operator(string filter, string sentence)
    {
        var (query, problem) = ProfileQuery.Parse((JsonObject)JsonNode.Parse(filter)!, Dice.Database);

        query.ShouldBeNull();
        problem.ShouldContain(sentence);
    }

    [Fact]
    public void What_is_too_deep_too_many_or_too_large_is_refused()
    {
        Problem(Deep(QueryLimits.MaxDepth + 2)).ShouldContain("16 deep");
        Problem($$"""{"$or":[{{string.Join(',', Enumerable.Repeat("""{"a":1}""", QueryLimits.MaxConditions + 1))}}]}""").ShouldContain("more than 200 conditions");
        Problem($$$"""{"a":{"$in":[{{{string.Join(',', Enumerable.Range(0, QueryLimits.MaxValues + 1))}}}]}}""").ShouldContain("more than 20000 values");
        Problem($$$"""{"a":{"$regex":"{{{new string('a', QueryLimits.MaxPattern + 1)}}}"}}""").ShouldContain("longer than 500 characters");
        Problem($$"""{"$or":[{{string.Join(',', Enumerable.Repeat("""{"a":{"$regex":"a"}}""", QueryLimits.MaxPatterns + 1))}}]}""").ShouldContain("more than 10 times");
        Problem(Deep(QueryLimits.MaxDepth - 1)).ShouldBeEmpty();
    }

    private static string Problem(string filter) => ProfileQuery.Parse((JsonObject)JsonNode.Parse(filter)!, Dice.Database).Problem;

    private static string Deep(int levels) => levels == 0 ? """{"a":1}""" : $$"""{"$or":[{{Deep(levels - 1)}}]}""";
}

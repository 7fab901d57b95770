using Carillon.Templates;

namespace Carillon.Tests.Templates;

public sealed class SubscriptionTests
{
    [Theory]
    [InlineData("{subscription.email}", "anna@shop.example")]
    [InlineData("{subscription.email_domain}", "shop.example")]
    [InlineData("{subscription.emails}", "anna@shop.example, anna@work.example")]
    [InlineData("{subscription.phones}", "+72, +73")]
    [InlineData("{subscription.pushes}", "tok")]
    [InlineData("{subscription.phone}", "")]
    [InlineData("{subscription.phone_md5}", "")]
    [InlineData("{for e in subscription.emails}<{e}>{end}", "<anna@shop.example><anna@work.example>")]
    public void The_subscription_being_sent_to_has_derived_fields(string template, string expected) =>
        Sample.Text(template).ShouldBe(expected);

    [Fact]
    public void The_md5_of_a_contact_is_its_hash_in_small_hex()
    {
        const string expected = "ea42f58f924e98504c131a3e8e42dc48"; // printf anna@shop.example | md5sum

        Sample.Text("{subscription.email_md5}").ShouldBe(expected);
        Sample.Text("{subscription_field(\"email\" \"md5\" 21)}").ShouldBe(expected);
    }

    [Theory]
    [InlineData("\"sms\" \"phone\"", "+73")]
    [InlineData("\"phone\" \"phone\"", "+73")]
    [InlineData("\"sms\" \"phone\" 21", "+72")]
    [InlineData("\"sms\" \"phone\" \"22\"", "+73")]
    [InlineData("\"sms\" \"phone\" 99", "")]
    [InlineData("\"viber\" \"phone\"", "")]
    [InlineData("\"email\" \"email\" 21", "anna@shop.example")]
    [InlineData("\"email\" \"domain\"", "work.example")]
    [InlineData("\"email\" \"size\" 21", "XL")]
    [InlineData("\"push\" \"provider\"", "android-firebase")]
    [InlineData(" \"push\"  \"subscription_id\" ", "tok")]
    public void The_best_subscription_is_subscribed_then_first_in_priority_then_newest(string arguments, string expected) =>
        Sample.Text($"{{subscription_field({arguments})}}").ShouldBe(expected);

    [Fact]
    public void An_unsubscribed_contact_is_better_than_none()
    {
        var lead = Sample.Object("""{"subscriptions": [{"channel": "sms", "phone": "+1", "status": 1, "priority": 3}, {"channel": "sms", "phone": "+2", "status": "complained", "priority": "2"}, 5, null]}""");

        Sample.Text("{subscription_field(\"sms\" \"phone\")}", new TemplateScope { Lead = lead }).ShouldBe("+2");
    }
}

using Carillon.Workspace;

namespace Carillon.Tests.Workspace;

public sealed class WorkspaceFileTests
{
    [Fact]
    public void The_example_says_what_it_says()
    {
        var file = Given.File(Given.Example);

        file.Tokens.Single().Value.ShouldBe(new WrittenToken("api", TokenSecret.HashOf("2fefb577533d4cae919350c450755239")));
        file.Databases.Single().Value.Fields["CRM_ID"].ShouldBe(new Field("CRM_ID", FieldType.String, Unique: true));
        file.Databases.Single().Value.Fields["interests"].ShouldBe(new Field("interests", FieldType.Tags));
        file.Resources.Single().Value.Channels["email"].ShouldBe(new ResourceChannel { Sender = 1, FromEmail = "shop@example.com", FromName = "Shop" });
        file.Senders[0].Value.ShouldBe(new Sender { Id = 1, Channel = "email", Type = "outbox" });
        file.Senders[1].Value.Smtp.ShouldBe(new SmtpSettings { Host = "127.0.0.1", Port = 2525, Tls = SmtpTls.None });
        file.Templates.Single().Value.Email.ShouldBe(new EmailContent { Subject = "Hello {lead._fname}", Html = "<p>...</p>", Text = "..." });
        file.Triggers.Single().Value.ShouldBe(new Trigger { Id = 96, Name = "Welcome", Database = 1, Resource = 21, Channel = "email", Template = 5, Active = true });
        file.Workflows.Single().Value.Reentry.ShouldBe("not_while_inside");
        file.Workflows.Single().Value.Nodes.ShouldBe(
            """[{"id":"start","type":"start","next":"hello"},{"id":"hello","type":"send","channel":"email","resource":21,"template":5,"next":"pause"},{"id":"pause","type":"wait","days":1,"next":"done"},{"id":"done","type":"exit"}]""");
    }

    [Fact]
    public void Json_is_read_like_yaml()
    {
        var file = Given.File("""
            {"databases": [{"id": 1, "name": "Customers", "unknown_fields": "reject",
              "fields": [{"name": "age", "type": "int", "indexed": true}]}]}
            """);

        file.Databases.Single().Value.UnknownFields.ShouldBe(UnknownFields.Reject);
        file.Databases.Single().Value.Fields["age"].ShouldBe(new Field("age", FieldType.Int, Indexed: true));
    }

    [Fact]
    public void An_anchor_shares_a_text()
    {
        var file = Given.File("""
            databases:
              - {id: 1, name: &name Customers}
              - {id: 2, name: *name}
            """);

        file.Databases.Select(item => item.Value.Name).ShouldBe(["Customers", "Customers"]);
    }

    [Fact]
    public void Every_key_of_an_smtp_sender_is_read()
    {
        var sender = Given.File("""
            senders:
              - {id: 3, name: Main, channel: email, type: smtp, host: mx.example.com, tls: starttls, username: u, password: 0123,
                 hello: shop.example.com, connections: 2, connect_timeout: 5, command_timeout: 30, messages_per_connection: 50, trust_any_certificate: true}
            """).Senders.Single().Value;

        sender.ShouldBe(new Sender
        {
            Id = 3, Name = "Main", Channel = "email", Type = "smtp", Connections = 2,
            Smtp = new SmtpSettings
            {
                Host = "mx.example.com", Port = 587, Tls = SmtpTls.StartTls, Username = "u", Password = "0123", Hello = "shop.example.com",
                ConnectTimeout = TimeSpan.FromSeconds(5), CommandTimeout = TimeSpan.FromSeconds(30), MessagesPerConnection = 50, TrustAnyCertificate = true,
            },
        });
    }

    [Fact]
    public void All_errors_are_found_in_one_reading()
    {
        var errors = Given.Parsed("""
            tokens:
              - {name: api, token: short}
            triggers:
              - id: 96
                name: Welcome
                type: api_call
                database: one
                resource: 21
                template: 5
                actve: true
                channel: emial
            """).Errors;

        errors.Select(error => error.ToString()).ShouldBe(
        [
            "line 2, column 24: tokens[0].token: must have at least 20 characters; leave the key out to have a token made",
            "line 7, column 15: triggers[0].database: \"one\" is not a whole number",
            "line 10, column 5: triggers[0].actve: \"actve\" is not a known key; did you mean active?",
            "line 11, column 14: triggers[0].channel: \"emial\" is not a channel; known are email, sms, push",
        ]);
    }

    [Fact]
    public void A_fault_of_a_template_names_both_places()
    {
        var result = WorkspaceFile.Parse("""
            templates:
              - id: 5
                name: Welcome
                channels:
                  email:
                    subject: "{if}"
                    from_name: "{else}"
                    html: "<p>{end}</p>"
            """, (source, html) => (1, source.IndexOf('{') + 1, html ? "bad html" : "bad text"));

        result.Errors.Select(error => error.ToString()).ShouldBe(
        [
            "line 6, column 18: templates[0].channels.email.subject: line 1, column 1 of the template: bad text",
            "line 7, column 20: templates[0].channels.email.from_name: line 1, column 1 of the template: bad text",
            "line 8, column 15: templates[0].channels.email.html: line 1, column 4 of the template: bad html",
        ]);
    }

    [Fact]
    public void A_secret_never_stands_in_an_error()
    {
        var errors = Given.Parsed("""
            tokens:
              - {name: a, token: hunter2hunter2hunter2}
              - {name: b, token: hunter2hunter2hunter2}
              - {name: c, token: hunter2}
              - hunter2hunter2hunter2
            senders:
              - {id: 1, channel: email, type: smtp, host: h, password: hunter2}
              - {id: 2, channel: email, type: outbox, password: hunter2}
            """).Errors;

        errors.Count.ShouldBe(5);
        string.Join('\n', errors).ShouldNotContain("hunter2");
    }
}

using Carillon.Bench;
using Carillon.Bench.Children;

// The bench is also its own children: the baseline's server, the SMTP sink and others each run as a process of their own.
switch (args.FirstOrDefault())
{
    case "baseline-server":
        await BaselineServer.RunAsync();
        return 0;
    case "fill":
        await Filler.RunAsync(args);
        return 0;
    case "fill-runs":
        await RunFiller.RunAsync(args);
        return 0;
    case "smtpclient-worker":
        await SmtpClientWorker.RunAsync(args);
        return 0;
    case "sink":
        await MailSink.RunAsync();
        return 0;
}
if (args.Contains("--help"))
{
    Console.WriteLine(Options.Help);
    return 0;
}
var (options, problem) = Options.Read(args);
if (options is not null) return await Run.AllAsync(options);
Console.Error.WriteLine(problem);
return 1;
